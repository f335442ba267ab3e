// SPDX-License-Identifier: MIT
// Words of configs that readers and writers must agree on.
#pragma once

namespace eddy::files {

// Keras 2's hard_sigmoid, which Keras 3 has not: written as a function of the user's own, so that
// Keras refuses the file until somebody registers it, rather than load another slope.
inline constexpr const char* kOldHardSigmoid = "hard_sigmoid_v2";
inline constexpr const char* kRegisteredHardSigmoid = "eddy>hard_sigmoid_v2";

// A value between layers in the calls of a functional model.
inline constexpr const char* kKerasTensor = "__keras_tensor__";
// A Python tuple.
inline constexpr const char* kTuple = "__tuple__";

}  // namespace eddy::files
