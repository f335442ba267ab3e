// SPDX-License-Identifier: MIT
#include "layers/products.h"

#include <gtest/gtest.h>

namespace eddy {
namespace {

int64_t ceil_of(int64_t n, int64_t by) { return (n + by - 1) / by; }

// What the kernels ask of a rectangle: whole tiles, whole registers, and room in the second cache.
TEST(Rectangles, StayWithinTheirLimits) {
  for (const int64_t bytes : {512 << 10, 2 << 20}) {
    pretend_second_cache_bytes(bytes);
    for (const int64_t threads : {1, 2, 3, 16}) {
      for (const int64_t m : {1, 8, 64, 300, 1024}) {
        for (const int64_t n : {8, 32, 200, 1536, 4096}) {
          const auto [height, width] = rectangle_for(m, n, threads);
          EXPECT_EQ(height % 12, 0);
          EXPECT_EQ(width % 32, 0);
          EXPECT_GT(height, 0);
          EXPECT_GT(width, 0);
          EXPECT_LE(height * width * 4, bytes / 2);
          EXPECT_LT(height - m, 12) << "no higher than c";
          EXPECT_LT(width - n, 32) << "no wider than c";
        }
      }
    }
  }
  pretend_second_cache_bytes(0);
}

// Three times three rectangles of 512 x 512 would leave the second thread waiting for the ninth.
TEST(Rectangles, OfALargeMatrixKeepAllThreadsBusy) {
  for (const int64_t threads : {1, 2, 4, 8}) {
    for (const int64_t m : {256, 512, 1024}) {
      for (const int64_t n : {m, 3 * m, 4 * m}) {
        const auto [height, width] = rectangle_for(m, n, threads);
        const int64_t rounds = ceil_of(ceil_of(m, height) * ceil_of(n, width), threads);
        const double share =
            static_cast<double>(m * n) / static_cast<double>(threads * rounds * height * width);
        EXPECT_GT(share, 0.8) << m << " x " << n << ", " << threads << " threads";
      }
    }
  }
}

}  // namespace
}  // namespace eddy
