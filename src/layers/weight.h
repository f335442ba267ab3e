// SPDX-License-Identifier: MIT
// One array of a layer and its gradient.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/buffer.h"
#include "eddy/layers.h"
#include "eddy/tensor.h"

namespace eddy {

// A buffer whose copies are the same memory: a layer that stands at several places of a model has
// one value there and a gradient at each place.
template <class T>
class SharedBuffer {
 public:
  void resize(size_t size) { buffer_->resize(size); }
  void resize_zeroed(size_t size) { buffer_->resize_zeroed(size); }
  T* data() { return buffer_->data(); }
  const T* data() const { return std::as_const(*buffer_).data(); }
  size_t size() const { return buffer_->size(); }
  T& operator[](size_t i) { return (*buffer_)[i]; }
  const T& operator[](size_t i) const { return std::as_const(*buffer_)[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size(); }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size(); }
  operator Buffer<T>&() { return *buffer_; }              // NOLINT(google-explicit-constructor)
  operator const Buffer<T>&() const { return *buffer_; }  // NOLINT(google-explicit-constructor)

 private:
  std::shared_ptr<Buffer<T>> buffer_ = std::make_shared<Buffer<T>>();
};

template <class Real>
struct Weight {
  std::string name;  // Keras' name: "kernel", "recurrent_kernel", "bias", "embeddings"
  // Where Keras keeps it inside the layer: "" (the layer itself), "cell", "forward_layer/cell",
  // ...; once the layer stands in a model: "layers/lstm_1/cell".
  std::string holder = {};
  Shape shape = {};
  Initializer initializer = "zeros";
  std::vector<std::pair<int64_t, int64_t>> ones = {};  // [begin, end) that start at 1 regardless
  std::vector<float> first_values = {};         // what it begins with; empty: the initializer says
  bool whole = false;                           // a count: files keep it as int64
  std::optional<Regularizer> regularizer = {};  // its penalty belongs to the loss
  std::optional<Constraint> constraint = {};    // holds after every step
  SharedBuffer<Real> value = {};                // product of the shape
  bool trainable = true;  // false: no gradient; the layer itself moves it (moving averages)
  // Dense: the same size as value. By rows: row k of grad belongs to row rows[k] of value, the
  // others have no gradient.
  bool by_rows = false;
  Buffer<Real> grad = {};
  std::vector<int32_t> rows = {};  // distinct

  int64_t size() const { return static_cast<int64_t>(value.size()); }
};

}  // namespace eddy
