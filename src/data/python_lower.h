// SPDX-License-Identifier: MIT
// Python's str.lower().
#pragma once

#include <string>
#include <string_view>

namespace eddy::data {

// Of valid UTF-8. Differs from letter by letter in the capital sigma, which at the end of a word
// becomes another letter (Unicode's Final_Sigma).
std::string python_lower(std::string_view text);

}  // namespace eddy::data
