// SPDX-License-Identifier: MIT
// Which steps of which rows a recurrent layer walks, and where each step's values stand in memory.
//
// Rows are sorted by the number of steps they walk alone, longest first, and aligned at the end, so
// the rows that are active at a step are the first of their block. Steps that a mask hides are left
// out. Leading steps that are the same in all rows (left padding) are walked once, by the prefix
// block.
//
// A packed position is one step of one row: block by block, step by step, row by row. The states
// that enter a step stand at its state position; each block has one more group, its final states.
// Letters: B rows, T time steps, P packed positions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace eddy {

struct PlanBlock {
  int64_t first_row = 0, rows = 0;  // sorted rows; the prefix block has row B, alone
  int64_t steps = 0;                // of its longest row
  int64_t first = 0;                // packed position of its first step
  int64_t state_first = 0;          // state position of its first step
  std::vector<int32_t> offset;      // [steps + 1]  from `first` to step s; the last: to the end
  std::vector<int32_t> active;      // [steps + 1]  rows that walk step s; the last: `rows`
};

class SequencePlan {
 public:
  // prefix  [B]     leading steps shared by all rows; null: none
  // mask    [B, T]  1 = walk this step; null: all. Not together with prefix.
  // reversed        walk from T - 1 to 0
  void build(int64_t rows, int64_t steps, int64_t rows_per_block, const int32_t* prefix,
             const uint8_t* mask, bool reversed);

  int64_t rows() const { return rows_; }
  int64_t steps() const { return steps_; }
  int64_t positions() const { return positions_; }
  int64_t state_positions() const { return positions_ + rows_ + 1; }
  const std::vector<PlanBlock>& blocks() const { return blocks_; }
  const PlanBlock& prefix_block() const { return prefix_block_; }  // steps == 0: nothing shared
  int64_t batch_row(int64_t sorted_row) const { return order_[static_cast<size_t>(sorted_row)]; }
  int64_t length(int64_t sorted_row) const { return length_[static_cast<size_t>(sorted_row)]; }
  // Every block in `shares` with about as many positions each. A share is a block of some of the
  // rows, none perhaps, whose steps stand where they stand in the whole block: further apart than
  // its own rows.
  void cut_blocks(int64_t shares, std::vector<PlanBlock>& cut) const;
  // Steps that a row takes from the prefix block: its states enter at prefix step `start`.
  int64_t start(int64_t sorted_row) const {
    return prefix_block_.steps > 0 ? steps_ - length(sorted_row) : 0;
  }

  // Input of each packed position, as batch row * T + time. [P]
  const std::vector<int32_t>& cells() const { return cells_; }

  // Outputs [B, T] that show the state after this step of a row: [begin, end) of processing order.
  // With a mask a state is repeated until the row's next step. `step` counts within the block.
  struct Span {
    int64_t begin, end;
  };
  Span output_span(const PlanBlock& block, int64_t step, int64_t row) const;
  // First output of a sorted row that its own steps fill (those before: prefix, or zeros).
  int64_t first_output(int64_t sorted_row) const;

 private:
  int32_t measure_rows(const int32_t* prefix, const uint8_t* mask, bool reversed);
  void list_cells(int32_t prefix_row);
  void cut_rows(const PlanBlock& block, int64_t first, int64_t end, PlanBlock& cut) const;
  int64_t time_of(const PlanBlock& block, int64_t step, int64_t row) const;

  int64_t rows_ = 0, steps_ = 0, positions_ = 0;
  bool reversed_ = false;
  std::vector<int32_t> order_, length_, own_;
  std::vector<PlanBlock> blocks_;
  PlanBlock prefix_block_;
  std::vector<int32_t> cells_;
  std::vector<int32_t> times_, times_first_;  // with a mask: the real steps of each batch row
};

}  // namespace eddy
