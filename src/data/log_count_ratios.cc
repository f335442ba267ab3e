// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "data/class_labels.h"
#include "eddy/error.h"
#include "eddy/text_classifier.h"

namespace eddy {
namespace {

constexpr const char* kRatiosWhere = "log_count_ratios";
constexpr int64_t kMostCounts = int64_t{1} << 27;
constexpr int64_t kRowsAtOnce = 256;

// Texts of each class that hold an id: [ids, classes].
class TextCounts {
 public:
  TextCounts(int64_t ids, int64_t classes, int64_t first)
      : ids_(ids), classes_(classes), first_(first) {
    counts_.resize(static_cast<size_t>(ids * classes));
  }

  void add(const int32_t* row, int64_t length, int64_t label) {
    distinct_.assign(row, row + length);
    std::sort(distinct_.begin(), distinct_.end());
    distinct_.erase(std::unique(distinct_.begin(), distinct_.end()), distinct_.end());
    for (const int32_t id : distinct_) {
      if (id < 0 || id >= ids_) {
        throw Error(ErrorCode::bad_data, kRatiosWhere,
                    fmt::format("rows: expected ids 0 to {}, got {}.", ids_ - 1, id),
                    "give the number of ids that the rows were made with.");
      }
      if (id >= first_) ++counts_[static_cast<size_t>(id * classes_ + label)];
    }
  }

  // Writes a column of table [ids, columns]: a class against all others.
  void ratios(int64_t label, double alpha, int64_t column, Tensor& table) const {
    double all_with = 0, all_without = 0;
    for (int64_t id = first_; id < ids_; ++id) {
      const auto [with, without] = counts_of(id, label);
      all_with += with + alpha;
      all_without += without + alpha;
    }
    for (int64_t id = first_; id < ids_; ++id) {
      const auto [with, without] = counts_of(id, label);
      table[id * table.dim(1) + column] = static_cast<float>(
          std::log(((with + alpha) / all_with) / ((without + alpha) / all_without)));
    }
  }

 private:
  struct Sides {
    double with, without;
  };
  Sides counts_of(int64_t id, int64_t label) const {
    const int32_t* row = counts_.data() + id * classes_;
    const int64_t all = std::accumulate(row, row + classes_, int64_t{0});
    return {static_cast<double>(row[label]), static_cast<double>(all - row[label])};
  }

  int64_t ids_, classes_, first_;
  std::vector<int32_t> counts_, distinct_;
};

// The rows of a tensor, without a copy of all of them.
class TensorRows : public IntSource {
 public:
  explicit TensorRows(const IntTensor& rows) : rows_(rows) {}
  const Shape& shape() const override { return rows_.shape(); }
  void gather(std::span<const int64_t> samples, int32_t* rows) const override {
    const int64_t length = rows_.dim(1);
    for (const int64_t sample : samples) {
      rows = std::copy_n(rows_.data() + sample * length, length, rows);
    }
  }

 private:
  const IntTensor& rows_;
};

}  // namespace

Tensor log_count_ratios(const IntSource& rows, const Tensor& y, int64_t classes, int64_t ids,
                        int64_t first, double alpha) {
  if (rows.shape().size() != 2) {
    throw Error(ErrorCode::shape_mismatch, kRatiosWhere,
                fmt::format("rows: expected [texts, length], got {}.", to_string(rows.shape())),
                "pad the texts to one length.");
  }
  if (classes < 2 || ids < 1 || ids > kMostCounts / classes || first < 0 || !(alpha > 0)) {
    throw Error(ErrorCode::invalid_argument, kRatiosWhere,
                fmt::format("table: expected two classes or more, at most {} numbers and an alpha "
                            "above 0, got {} classes, {} ids and {}.",
                            kMostCounts, classes, ids, alpha),
                "use fewer ids.");
  }
  const int64_t texts = rows.shape()[0], length = rows.shape()[1];
  data::check_class_labels(texts, y, classes, kRatiosWhere);
  TextCounts counts(ids, classes, first);
  std::vector<int64_t> numbers;
  std::vector<int32_t> some;
  for (int64_t from = 0; from < texts; from += std::ssize(numbers)) {
    numbers.resize(static_cast<size_t>(std::min(kRowsAtOnce, texts - from)));
    std::iota(numbers.begin(), numbers.end(), from);
    some.resize(numbers.size() * static_cast<size_t>(length));
    rows.gather(numbers, some.data());
    for (int64_t i = 0; i < std::ssize(numbers); ++i) {
      counts.add(some.data() + i * length, length, static_cast<int64_t>(y[from + i]));
    }
  }
  const int64_t outputs = classes == 2 ? 1 : classes;
  Tensor table({ids, outputs});
  for (int64_t k = 0; k < outputs; ++k) counts.ratios(classes == 2 ? 1 : k, alpha, k, table);
  return table;
}

Tensor log_count_ratios(const IntTensor& rows, const Tensor& y, int64_t classes, int64_t ids,
                        int64_t first, double alpha) {
  if (rows.empty()) return log_count_ratios(PaddedSequences(), y, classes, ids, first, alpha);
  return log_count_ratios(TensorRows(rows), y, classes, ids, first, alpha);
}

}  // namespace eddy
