// SPDX-License-Identifier: MIT
// The size of a core's second cache, for choices between two ways to the same bits. What changes
// the order of a sum must not ask: results would depend on the machine.
#pragma once

#include <cstdint>

namespace eddy {

// In bytes; 1 MiB where the system does not say.
int64_t second_cache_bytes();

}  // namespace eddy
