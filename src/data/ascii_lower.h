// SPDX-License-Identifier: MIT
// Names of columns, endings of files and words like "NaN", whatever their case.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>

namespace eddy::data {

inline std::string ascii_lower(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

}  // namespace eddy::data
