// SPDX-License-Identifier: MIT
#include "fma_peak.h"

#include <eddy/cpu.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

// eddy's sets (src/kernels/simd.h).
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3_DL)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fma_peak.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace bench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Twelve sums that do not wait for each other: more than latency times units of any core so far,
// and with the two factors within the 16 registers of AVX2. They start apart, or the compiler
// would see that they are all the same sum.
double multiply_add(int64_t rounds, float& result) {
  const hn::ScalableTag<float> d;
  const auto a = hn::Set(d, 0.999F), b = hn::Set(d, 1e-3F);
  const auto start = [&](int number) { return hn::Set(d, 0.1F * static_cast<float>(number)); };
  auto s0 = start(0), s1 = start(1), s2 = start(2), s3 = start(3), s4 = start(4), s5 = start(5),
       s6 = start(6), s7 = start(7), s8 = start(8), s9 = start(9), s10 = start(10), s11 = start(11);
  for (int64_t i = 0; i < rounds; ++i) {
    s0 = hn::MulAdd(s0, a, b), s1 = hn::MulAdd(s1, a, b), s2 = hn::MulAdd(s2, a, b);
    s3 = hn::MulAdd(s3, a, b), s4 = hn::MulAdd(s4, a, b), s5 = hn::MulAdd(s5, a, b);
    s6 = hn::MulAdd(s6, a, b), s7 = hn::MulAdd(s7, a, b), s8 = hn::MulAdd(s8, a, b);
    s9 = hn::MulAdd(s9, a, b), s10 = hn::MulAdd(s10, a, b), s11 = hn::MulAdd(s11, a, b);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)),
                           hn::Add(hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)),
                                   hn::Add(hn::Add(s8, s9), hn::Add(s10, s11))));
  result = hn::GetLane(sum);
  return 24.0 * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
}

}  // namespace HWY_NAMESPACE
}  // namespace bench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bench {
HWY_EXPORT(multiply_add);

namespace {

// Only the set that eddy has chosen, which EDDY_SIMD may have forced.
void use_eddys_set() {
  const std::string chosen = eddy::simd_target();
  for (int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    if (chosen == hwy::TargetName(target)) return hwy::DisableTargets(~target);
  }
}

}  // namespace

double fma_peak(int64_t threads) {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t kRounds = 300'000;  // about a millisecond: seldom interrupted
  constexpr int kBursts = 50;
  use_eddys_set();
  float sum = 0;
  const double flop =
      HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, sum) * static_cast<double>(threads);
  std::vector<Clock::time_point> times;
  std::barrier meet(threads, [&]() noexcept { times.push_back(Clock::now()); });
  const auto work = [&] {
    float own = 0;
    meet.arrive_and_wait();
    for (int burst = 0; burst < kBursts; ++burst) {
      HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, own);
      meet.arrive_and_wait();
    }
  };
  std::vector<std::thread> others;
  for (int64_t t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  for (auto& other : others) other.join();
  double least = 1e9;
  for (size_t i = 1; i < times.size(); ++i) {
    least = std::min(least, std::chrono::duration<double>(times[i] - times[i - 1]).count());
  }
  return flop / least * 1e-9;
}

}  // namespace bench
#endif
