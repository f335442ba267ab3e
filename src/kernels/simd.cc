// SPDX-License-Identifier: MIT
#include "kernels/simd.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/nearest.h"
#include "eddy/cpu.h"
#include "eddy/error.h"
#include "hwy/highway.h"

namespace eddy {
namespace {

std::atomic<int64_t> forced_target{0};

// Lower bits are better sets in Highway's numbering.
int64_t usable_targets() { return (hwy::SupportedTargets() | HWY_STATIC_TARGET) & HWY_TARGETS; }

int64_t best_of(int64_t targets) { return targets & -targets; }

int64_t target_by_name(const std::string& name) {
  for (int64_t left = usable_targets(); left != 0; left &= left - 1) {
    if (name == hwy::TargetName(best_of(left))) return best_of(left);
  }
  throw Error(ErrorCode::invalid_argument, "EDDY_SIMD",
              fmt::format("instruction set: expected one that this machine runs, got '{}'.", name),
              suggest(name, simd_targets()));
}

// 0: none
int64_t target_of_environment() {
  static const int64_t named = [] {
    const char* wanted = std::getenv("EDDY_SIMD");  // NOLINT(concurrency-mt-unsafe)
    return wanted != nullptr && *wanted != '\0' ? target_by_name(wanted) : 0;
  }();
  return named;
}

}  // namespace

long long chosen_simd_target(int64_t width) {
  static const int64_t usable = usable_targets();
  if (const int64_t forced = forced_target.load(); forced != 0) return forced;
  if (const int64_t named = target_of_environment(); named != 0) return named;
  constexpr int64_t kHalf = 8;  // floats of AVX2's registers
  const int64_t best = best_of(usable);
  return best == HWY_AVX3 && width <= kHalf && (usable & HWY_AVX2) != 0 ? HWY_AVX2 : best;
}

void force_simd_target(const std::string& name) {
  forced_target.store(name.empty() ? 0 : target_by_name(name));
}

std::string simd_target() { return hwy::TargetName(chosen_simd_target()); }

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (int64_t left = usable_targets(); left != 0; left &= left - 1) {
    names.emplace_back(hwy::TargetName(best_of(left)));
  }
  return names;
}

}  // namespace eddy
