// SPDX-License-Identifier: MIT
// Owning row-major arrays that cross the public API. Order of axes: [batch, time, features].
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "eddy/error.h"

namespace eddy {

using Shape = std::vector<int64_t>;

inline constexpr int64_t kNone = -1;  // an axis of any length, as Keras' None

// Product of the axes; 1 for an empty shape. Throws Error{invalid_argument} for a negative axis or
// a product above 2^62.
EDDY_API int64_t element_count(const Shape& shape);

// Keras' way to write a shape: "(None, 500, 32)", "(7,)", "()".
EDDY_API std::string to_string(const Shape& shape);

// An array that owns its elements; copying copies them.
template <class T>
class BasicTensor {
 public:
  BasicTensor() = default;
  explicit BasicTensor(Shape shape)
      : shape_(std::move(shape)), values_(static_cast<size_t>(element_count(shape_))) {}
  // Throws Error{shape_mismatch} when the number of values is not the product of the shape.
  BasicTensor(Shape shape, std::vector<T> values)
      : shape_(std::move(shape)), values_(std::move(values)) {
    if (element_count(shape_) != static_cast<int64_t>(values_.size())) {
      throw Error(ErrorCode::shape_mismatch, "Tensor",
                  "values: expected " + std::to_string(element_count(shape_)) + " for shape " +
                      to_string(shape_) + ", got " + std::to_string(values_.size()) + ".",
                  "pass one value for every element of the shape.");
    }
  }
  // A vector is a tensor of rank 1; a list in braces is a shape.
  template <class Vector>
  requires std::same_as<Vector, std::vector<T>> BasicTensor(
      Vector values)  // NOLINT(google-explicit-constructor)
      : shape_{static_cast<int64_t>(values.size())}, values_(std::move(values)) {}

  const Shape& shape() const { return shape_; }
  int64_t rank() const { return static_cast<int64_t>(shape_.size()); }
  int64_t dim(int64_t axis) const { return shape_[static_cast<size_t>(axis)]; }
  int64_t size() const { return static_cast<int64_t>(values_.size()); }
  bool empty() const { return values_.empty(); }
  T* data() { return values_.data(); }
  const T* data() const { return values_.data(); }
  T& operator[](int64_t i) { return values_[static_cast<size_t>(i)]; }
  const T& operator[](int64_t i) const { return values_[static_cast<size_t>(i)]; }
  const std::vector<T>& values() const { return values_; }

 private:
  Shape shape_{0};
  std::vector<T> values_;
};

using Tensor = BasicTensor<float>;
using IntTensor = BasicTensor<int32_t>;

// What a model takes: floats [batch, ...] or integer ids [batch, time].
using Input = std::variant<Tensor, IntTensor>;

}  // namespace eddy
