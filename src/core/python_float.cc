// SPDX-License-Identifier: MIT
#include "core/python_float.h"

#include <fmt/format.h>

#include <cmath>

namespace eddy {

std::string python_repr(double value) {
  if (std::isnan(value)) return "nan";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

}  // namespace eddy
