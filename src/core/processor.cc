// SPDX-License-Identifier: MIT
#include "core/processor.h"

#include <unistd.h>

#include <atomic>

namespace eddy {

namespace {

std::atomic<int64_t> pretended{0};

}  // namespace

void pretend_second_cache_bytes(int64_t bytes) { pretended = bytes; }

int64_t second_cache_bytes() {
  if (const int64_t bytes = pretended.load(std::memory_order_relaxed); bytes > 0) return bytes;
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
