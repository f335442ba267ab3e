// SPDX-License-Identifier: MIT
#include "core/buffer.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace eddy {

void* allocate_aligned(size_t bytes) {
  constexpr size_t kHugePage = size_t{1} << 21;
  if (bytes < 2 * kHugePage) return std::aligned_alloc(kAlignment, bytes);
  void* memory = std::aligned_alloc(kHugePage, (bytes + kHugePage - 1) / kHugePage * kHugePage);
#if defined(__linux__)
  // A request: without huge pages all is as before.
  if (memory != nullptr) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

}  // namespace eddy
