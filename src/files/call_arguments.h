// SPDX-License-Identifier: MIT
// The arguments of calls in descriptions of functional models.
#pragma once

#include <vector>

#include "files/implicit_masks.h"

namespace eddy::files {

// ["dense", 0, 0] or, in Keras 2, ["dense", 0, 0, {...}].
bool is_tensor_name(const Json& value);

// All tensors of an argument, however it is nested, in Keras' order of flattening; null: none.
// Throws Error{not_supported} for anything else in it, unless `others` allows that.
void collect_tensors(const Json& value, const Where& where, bool others,
                     std::vector<TensorName>& into);

}  // namespace eddy::files
