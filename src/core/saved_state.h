// SPDX-License-Identifier: MIT
// The bytes of a SavedState, without the digest around them.
//
//   "EDDY STATE 1\n", then for every value: length of its name (8 bytes, little-endian), the name,
//   its type (1), length of its bytes (8), the bytes; at the end the SHA-256 of all that in
//   hexadecimal digits
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace eddy {

struct SavedValue {
  char type;
  std::string bytes;
};
using SavedValues = std::map<std::string, SavedValue>;  // by name

std::string encode_values(const SavedValues& values);
// Throws Error{bad_file}, naming `where`.
SavedValues decode_values(std::string_view body, const std::string& where);

}  // namespace eddy
