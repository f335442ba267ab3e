// SPDX-License-Identifier: MIT
// Axes of shapes: Keras' negative numbers, strides, and values brought into another order of axes.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "eddy/tensor.h"

namespace eddy {

inline constexpr size_t kMaxRank = 32;  // NumPy's; indices stand on the stack
using Strides = std::array<int64_t, kMaxRank>;

// Throws Error{shape_mismatch} for more than kMaxRank axes.
void check_rank(const std::string& layer, const Shape& shape);

// 0 ... rank - 1 for an axis that may count from the end. Throws Error{invalid_argument} for one
// outside of `shape` and for the batch axis, whose length may change.
size_t resolve_axis(const std::string& layer, int64_t axis, const Shape& shape);

// Elements between neighbours of every axis of a row-major array.
Strides strides_of(const Shape& shape);

// Calls body(offsets) at the first element of every row (last axis) of an array of these lengths,
// in row-major order; offsets[k] counts by strides[k].
template <size_t N, class Body>
void for_rows(const Strides& lengths, size_t rank, const std::array<Strides, N>& strides,
              const Body& body) {
  Strides index{};
  std::array<int64_t, N> offset{};
  for (;;) {
    body(offset);
    size_t axis = rank - 1;
    while (axis-- > 0) {
      for (size_t k = 0; k < N; ++k) offset[k] += strides[k][axis];
      if (++index[axis] < lengths[axis]) break;
      for (size_t k = 0; k < N; ++k) offset[k] -= strides[k][axis] * lengths[axis];
      index[axis] = 0;
    }
    if (axis == SIZE_MAX) return;
  }
}

// The axis k of `to` is the axis order[k] of `from`.
//   shape  of from, all at least 1
//   to     as many elements, row-major
template <class T>
void copy_permuted(const T* from, const Shape& shape, const std::vector<size_t>& order, T* to) {
  const Strides before = strides_of(shape);
  const size_t rank = order.size();
  Strides lengths{}, strides{};
  for (size_t k = 0; k < rank; ++k) {
    lengths[k] = shape[order[k]];
    strides[k] = before[order[k]];
  }
  const int64_t width = lengths[rank - 1], step = strides[rank - 1];
  for_rows<1>(lengths, rank, {strides}, [&](const std::array<int64_t, 1>& offset) {
    for (int64_t j = 0; j < width; ++j) *to++ = from[offset[0] + j * step];
  });
}

}  // namespace eddy
