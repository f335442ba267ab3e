// SPDX-License-Identifier: MIT
#include "eddy/tensor.h"

#include <fmt/format.h>

namespace eddy {

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (const int64_t axis : shape) {
    if (axis < 0 || (axis > 0 && count > (int64_t{1} << 62) / axis)) {
      throw Error(ErrorCode::invalid_argument, "Tensor",
                  fmt::format("shape: expected known axes with a product below 2^62, got {}.",
                              to_string(shape)),
                  "give every axis a length that memory can hold.");
    }
    count *= axis;
  }
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += shape[i] == kNone ? "None" : std::to_string(shape[i]);
  }
  if (shape.size() == 1) text += ",";
  return text + ")";
}

}  // namespace eddy
