// SPDX-License-Identifier: MIT
#include "layers/axes.h"

#include <fmt/format.h>

namespace eddy {

void check_rank(const std::string& layer, const Shape& shape) {
  if (shape.size() <= kMaxRank) return;
  throw Error(ErrorCode::shape_mismatch, layer,
              fmt::format("input: expected at most {} axes, got {}.", kMaxRank, shape.size()),
              "reshape it to fewer axes.");
}

size_t resolve_axis(const std::string& layer, int64_t axis, const Shape& shape) {
  check_rank(layer, shape);
  const auto rank = static_cast<int64_t>(shape.size());
  const int64_t place = axis < 0 ? axis + rank : axis;
  if (place < 1 || place >= rank) {
    throw Error(
        ErrorCode::invalid_argument, layer,
        fmt::format("axis: expected one of {} after the batch, got {}.", to_string(shape), axis),
        fmt::format("use 1 to {}, or -1 for the last axis.", rank - 1));
  }
  return static_cast<size_t>(place);
}

Strides strides_of(const Shape& shape) {
  Strides strides{};
  int64_t step = 1;
  for (size_t k = shape.size(); k-- > 0;) {
    strides[k] = step;
    step *= shape[k];
  }
  return strides;
}

}  // namespace eddy
