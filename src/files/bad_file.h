// SPDX-License-Identifier: MIT
// The errors of this room: which file, which place in it, what was expected and what was there.
#pragma once

#include <fmt/format.h>

#include <string>

#include "eddy/error.h"

namespace eddy::files {

// What the readers know about the place of an error.
struct Where {
  std::string file;     // path, the [where] of the message
  std::string subject;  // "config.json, layer 'lstm' (LSTM)"

  // The same place, more exactly: "SUBJECT, MORE".
  Where at(const std::string& more) const {
    return {file, subject.empty() ? more : subject + ", " + more};
  }
};

inline constexpr const char* kSaveAgain =
    "the file is damaged or was not written by Keras or eddy; save the model again.";
inline constexpr const char* kChangeInKeras =
    "change the model in Keras and save it again, or use only the layers and options eddy lists.";
inline constexpr const char* kLoadUncompiled =
    "in Python: keras.models.load_model(path, compile=False).save(path), then compile in eddy.";

[[noreturn]] inline void fail(ErrorCode code, const Where& where, const std::string& expected,
                              const std::string& got, const std::string& fix) {
  throw Error(code, where.file,
              fmt::format("{}: expected {}, got {}.", where.subject, expected, got), fix);
}

[[noreturn]] inline void bad_file(const Where& where, const std::string& expected,
                                  const std::string& got, const std::string& fix = kSaveAgain) {
  fail(ErrorCode::bad_file, where, expected, got, fix);
}

[[noreturn]] inline void not_supported(const Where& where, const std::string& expected,
                                       const std::string& got,
                                       const std::string& fix = kChangeInKeras) {
  fail(ErrorCode::not_supported, where, expected, got, fix);
}

}  // namespace eddy::files
