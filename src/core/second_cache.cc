// SPDX-License-Identifier: MIT
#include "core/second_cache.h"

#include <unistd.h>

namespace eddy {

int64_t second_cache_bytes() {
  static const int64_t bytes = [] {
    int64_t said = 0;
#ifdef _SC_LEVEL2_CACHE_SIZE
    said = sysconf(_SC_LEVEL2_CACHE_SIZE);
#endif
    return said > 0 ? said : int64_t{1} << 20;
  }();
  return bytes;
}

}  // namespace eddy
