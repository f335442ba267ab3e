// SPDX-License-Identifier: MIT
// What an action says that is to fail.
#pragma once

#include <functional>
#include <string>

#include "eddy/error.h"

namespace eddy {

inline std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace eddy
