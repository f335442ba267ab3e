// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "eddy/export.h"

namespace eddy {

// Threads used by every model of the process; 0: the cores this process may use. Results do not
// depend on it. Throws Error{invalid_argument} outside 0 ... 1024.
EDDY_API void set_num_threads(int64_t threads);
EDDY_API int64_t num_threads();

}  // namespace eddy
