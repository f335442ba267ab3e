// SPDX-License-Identifier: MIT
// Shares of blocks stand where the blocks stand: every position of every row, once.
#include "layers/sequence_plan.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"

namespace eddy {
namespace {

constexpr int64_t kSteps = 9;

// A mask with `most` real steps of a row or fewer, anywhere.
std::vector<uint8_t> random_mask(int64_t rows, int64_t most) {
  Random random(4);
  std::vector<uint8_t> mask(static_cast<size_t>(rows * kSteps), 0);
  for (int64_t row = 0; row < rows; ++row) {
    const auto length = static_cast<int64_t>(random.below(static_cast<uint64_t>(most) + 1));
    for (int64_t i = 0; i < length; ++i) {
      mask[static_cast<size_t>(row * kSteps) + random.below(kSteps)] = 1;
    }
  }
  return mask;
}

void expect_every_position_once(const SequencePlan& plan, int64_t shares) {
  std::vector<PlanBlock> cut;
  plan.cut_blocks(shares, cut);
  ASSERT_EQ(static_cast<int64_t>(cut.size()), shares * static_cast<int64_t>(plan.blocks().size()));
  std::vector<int> visits(static_cast<size_t>(plan.positions()), 0);
  int64_t row = 0;
  for (const PlanBlock& share : cut) {
    EXPECT_EQ(share.first_row, row);
    row += share.rows;
    ASSERT_EQ(static_cast<int64_t>(share.offset.size()), share.steps + 1);
    ASSERT_EQ(share.offset.size(), share.active.size());
    EXPECT_EQ(share.active.back(), share.rows);
    EXPECT_EQ(share.state_first - share.first,
              plan.blocks()[static_cast<size_t>(&share - cut.data()) / static_cast<size_t>(shares)]
                  .first_row);
    for (int64_t s = 0; s < share.steps; ++s) {
      for (int64_t i = 0; i < share.active[static_cast<size_t>(s)]; ++i) {
        const auto position =
            static_cast<size_t>(share.first + share.offset[static_cast<size_t>(s)] + i);
        ++visits.at(position);
        EXPECT_EQ(plan.cells()[position] / kSteps, plan.batch_row(share.first_row + i));
      }
    }
  }
  EXPECT_EQ(row, plan.rows());
  for (const int count : visits) EXPECT_EQ(count, 1);
}

TEST(SequencePlan, CutIntoSharesHasEveryPositionOnce) {
  for (const int64_t rows : {0, 1, 70, 130}) {
    for (const int64_t most : {int64_t{0}, int64_t{1}, kSteps}) {
      const auto mask = random_mask(rows, most);
      SequencePlan plan;
      plan.build(rows, kSteps, 64, nullptr, mask.data(), false);
      for (const int64_t shares : {1, 2, 3, 5}) {
        SCOPED_TRACE(testing::Message() << rows << " rows, " << most << " steps, " << shares);
        expect_every_position_once(plan, shares);
      }
    }
  }
}

}  // namespace
}  // namespace eddy
