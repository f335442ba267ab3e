// SPDX-License-Identifier: MIT
#include "core/processor.h"

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

bool fetches_before_stores() {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_is("amd") != 0;
#else
  return false;
#endif
}

}  // namespace eddy
