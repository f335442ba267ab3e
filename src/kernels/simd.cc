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

int64_t default_target() {
  static const int64_t chosen = [] {
    const char* wanted = std::getenv("EDDY_SIMD");  // NOLINT(concurrency-mt-unsafe)
    if (wanted != nullptr && *wanted != '\0') return target_by_name(wanted);
    return best_of(usable_targets());
  }();
  return chosen;
}

}  // namespace

long long chosen_simd_target() {
  const int64_t forced = forced_target.load();
  return forced != 0 ? forced : default_target();
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
