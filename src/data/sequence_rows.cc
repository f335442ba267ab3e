// SPDX-License-Identifier: MIT
#include "data/sequence_rows.h"

#include <utility>

#include "core/utf8.h"
#include "data/bad_file.h"

namespace eddy::data {

SequenceRows::SequenceRows(const NumberCsv& csv, const NumberRow& row)
    : first_line_(csv.where().member) {
  sequence_.id = row.id;
  add(csv, row);
}

int64_t SequenceRows::bytes() const {
  return static_cast<int64_t>(values_.capacity() * sizeof(float) + time_bytes_ +
                              sequence_.time.capacity() * sizeof(std::string));
}

void SequenceRows::add(const NumberCsv& csv, const NumberRow& row) {
  values_.insert(values_.end(), row.values.begin(), row.values.end());
  if (!csv.facts().time.empty()) {
    sequence_.time.push_back(row.time);
    time_bytes_ += row.time.size();
  }
  if (row.label.empty() || row.label == sequence_.label) return;
  if (!sequence_.label.empty()) {
    bad_data(csv.where(csv.facts().label),
             fmt::format("'{}', as sequence '{}' has on {}", shown(sequence_.label),
                         shown(sequence_.id), label_line_),
             fmt::format("'{}'", shown(row.label)),
             "give all rows of a sequence the same label, or leave the others empty.");
  }
  sequence_.label = row.label;
  label_line_ = csv.where().member;
}

datasets::Sequence SequenceRows::take(const NumberCsv& csv) {
  if (!csv.facts().label.empty() && sequence_.label.empty()) {
    bad_data(csv.in_column(first_line_, csv.facts().label),
             fmt::format("a label for sequence '{}', which begins here", shown(sequence_.id)),
             "none in any of its rows", "label every sequence, or leave it out.");
  }
  const auto columns = static_cast<int64_t>(csv.facts().columns.size());
  const auto steps = static_cast<int64_t>(values_.size()) / columns;
  sequence_.values = Tensor({steps, columns}, std::move(values_));
  return std::move(sequence_);
}

}  // namespace eddy::data
