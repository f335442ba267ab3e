// SPDX-License-Identifier: MIT
// "pre" or "post", as the functions that pad and cut take it.
#pragma once

#include <fmt/format.h>

#include <string>

#include "core/nearest.h"
#include "eddy/error.h"

namespace eddy {

// Whether `value` of `option` is "pre"; throws Error in the name of the function `where` otherwise
// than "post".
inline bool is_pre(const char* where, const char* option, const std::string& value) {
  if (value == "pre") return true;
  if (value == "post") return false;
  throw Error(ErrorCode::invalid_argument, where,
              fmt::format("{}: expected \"pre\" or \"post\", got \"{}\".", option, value),
              suggest(value, {"pre", "post"}));
}

}  // namespace eddy
