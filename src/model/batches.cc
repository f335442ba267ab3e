// SPDX-License-Identifier: MIT
#include "model/batches.h"

#include <fmt/format.h>

#include <algorithm>

namespace eddy {
namespace {

// Copies rows of `width` elements in the given order.
template <class T>
T* gather(const T* from, int64_t width, const int64_t* order, int64_t first, int64_t count,
          Buffer<T>& to) {
  to.resize(static_cast<size_t>(count * width));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t sample = order == nullptr ? first + i : order[first + i];
    std::copy_n(from + sample * width, width, to.data() + i * width);
  }
  return to.data();
}

}  // namespace

const Shape& shape_of(const Input& input) {
  return std::visit([](const auto& tensor) -> const Shape& { return tensor.shape(); }, input);
}

void Batches::load(const int64_t* order, int64_t first, int64_t count) {
  const Shape& shape = shape_of(x_);
  input_.reset();
  input_.shape.assign(shape.begin(), shape.end());
  const int64_t width = element_count(shape) / std::max<int64_t>(shape[0], 1);
  if (const auto* ids = std::get_if<IntTensor>(&x_)) {
    input_.ids = gather(ids->data(), width, order, first, count, ids_);
  } else {
    input_.value = gather(std::get<Tensor>(x_).data(), width, order, first, count, reals_);
  }
  input_.shape[0] = count;
  if (y_ == nullptr) return;
  targets_.shape.assign(y_->shape().begin(), y_->shape().end());
  targets_.values = gather(y_->data(), y_->size() / std::max<int64_t>(y_->dim(0), 1), order, first,
                           count, labels_);
  targets_.shape[0] = count;
}

void check_input(const Input& x, const Shape& expected, const std::string& where) {
  const Shape& shape = shape_of(x);
  bool fits = shape.size() == expected.size();
  for (size_t i = 1; fits && i < shape.size(); ++i) {
    fits = expected[i] == kNone ? shape[i] > 0 : shape[i] == expected[i];
  }
  if (!fits) {
    throw Error(ErrorCode::shape_mismatch, where,
                fmt::format("input: expected {}, got {}.", to_string(expected), to_string(shape)),
                "use data of the shape that the model was built for.");
  }
  if (shape[0] == 0) {
    throw Error(ErrorCode::shape_mismatch, where, "input: expected at least one sample, got 0.",
                "pass some data.");
  }
}

void check_same_samples(const Input& x, const Tensor& y, const std::string& where) {
  const int64_t samples = shape_of(x)[0];
  const int64_t targets = y.rank() > 0 ? y.dim(0) : 0;
  if (samples == targets) return;
  throw Error(
      ErrorCode::shape_mismatch, where,
      fmt::format("targets: expected one for each of {} samples, got {}.", samples, targets),
      "pass as many targets as samples.");
}

void check_batch_size(int64_t batch_size, const std::string& where) {
  if (batch_size >= 1) return;
  throw Error(ErrorCode::invalid_argument, where,
              fmt::format("batch_size: expected at least 1, got {}.", batch_size),
              "Keras' default is 32.");
}

}  // namespace eddy
