// SPDX-License-Identifier: MIT
// The one exception type of the library. Nothing here prints, exits or aborts.
#pragma once

#include <stdexcept>
#include <string>

#include "eddy/export.h"

namespace eddy {

enum class ErrorCode {
  invalid_argument,  // an option or argument outside its range
  shape_mismatch,    // arrays or layers that do not fit together
  bad_data,          // readable data with a value that cannot be used (an id, a label)
  bad_file,          // a truncated, corrupt or foreign file
  io,                // the operating system refused: open, write, rename, network
  not_supported,     // a valid request that this version refuses
  numeric,           // NaN or infinity where a number is needed
  internal,          // a broken promise of eddy itself
};

// Message: `[where] what Fix: fix`, where `what` reads `subject: expected E, got G.`
//   where  the layer, file, function or flag a user would name
//   what   one sentence with its full stop
//   fix    what to do about it, one sentence with its full stop
class EDDY_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string where, std::string what, std::string fix)
      : std::runtime_error("[" + where + "] " + what + " Fix: " + fix),
        code_(code),
        where_(std::move(where)),
        what_(std::move(what)),
        fix_(std::move(fix)) {}

  ErrorCode code() const { return code_; }
  const std::string& where() const { return where_; }
  const std::string& subject() const { return what_; }
  const std::string& fix() const { return fix_; }

 private:
  ErrorCode code_;
  std::string where_, what_, fix_;
};

}  // namespace eddy
