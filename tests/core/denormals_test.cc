// SPDX-License-Identifier: MIT
#include "core/denormals.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "core/threads.h"
#include "eddy/threads.h"

namespace eddy {
namespace {

// Neither factor is known to the compiler.
float half_of_least() {
  volatile float least = std::numeric_limits<float>::min(), half = 0.5F;
  return least * half;
}

bool flushing() { return half_of_least() == 0; }

TEST(Denormals, AreZeroWithinTheScopeAndNumbersAfterIt) {
  EXPECT_FALSE(flushing());
  {
    const FlushDenormals outer;
    EXPECT_TRUE(flushing());
    { const FlushDenormals inner; }
    EXPECT_TRUE(flushing());
  }
  EXPECT_FALSE(flushing());
}

TEST(Denormals, AreZeroInTasksOnEveryThread) {
  for (const int64_t threads : {1, 3}) {
    set_num_threads(threads);
    std::vector<int> flushed(100);
    parallel_for(100, [&](int64_t task, int64_t) {
      flushed[static_cast<size_t>(task)] = flushing() ? 1 : 0;
    });
    EXPECT_EQ(flushed, std::vector<int>(100, 1)) << threads << " threads";
    EXPECT_FALSE(flushing());
  }
  set_num_threads(0);
}

}  // namespace
}  // namespace eddy
