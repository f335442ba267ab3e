// SPDX-License-Identifier: MIT
#include "model/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/fetch.h"
#include "core/threads.h"

namespace eddy {
namespace {

// Rows of `width` elements in the given order: copied, on all threads where that is worth their
// start; those that stand one behind the other (no order) are borrowed.
template <class T>
const T* gather(const T* from, int64_t width, const int64_t* order, int64_t first, int64_t count,
                Buffer<T>& to) {
  if (order == nullptr) return from + first * width;
  constexpr int64_t kElementsPerTask = 1 << 15;
  to.resize(static_cast<size_t>(count * width));
  const int64_t rows = std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(width, 1));
  parallel_for((count + rows - 1) / rows, [&](int64_t task, int64_t) {
    const int64_t end = std::min(count, (task + 1) * rows);
    for (int64_t i = task * rows; i < end; ++i) {
      if (i + 1 < end) fetch(from + order[first + i + 1] * width, width, 2048);
      std::copy_n(from + order[first + i] * width, width, to.data() + i * width);
    }
  });
  return to.data();
}

}  // namespace

namespace {

// Which samples make a batch; see Batches::load.
struct Rows {
  const int64_t* order;
  int64_t first, count;
  std::vector<int64_t>& numbers;

  std::span<const int64_t> samples() const {
    const auto size = static_cast<size_t>(count);
    if (order != nullptr) return {order + first, size};
    numbers.resize(size);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
  }
};

using InputValues = std::tuple<Buffer<float>, Buffer<int32_t>>;

template <class T>
const T* load(const BasicTensor<T>& x, const Rows& rows, InputValues& values) {
  Buffer<T>& to = std::get<Buffer<T>>(values);
  const int64_t width = x.size() / std::max<int64_t>(x.dim(0), 1);
  return gather(x.data(), width, rows.order, rows.first, rows.count, to);
}

template <class T>
const T* load(const BasicSource<T>& x, const Rows& rows, InputValues& values) {
  Buffer<T>& to = std::get<Buffer<T>>(values);
  const Shape& shape = x.shape();
  const int64_t width = element_count(shape) / std::max<int64_t>(shape[0], 1);
  to.resize(static_cast<size_t>(rows.count * width));
  x.gather(rows.samples(), to.data());
  return to.data();
}

void put(Signal<float>& signal, const float* values) { signal.value = values; }
void put(Signal<float>& signal, const int32_t* ids) { signal.ids = ids; }

}  // namespace

SampleView view_of(const Input& input) {
  return std::visit([](const auto& tensor) -> SampleView { return &tensor; }, input);
}

SampleView view_of(const SampleSource& source) {
  return std::visit(
      [](const auto& pointer) -> SampleView {
        if (pointer != nullptr) return pointer.get();
        throw Error(ErrorCode::invalid_argument, "SampleSource",
                    "source: expected one, got a null pointer.", "make it by std::make_shared.");
      },
      source);
}

const Shape& shape_of(const SampleView& samples) {
  return std::visit([](const auto* x) -> const Shape& { return x->shape(); }, samples);
}

Batches::Batches(Samples samples)
    : samples_(std::move(samples)), columns_(samples_.x.size()), outputs_(samples_.y.size()) {
  for (const OneInput& column : columns_) inputs_.push_back(&column.signal);
}

void Batches::load(const int64_t* order, int64_t first, int64_t count) {
  size_ = count;
  const Rows rows{order, first, count, numbers_};
  for (size_t i = 0; i < columns_.size(); ++i) {
    OneInput& column = columns_[i];
    const Shape& shape = shape_of(samples_.x[i]);
    column.signal.reset();
    column.signal.shape.assign(shape.begin(), shape.end());
    column.signal.shape[0] = count;
    std::visit([&](const auto* x) { put(column.signal, eddy::load(*x, rows, column.values)); },
               samples_.x[i]);
  }
  for (size_t k = 0; k < outputs_.size(); ++k) {
    const Tensor& y = *samples_.y[k];
    OneOutput& output = outputs_[k];
    if (y.size() == 0) continue;  // an output without a loss
    output.targets.shape.assign(y.shape().begin(), y.shape().end());
    output.targets.shape[0] = count;
    output.targets.values = gather(y.data(), y.size() / std::max<int64_t>(y.dim(0), 1), order,
                                   first, count, output.labels);
    const Tensor* weights = samples_.weights_of(k);
    if (weights == nullptr) continue;
    const int64_t factors = weights->size() / std::max<int64_t>(weights->dim(0), 1);
    output.weights.values = gather(weights->data(), factors, order, first, count, output.factors);
    output.weights.count = count * factors;
  }
}

namespace {

template <class X>
Samples borrow(const std::vector<X>& x, const std::vector<Tensor>& y) {
  Samples samples;
  for (const X& input : x) samples.x.push_back(view_of(input));
  for (const Tensor& targets : y) samples.y.push_back(&targets);
  return samples;
}

}  // namespace

Samples samples_of(const std::vector<Input>& x, const std::vector<Tensor>& y) {
  return borrow(x, y);
}
Samples samples_of(const std::vector<SampleSource>& x, const std::vector<Tensor>& y) {
  return borrow(x, y);
}

std::vector<const Tensor*> weights_of(const std::vector<Tensor>& weights, size_t outputs,
                                      const std::string& where) {
  std::vector<const Tensor*> pointers;
  if (weights.empty()) return pointers;
  if (weights.size() > 1 && weights.size() != outputs) {
    throw Error(ErrorCode::shape_mismatch, where,
                fmt::format("sample_weight: expected one for all outputs or one for each of {}, "
                            "got {}.",
                            outputs, weights.size()),
                "pass the weights in the order of the model's outputs.");
  }
  for (size_t k = 0; k < outputs; ++k) {
    const Tensor& factors = weights[weights.size() > 1 ? k : 0];
    pointers.push_back(weights.size() > 1 && factors.empty() ? nullptr : &factors);
  }
  return pointers;
}

void check_inputs(const Samples& samples, const std::vector<Shape>& expected,
                  const std::string& where) {
  if (samples.x.size() != expected.size()) {
    throw Error(ErrorCode::shape_mismatch, where,
                fmt::format("inputs: expected {}, got {}.", expected.size(), samples.x.size()),
                "pass one array for every input of the model, in its order.");
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    const Shape &shape = shape_of(samples.x[i]), &wanted = expected[i];
    const std::string name = expected.size() > 1 ? fmt::format("input {}", i) : "input";
    bool fits = shape.size() == wanted.size();
    for (size_t k = 1; fits && k < shape.size(); ++k) {
      fits = wanted[k] == kNone ? shape[k] > 0 : shape[k] == wanted[k];
    }
    if (!fits) {
      throw Error(
          ErrorCode::shape_mismatch, where,
          fmt::format("{}: expected {}, got {}.", name, to_string(wanted), to_string(shape)),
          "use data of the shape that the model was built for.");
    }
    if (shape[0] == 0) {
      throw Error(ErrorCode::shape_mismatch, where, name + ": expected at least one sample, got 0.",
                  "pass some data.");
    }
    if (shape[0] != samples.count()) {
      throw Error(ErrorCode::shape_mismatch, where,
                  fmt::format("{}: expected {} samples as in the first input, got {}.", name,
                              samples.count(), shape[0]),
                  "pass as many samples to every input.");
    }
  }
}

void check_targets(const Samples& samples, size_t outputs, const std::string& where) {
  if (samples.y.size() != outputs) {
    throw Error(ErrorCode::shape_mismatch, where,
                fmt::format("targets: expected an array for each of {} outputs, got {}.", outputs,
                            samples.y.size()),
                "pass one array for every output of the model, in its order.");
  }
  for (const Tensor* y : samples.y) {
    if (outputs > 1 && y->size() == 0) continue;  // an output without a loss
    const int64_t targets = y->rank() > 0 ? y->dim(0) : 0;
    if (targets == samples.count()) continue;
    throw Error(ErrorCode::shape_mismatch, where,
                fmt::format("targets: expected one for each of {} samples, got {}.",
                            samples.count(), targets),
                "pass as many targets as samples.");
  }
}

void check_batch_size(int64_t batch_size, const std::string& where) {
  if (batch_size >= 1) return;
  throw Error(ErrorCode::invalid_argument, where,
              fmt::format("batch_size: expected at least 1, got {}.", batch_size),
              "Keras' default is 32.");
}

}  // namespace eddy
