// SPDX-License-Identifier: MIT
// Memory asked for before it is needed.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/buffer.h"

namespace eddy {

// The first lines of `count` elements; those behind the processor finds by itself. For what it
// cannot foresee, as rows picked from a large table. Always inlined: GCC takes a function of
// nothing but fetches for one without effect, and drops its calls.
//   most  in bytes
template <class T>
[[gnu::always_inline]] inline void fetch(const T* from, int64_t count, int64_t most = 512) {
  constexpr auto kLine = static_cast<int64_t>(kAlignment);
  const int64_t bytes = std::min(count * static_cast<int64_t>(sizeof(T)), most);
  const char* at = reinterpret_cast<const char*>(from);
  for (int64_t i = 0; i < bytes; i += kLine) __builtin_prefetch(at + i);
}

}  // namespace eddy
