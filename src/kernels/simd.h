// SPDX-License-Identifier: MIT
// Highway's frame, once: which instruction sets we compile for, and how a file is compiled for
// each. A file compiled once per set is called *-inl.h or ends with foreach_target.h at its top.
#pragma once

// AVX-512, AVX2 with FMA, SSE4.1, and SCALAR (plain C++) for any other CPU. Where the compiler is
// clang, Highway would take EMU128 in SCALAR's place: four lanes as loops, which clang needs
// minutes for.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#define HWY_BROKEN_EMU128 1

#include <cstdint>
#include <string>

// NOLINTBEGIN(bugprone-macro-parentheses): these open and close namespaces
#define EDDY_SIMD_BEGIN   \
  HWY_BEFORE_NAMESPACE(); \
  namespace eddy {        \
  namespace HWY_NAMESPACE {
#define EDDY_SIMD_END    \
  }                      \
  }                      \
  HWY_AFTER_NAMESPACE(); \
  static_assert(true, "semicolon")
// NOLINTEND(bugprone-macro-parentheses)

namespace eddy {

// For tests: use this instruction set from now on; objects built before keep theirs. "" gives back
// the default. Throws Error{invalid_argument} for one that this machine cannot run.
void force_simd_target(const std::string& name);

// Highway's bit of the set in use for work on `width` numbers side by side. Unless one is forced,
// AVX2 takes the place of AVX-512 where half of its registers would be empty: the shorter ones take
// less memory, and a cycle or two less for many an instruction.
inline constexpr int64_t kAnyWidth = int64_t{1} << 62;
long long chosen_simd_target(int64_t width = kAnyWidth);

}  // namespace eddy
