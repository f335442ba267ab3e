// SPDX-License-Identifier: MIT
#include "data/class_labels.h"

#include <fmt/format.h>

#include <cmath>

#include "eddy/error.h"

namespace eddy::data {

void check_class_labels(int64_t texts, const Tensor& y, int64_t classes, const char* where) {
  if (y.size() != texts) {
    throw Error(ErrorCode::shape_mismatch, where,
                fmt::format("y: expected {} labels, one a text, got {}.", texts, y.size()),
                "give every text its class.");
  }
  for (const float label : y.values()) {
    if (label >= 0 && label < static_cast<float>(classes) && label == std::floor(label)) continue;
    throw Error(ErrorCode::bad_data, where,
                fmt::format("y: expected classes 0 to {}, got {}.", classes - 1, label),
                "number the classes from 0 on.");
  }
}

}  // namespace eddy::data
