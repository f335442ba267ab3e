// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "core/buffer.h"
#include "core/nearest.h"
#include "core/random.h"
#include "core/threads.h"
#include "eddy/tensor.h"
#include "eddy/threads.h"

namespace eddy::core_test {
namespace {

// Known answers of Philox 4x32-10 from the authors' test vectors (Random123, kat_vectors).
TEST(Random, IsPhilox) {
  EXPECT_EQ(Random(0, 0).block(0),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Random(UINT64_MAX, UINT64_MAX).block(UINT64_MAX),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(Random, HasTheMomentsOfItsDistributions) {
  Random random(4);
  double sum = 0, squares = 0, normal = 0, normal_squares = 0;
  const int n = 200000;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform(), z = random.normal();
    ASSERT_TRUE(u >= 0 && u < 1);
    sum += u;
    squares += u * u;
    normal += z;
    normal_squares += z * z;
  }
  EXPECT_NEAR(sum / n, 0.5, 0.003);
  EXPECT_NEAR(squares / n, 1.0 / 3, 0.003);
  EXPECT_NEAR(normal / n, 0, 0.01);
  EXPECT_NEAR(normal_squares / n, 1, 0.02);
}

TEST(Random, ShufflesEveryItemOnce) {
  std::vector<int64_t> items(1000);
  std::iota(items.begin(), items.end(), 0);
  Random(9).shuffle(items);
  EXPECT_EQ(std::set<int64_t>(items.begin(), items.end()).size(), 1000U);
  int64_t fixed = 0;
  for (int64_t i = 0; i < 1000; ++i) fixed += items[static_cast<size_t>(i)] == i ? 1 : 0;
  EXPECT_LT(fixed, 10);  // one is expected
}

TEST(Threads, RunEveryTaskOnceAndNestedOnesToo) {
  for (const int threads : {1, 2, 5}) {
    set_num_threads(threads);
    EXPECT_EQ(num_threads(), threads);
    std::vector<std::atomic<int>> seen(100);
    parallel_for(100, [&](int64_t task, int64_t worker) {
      EXPECT_LT(worker, max_workers());
      parallel_for(3, [&](int64_t, int64_t) { ++seen[static_cast<size_t>(task)]; });
    });
    for (const auto& count : seen) EXPECT_EQ(count.load(), 3);
  }
  set_num_threads(0);
}

TEST(Threads, RethrowTheFirstError) {
  set_num_threads(3);
  EXPECT_THROW(parallel_for(50,
                            [](int64_t task, int64_t) {
                              if (task == 7) throw std::runtime_error("seven");
                            }),
               std::runtime_error);
  std::atomic<int> count{0};
  parallel_for(10, [&](int64_t, int64_t) { ++count; });
  EXPECT_EQ(count.load(), 10);
  set_num_threads(0);
  EXPECT_THROW(set_num_threads(-1), Error);
}

TEST(Buffer, IsAlignedAndKeepsItsMemory) {
  Buffer<float> buffer;
  buffer.resize_zeroed(100);
  const float* before = buffer.data();
  EXPECT_EQ(reinterpret_cast<uintptr_t>(before) % kAlignment, 0U);
  buffer.resize(10);
  buffer.resize(100);
  EXPECT_EQ(buffer.data(), before);
  EXPECT_THROW(buffer.resize(SIZE_MAX / 2), std::bad_alloc);
}

TEST(Tensor, ChecksItsShape) {
  EXPECT_EQ(Tensor({2, 3}).size(), 6);
  EXPECT_EQ(Tensor(std::vector<float>{1, 2}).shape(), Shape{2});
  EXPECT_THROW(Tensor({2, 3}, {1, 2}), Error);
  EXPECT_THROW(element_count({-1, 2}), Error);
  EXPECT_THROW(element_count({int64_t{1} << 40, int64_t{1} << 40}), Error);
  EXPECT_EQ(to_string(Shape{kNone, 500, 32}), "(None, 500, 32)");
  EXPECT_EQ(to_string(Shape{7}), "(7,)");
}

TEST(Nearest, FindsTheNearestWordOrNone) {
  EXPECT_EQ(nearest("ltsm", {"gru", "lstm", "simple_rnn"}), "lstm");
  EXPECT_EQ(nearest("xyzzy", {"gru", "lstm"}), "");
  EXPECT_EQ(suggest("sigmod", {"tanh", "sigmoid"}),
            "did you mean 'sigmoid'? Known: tanh, sigmoid.");
}

}  // namespace
}  // namespace eddy::core_test
