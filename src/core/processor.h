// SPDX-License-Identifier: MIT
// What this machine's processor is like, for choices between two ways to the same bits. What
// changes the order of a sum must not ask: results would depend on the machine.
#pragma once

#include <cstdint>

namespace eddy {

// Of one core, in bytes; 1 MiB where the system does not say.
int64_t second_cache_bytes();

// Whether stores to memory outside the caches should find their lines fetched. Measured: a Zen 3
// steps through a long sequence in 0.74 to 0.95 of the time with it, a Xeon with AVX-512 in 1.1 to
// 1.2.
bool fetches_before_stores();

}  // namespace eddy
