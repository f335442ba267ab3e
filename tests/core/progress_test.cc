// SPDX-License-Identifier: MIT
#include "core/progress.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "core/threads.h"
#include "eddy/threads.h"

namespace eddy::progress_test {
namespace {

class TaskProgress : public testing::TestWithParam<int64_t> {
 protected:
  TaskProgress() { set_num_threads(GetParam()); }
  ~TaskProgress() override { set_num_threads(0); }
  Progress progress_;
};

TEST_P(TaskProgress, OthersSeeWhatWasMadeBeforeTheStep) {
  constexpr int64_t kSteps = 2000;
  for (int round = 0; round < 20; ++round) {
    std::vector<int64_t> made(kSteps + 1, 0), seen(4, 0);
    progress_.start();
    parallel_for(4, [&](int64_t task, int64_t) {
      if (task == 0) {
        progress_.run([&] {
          for (int64_t step = 1; step <= kSteps; ++step) {
            made[static_cast<size_t>(step)] = 3 * step;
            progress_.reach(step);
          }
        });
        return;
      }
      const int64_t step = kSteps / task;
      progress_.wait_for(step);
      seen[static_cast<size_t>(task)] = made[static_cast<size_t>(step)];
    });
    EXPECT_EQ(seen, (std::vector<int64_t>{0, 3 * 2000, 3 * 1000, 3 * 666}));
  }
}

TEST_P(TaskProgress, NobodyWaitsForATaskThatThrew) {
  progress_.start();
  EXPECT_THROW(parallel_for(3,
                            [&](int64_t task, int64_t) {
                              if (task > 0) return progress_.wait_for(10);
                              progress_.run([&] {
                                progress_.reach(4);
                                throw std::runtime_error("in the middle");
                              });
                            }),
               std::runtime_error);
  progress_.start();
  parallel_for(2, [&](int64_t task, int64_t) {
    if (task > 0) return progress_.wait_for(10);
    progress_.run([] {});  // its end is beyond every step
  });
}

INSTANTIATE_TEST_SUITE_P(Threads, TaskProgress, testing::Values(1, 2, 5));

}  // namespace
}  // namespace eddy::progress_test
