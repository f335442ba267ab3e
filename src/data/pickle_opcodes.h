// SPDX-License-Identifier: MIT
// Names of pickle's opcodes, protocols 0 to 5 (CPython, Lib/pickle.py), to refuse them by name.
#pragma once

#include <cstdint>
#include <string>

namespace eddy::data {

// "DICT", or "0xff" for a byte that is no opcode.
std::string opcode_name(uint8_t opcode);

}  // namespace eddy::data
