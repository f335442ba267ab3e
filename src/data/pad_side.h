// SPDX-License-Identifier: MIT
// "pre" or "post", as the functions that pad and cut take it, and the rows that they fill.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
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

// Fills a row of `width` values: `length` of its own that `write` puts down, in front, or behind
// with `pads_front`, and `filling` elsewhere.
template <class T, class Write>
void fill_row(T* row, int64_t width, int64_t length, bool pads_front, T filling, Write&& write) {
  T* const first = pads_front ? row + width - length : row;
  std::fill(row, first, filling);
  if (length > 0) write(first);
  std::fill(first + length, row + width, filling);
}

}  // namespace eddy
