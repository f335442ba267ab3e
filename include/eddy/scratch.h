// SPDX-License-Identifier: MIT
// How much memory data may take before they go to a scratch file, and where that lies.
#pragma once

#include <cstdint>
#include <filesystem>

namespace eddy {

// A scratch file has no name from the moment on that it is open: whatever ends the program, nothing
// of it is left. A full disk is Error{io}.
struct ScratchOptions {
  int64_t memory = 0;                 // bytes held before there is a file; 0: no bound, no file
  std::filesystem::path folder = {};  // of the file; empty: $TMPDIR, else /var/tmp, else /tmp
};

}  // namespace eddy
