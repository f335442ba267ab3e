// SPDX-License-Identifier: MIT
// Denormal numbers (below 1.2e-38 as floats) taken as zeros while numbers are computed. A gradient
// that fades over hundreds of steps is full of them before it is zero, and Intel's processors take
// over a hundred cycles for each: the first epoch of a GRU on IMDB took four times as long. Keras
// with TensorFlow flushes them too.
#pragma once

#include <bit>
#include <cstdint>
#include <span>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

namespace eddy {

// Of the calling thread, for the life of the object; then as it was before.
class FlushDenormals {
 public:
  FlushDenormals() : before_(mode()) {
    if (before_ != (before_ | kFlush)) set_mode(before_ | kFlush);
  }
  ~FlushDenormals() {
    if (before_ != (before_ | kFlush)) set_mode(before_);
  }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__x86_64__) || defined(__i386__)
  using Mode = uint32_t;
  static constexpr Mode kFlush = 0x8040;  // FTZ: results, DAZ: operands
  static Mode mode() { return _mm_getcsr(); }
  static void set_mode(Mode mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
  using Mode = uint64_t;
  static constexpr Mode kFlush = uint64_t{1} << 24;  // FZ: both
  static Mode mode() {
    Mode mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set_mode(Mode mode) { asm volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
#else
  using Mode = uint32_t;
  static constexpr Mode kFlush = 0;  // nothing known: computes them
  static Mode mode() { return 0; }
  static void set_mode(Mode) {}
#endif

  Mode before_;
};

// Whether a value is nearer to zero than `limit` > 0, and not zero. Looks at the bits: to compare a
// denormal number takes as long as to compute with it.
inline bool any_faint(std::span<const float> values, float limit) {
  constexpr int32_t kMagnitude = 0x7fffffff;
  const auto least = std::bit_cast<int32_t>(limit);
  int32_t found = 0;
  for (const float value : values) {
    const int32_t bits = std::bit_cast<int32_t>(value) & kMagnitude;
    found |= static_cast<int32_t>(bits > 0) & static_cast<int32_t>(bits < least);
  }
  return found != 0;
}

}  // namespace eddy
