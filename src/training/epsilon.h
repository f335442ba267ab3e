// SPDX-License-Identifier: MIT
#pragma once

namespace eddy {

inline constexpr double kEpsilon = 1e-7;  // Keras' fuzz factor

}  // namespace eddy
