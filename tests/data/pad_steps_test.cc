// SPDX-License-Identifier: MIT
// How sequences of numbers are filled up and cut, from memory and from a scratch file.
#include <gmock/gmock.h>

#include <random>

#include "data_support.h"
#include "eddy/sequences.h"

namespace eddy::data::pad_steps_test {
namespace {

using datasets::Sequence;
using testing::ElementsAre;

constexpr ErrorCode kInvalid = ErrorCode::invalid_argument;

TEST(PadSteps, FillsAndCutsEitherEnd) {
  const std::vector<Sequence> sequences = {
      {.id = "a", .values = Tensor({1, 2}, {1, 2}), .time = {}},
      {.id = "b", .values = Tensor({3, 2}, {3, 4, 5, 6, 7, 8}), .time = {}}};
  const Tensor behind = pad_steps(sequences, {.value = -9});
  EXPECT_EQ(behind.shape(), (Shape{2, 3, 2}));
  EXPECT_THAT(behind.values(), ElementsAre(1, 2, -9, -9, -9, -9, 3, 4, 5, 6, 7, 8));
  EXPECT_THAT(pad_steps(sequences, {.maxlen = 2, .padding = "pre", .truncating = "pre"}).values(),
              ElementsAre(0, 0, 1, 2, 5, 6, 7, 8));
  EXPECT_THAT(pad_steps(sequences, {.maxlen = 2, .padding = "post", .truncating = "post"}).values(),
              ElementsAre(1, 2, 0, 0, 3, 4, 5, 6));
  EXPECT_EQ(pad_steps({}, {.maxlen = 4}).shape(), (Shape{0, 4, 0}));
}

TEST(PaddedSteps, GiveTheRowsOfPadStepsFromMemoryAndFromTheirFile) {
  constexpr int64_t kSequences = 700, kColumns = 3;
  std::mt19937 random(5);
  std::vector<Sequence> sequences;
  for (int64_t i = 0; i < kSequences; ++i) {
    Tensor values({static_cast<int64_t>(random() % 60) + 1, kColumns});
    for (int64_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(random() % 1000);
    sequences.push_back({.id = "", .values = std::move(values), .time = {}});
  }
  for (const std::string side : {"pre", "post"}) {
    const PadStepsOptions options{
        .maxlen = 41, .padding = side, .truncating = side == "pre" ? "post" : "pre", .value = -7};
    const Tensor expected = pad_steps(sequences, options);
    for (const int64_t memory : {int64_t{0}, int64_t{80'000} + 8 * kSequences}) {
      PaddedSteps source(options, {.memory = memory});
      for (const Sequence& sequence : sequences) source.add(sequence.values);
      ASSERT_EQ(source.shape(), expected.shape());
      EXPECT_EQ(source.scratch_bytes() > 0, memory > 0);
      const std::vector<int64_t> some = {kSequences - 1, 0, 17, 17, 3};
      Tensor rows({5, 41, kColumns});
      source.gather(some, rows.data());
      for (size_t i = 0; i < some.size(); ++i) {
        EXPECT_TRUE(std::equal(rows.data() + static_cast<int64_t>(i) * 41 * kColumns,
                               rows.data() + static_cast<int64_t>(i + 1) * 41 * kColumns,
                               expected.data() + some[i] * 41 * kColumns));
      }
    }
  }
  expect_error(kInvalid, "memory: expected 0 or more", [] { PaddedSteps({}, {.memory = -1}); });
}

TEST(PadSteps, RefusesWhatDoesNotFit) {
  const std::vector<Sequence> one = {{.id = "a", .values = Tensor({1, 2}, {1, 2}), .time = {}}};
  expect_error(kInvalid, "padding: expected", [&] { pad_steps(one, {.padding = "front"}); });
  expect_error(kInvalid, "maxlen: expected 1", [&] { pad_steps(one, {.maxlen = 0}); });
  expect_error(kInvalid, "maxlen: expected at most",
               [&] { pad_steps(one, {.maxlen = int64_t{1} << 40}); });
  std::vector<Sequence> two = one;
  two.push_back({.id = "b", .values = Tensor({1, 1}, {1}), .time = {}});
  expect_error(ErrorCode::shape_mismatch, "expected 2 columns", [&] { pad_steps(two); });
}

}  // namespace
}  // namespace eddy::data::pad_steps_test
