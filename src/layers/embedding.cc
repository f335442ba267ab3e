// SPDX-License-Identifier: MIT
#include "layers/embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "layers/constraints.h"
#include "layers/products.h"
#include "layers/regularizers.h"

namespace eddy {

template <class Real>
EmbeddingLayer<Real>::EmbeddingLayer(const EmbeddingOptions& options)
    : UnaryLayer<Real>(options.name), options_(options) {
  const auto check = [&](const char* what, int64_t value) {
    if (value >= 1 && value <= INT32_MAX) return;
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("{}: expected 1 to {}, got {}.", what, INT32_MAX, value),
                "give the size of the table: vocabulary size by width.");
  };
  check("input_dim", options.input_dim);
  check("output_dim", options.output_dim);
}

template <class Real>
Shape EmbeddingLayer<Real>::build_one(const Shape& input) {
  if (input.empty()) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected [batch, time] ids, got {}.", to_string(input)),
                "pass one row of ids per sample.");
  }
  this->weights_.resize(1);
  Weight<Real>& table = this->weights_[0];
  table.name = "embeddings";
  table.shape = {options_.input_dim, options_.output_dim};
  table.initializer = options_.embeddings_initializer;
  table.regularizer = resolved(options_.embeddings_regularizer);
  table.constraint = resolved(options_.embeddings_constraint);
  table.by_rows = true;
  Shape output = input;
  output.push_back(options_.output_dim);
  return output;
}

template <class Real>
void EmbeddingLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const int64_t cells = in.size(), B = in.batch(), T = cells / std::max<int64_t>(B, 1);
  const int32_t* ids = in.ids;
  if (ids == nullptr) {  // Keras casts reals to int32, toward zero
    ids_.resize(static_cast<size_t>(cells));
    for (int64_t i = 0; i < cells; ++i) {
      const Real x = in.value[i];
      const bool fits = x > Real{-1} && x < static_cast<Real>(options_.input_dim);
      ids_[static_cast<size_t>(i)] = fits ? static_cast<int32_t>(x) : -1;
    }
    ids = ids_.data();
  }
  if (!scan(ids, B, T)) refuse_id(ids, cells, T);
  out.shape = in.shape;
  out.shape.push_back(options_.output_dim);
  out.lookup = Lookup<Real>{this->weights_[0].value.data(), ids, options_.input_dim};
  out.value = nullptr;
  if (options_.mask_zero) {
    out.mask = mask_.data();
    out.mask_rank = in.shape.size();
    return;
  }
  out.prefix = prefix_.data();
}

// Mask or prefix of every row; false where an id is none of the table's.
template <class Real>
bool EmbeddingLayer<Real>::scan(const int32_t* ids, int64_t B, int64_t T) {
  mask_.resize(static_cast<size_t>(options_.mask_zero ? B * T : 0));
  prefix_.resize(static_cast<size_t>(options_.mask_zero ? 0 : B));
  const auto limit = static_cast<uint32_t>(options_.input_dim);
  std::atomic<bool> all_known = true;
  for_row_pieces(B, T, [&](int64_t first, int64_t count) {
    const int32_t *from = ids + first * T, *end = from + count * T;
    uint32_t outside = 0;  // without a branch: many ids at a time
    for (const int32_t* id = from; id < end; ++id) {
      outside |= static_cast<uint32_t>(*id) >= limit ? 1U : 0U;
    }
    if (outside != 0) all_known.store(false, std::memory_order_relaxed);
    if (options_.mask_zero) {
      std::transform(from, end, mask_.data() + first * T,
                     [](int32_t id) { return static_cast<uint8_t>(id != 0 ? 1 : 0); });
      return;
    }
    for (int64_t row = first; row < first + count; ++row, from += T) {
      const int32_t* word = std::find_if(from, from + T, [](int32_t id) { return id != 0; });
      prefix_[static_cast<size_t>(row)] = static_cast<int32_t>(word - from);
    }
  });
  return all_known;
}

template <class Real>
void EmbeddingLayer<Real>::refuse_id(const int32_t* ids, int64_t cells, int64_t T) const {
  const auto known = [&](int32_t id) { return id >= 0 && id < options_.input_dim; };
  const int64_t i = std::find_if_not(ids, ids + cells, known) - ids;
  throw Error(ErrorCode::bad_data, this->name(),
              fmt::format("ids: expected 0 to {}, got {} in row {} at step {}.",
                          options_.input_dim - 1, ids[i], i / T, i % T),
              "give the table one row per id (input_dim above the largest id), or load the data "
              "with the model's num_words.");
}

template <class Real>
void EmbeddingLayer<Real>::backward_one(const Signal<Real>&, const Signal<Real>& out,
                                        Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din != nullptr) din->any = false;  // ids have none
  Weight<Real>& table = this->weights_[0];
  if (dout.by_rows) {
    std::swap(table.grad, dout.dense);
    std::swap(table.rows, dout.rows);
    return;
  }
  groups_.build(out.lookup->ids, out.size() / options_.output_dim, options_.input_dim);
  table.rows = groups_.ids();
  table.grad.resize(static_cast<size_t>(groups_.count() * options_.output_dim));
  groups_.sum_rows(kernels<Real>(), dout.dense.data(), options_.output_dim, table.grad.data());
}

namespace {

template <class Real>
class EmbeddingStep final : public StepLayer<Real> {
 public:
  EmbeddingStep(std::string name, const Weight<Real>& table, bool mask_zero)
      : name_(std::move(name)),
        values_(table.value.begin(), table.value.end()),
        rows_(table.shape[0]),
        width_(table.shape[1]),
        first_(mask_zero ? 1 : 0) {}
  int64_t memory() const override { return 0; }
  const Real* step(const StepValue<Real>& in, int64_t, Real*) const override {
    if (in.id < first_ || in.id >= rows_) {
      throw Error(
          ErrorCode::bad_data, name_,
          fmt::format("id: expected {} to {}, got {}.", first_, rows_ - 1, in.id),
          first_ == 1 ? "leave padding (0) out." : "use the ids that the model was made for.");
    }
    return values_.data() + in.id * width_;
  }

 private:
  std::string name_;
  std::vector<Real> values_;
  int64_t rows_, width_, first_;
};

}  // namespace

template <class Real>
std::unique_ptr<StepLayer<Real>> EmbeddingLayer<Real>::make_step() {
  return std::make_unique<EmbeddingStep<Real>>(this->name(), this->weights_[0], options_.mask_zero);
}

template class EmbeddingLayer<float>;
template class EmbeddingLayer<double>;

}  // namespace eddy
