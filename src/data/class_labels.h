// SPDX-License-Identifier: MIT
// Labels of texts that are classes by number.
#pragma once

#include <cstdint>

#include "eddy/tensor.h"

namespace eddy::data {

// Throws Error{shape_mismatch} for another number of labels than texts, Error{bad_data} for one
// that is none of 0 to classes - 1.
void check_class_labels(int64_t texts, const Tensor& y, int64_t classes, const char* where);

}  // namespace eddy::data
