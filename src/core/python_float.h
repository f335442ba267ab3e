// SPDX-License-Identifier: MIT
// Floats as Python prints them.
#pragma once

#include <string>

namespace eddy {

// Python's repr: the shortest digits that read back as the same double. "0.1", "1e-05", "1.0",
// "nan"
std::string python_repr(double value);

}  // namespace eddy
