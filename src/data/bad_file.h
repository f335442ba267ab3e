// SPDX-License-Identifier: MIT
// The errors of the readers: which file, which member, what was expected and what was there.
#pragma once

#include <fmt/format.h>

#include <string>

#include "eddy/error.h"

namespace eddy::data {

// What the readers know about the place of an error.
struct Where {
  std::string file;    // path, the [where] of the message
  std::string member;  // "x_train.npy"; empty: the file itself
  std::string subject() const { return member.empty() ? "file" : member; }
};

inline constexpr const char* kGetAgain = "delete the file and let it be downloaded again.";

// `[file] member: expected E, got G. Fix: ...`
[[noreturn]] inline void bad_file(const Where& where, const std::string& expected,
                                  const std::string& got, const std::string& fix = kGetAgain) {
  throw Error(ErrorCode::bad_file, where.file,
              fmt::format("{}: expected {}, got {}.", where.subject(), expected, got), fix);
}

[[noreturn]] inline void bad_data(const Where& where, const std::string& expected,
                                  const std::string& got, const std::string& fix = kGetAgain) {
  throw Error(ErrorCode::bad_data, where.file,
              fmt::format("{}: expected {}, got {}.", where.subject(), expected, got), fix);
}

}  // namespace eddy::data
