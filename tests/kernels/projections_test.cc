// SPDX-License-Identifier: MIT
// Gram-Schmidt's inner loops against plain ones, and the same bits with every instruction set.
#include "kernels/projections.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/random.h"
#include "eddy/cpu.h"
#include "kernels/simd.h"

namespace eddy {
namespace {

std::vector<double> random_doubles(int64_t n, uint64_t seed) {
  Random random(seed);
  std::vector<double> values(static_cast<size_t>(n));
  for (double& v : values) v = random.uniform(-1, 1);
  return values;
}

// Four q at a time see the same x, as the header says.
std::vector<double> plain(int64_t length, int64_t q_count, const std::vector<double>& q,
                          int64_t x_count, std::vector<double> x) {
  for (int64_t v = 0; v < x_count; ++v) {
    double* row = x.data() + v * length;
    for (int64_t j = 0; j < q_count;) {
      const int64_t together = q_count - j >= 4 ? 4 : 1;
      const std::vector<double> before(row, row + length);
      for (int64_t e = j; e < j + together; ++e) {
        const double* other = q.data() + e * length;
        double dot = 0;
        for (int64_t i = 0; i < length; ++i) dot += other[i] * before[static_cast<size_t>(i)];
        for (int64_t i = 0; i < length; ++i) row[i] -= dot * other[i];
      }
      j += together;
    }
  }
  return x;
}

// 1e-12: sums of at most forty terms, and seven vectors taken away one after the other, each of
// which makes numbers a few times as large.
TEST(Projections, EqualPlainLoopsAndHaveTheSameBitsWithEveryInstructionSet) {
  for (const int64_t length : {4, 12, 40}) {
    for (const int64_t q_count : {0, 1, 4, 7}) {
      for (const int64_t x_count : {0, 1, 2, 5}) {
        auto q = random_doubles(q_count * length, 1);
        for (double& value : q) value *= 0.3;
        const auto x = random_doubles((x_count + 1) * length, 2);  // the last is not to be touched
        const auto want = plain(length, q_count, q, x_count, x);
        std::vector<double> first;
        for (const std::string& target : simd_targets()) {
          force_simd_target(target);
          auto got = x;
          remove_projections(length, q_count, q.data(), x_count, got.data());
          for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-12) << target;
          if (first.empty()) first = got;
          ASSERT_EQ(got, first) << target;
        }
        force_simd_target("");
      }
    }
  }
}

}  // namespace
}  // namespace eddy
