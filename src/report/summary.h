// SPDX-License-Identifier: MIT
// Keras' model.summary().
#pragma once

#include <cstdint>
#include <string>

namespace eddy {

class Network;

// width  columns of the terminal; below 32 is drawn as 32, above 92 as 92
std::string render_summary(const Network& network, int64_t width, bool color);

}  // namespace eddy
