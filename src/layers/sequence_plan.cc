// SPDX-License-Identifier: MIT
#include "layers/sequence_plan.h"

#include <algorithm>
#include <numeric>

namespace eddy {
namespace {

// Fills offset and active from the lengths of the block's rows (longest first).
void lay_out(const int32_t* lengths, PlanBlock& block) {
  block.steps = block.rows > 0 ? lengths[0] : 0;
  block.offset.assign(static_cast<size_t>(block.steps) + 1, 0);
  block.active.assign(static_cast<size_t>(block.steps) + 1, static_cast<int32_t>(block.rows));
  int32_t active = 0, offset = 0;
  for (int64_t s = 0; s < block.steps; ++s) {
    while (active < block.rows && lengths[active] >= block.steps - s) ++active;
    block.active[static_cast<size_t>(s)] = active;
    block.offset[static_cast<size_t>(s)] = offset;
    offset += active;
  }
  block.offset[static_cast<size_t>(block.steps)] = offset;
}

}  // namespace

void SequencePlan::build(int64_t rows, int64_t steps, int64_t rows_per_block, const int32_t* prefix,
                         const uint8_t* mask, bool reversed) {
  rows_ = rows;
  steps_ = steps;
  reversed_ = reversed;
  const int32_t prefix_row = measure_rows(prefix, mask, reversed);
  const int32_t longest_prefix =
      prefix == nullptr || mask != nullptr || rows == 0 ? 0 : prefix[prefix_row];
  order_.resize(static_cast<size_t>(rows));
  std::iota(order_.begin(), order_.end(), 0);
  std::sort(order_.begin(), order_.end(), [&](int32_t a, int32_t b) {
    const int32_t length_a = own_[static_cast<size_t>(a)], length_b = own_[static_cast<size_t>(b)];
    return length_a != length_b ? length_a > length_b : a < b;
  });
  length_.resize(static_cast<size_t>(rows));
  for (size_t i = 0; i < order_.size(); ++i) length_[i] = own_[static_cast<size_t>(order_[i])];

  // An even number of even shares: two threads end together.
  int64_t count = (rows + rows_per_block - 1) / rows_per_block;
  if (count > 1) count += count % 2;
  blocks_.resize(static_cast<size_t>(count));
  positions_ = 0;
  for (int64_t b = 0; b < count; ++b) {
    PlanBlock& block = blocks_[static_cast<size_t>(b)];
    block.first_row = b * rows / count;
    block.rows = (b + 1) * rows / count - block.first_row;
    lay_out(length_.data() + block.first_row, block);
    block.first = positions_;
    block.state_first = positions_ + block.first_row;
    positions_ += block.offset.back();
  }
  prefix_block_.first_row = rows;
  prefix_block_.rows = longest_prefix > 0 ? 1 : 0;
  lay_out(&longest_prefix, prefix_block_);
  prefix_block_.first = positions_;
  prefix_block_.state_first = positions_ + rows;
  positions_ += longest_prefix;

  list_cells(prefix_row);
}

void SequencePlan::cut_blocks(int64_t shares, std::vector<PlanBlock>& cut) const {
  cut.resize(blocks_.size() * static_cast<size_t>(shares));
  auto next = cut.begin();
  for (const PlanBlock& block : blocks_) {
    int64_t row = 0, positions = 0;
    for (int64_t share = 1; share <= shares; ++share) {
      const int64_t first = row, most = block.offset.back() * share / shares;
      while (row < block.rows && positions < most) positions += length(block.first_row + row++);
      if (share == shares) row = block.rows;  // the last may have no steps
      cut_rows(block, first, row, *next++);
    }
  }
}

void SequencePlan::cut_rows(const PlanBlock& block, int64_t first, int64_t end,
                            PlanBlock& cut) const {
  cut.first_row = block.first_row + first;
  cut.rows = end - first;
  cut.steps = cut.rows > 0 ? length(cut.first_row) : 0;
  cut.first = block.first + first;
  cut.state_first = block.state_first + first;
  const int64_t before = block.steps - cut.steps;
  cut.offset.assign(block.offset.begin() + before, block.offset.end());
  cut.active.resize(cut.offset.size());
  for (size_t s = 0; s < cut.active.size(); ++s) {
    const int64_t active = block.active[static_cast<size_t>(before) + s];
    cut.active[s] = static_cast<int32_t>(std::clamp<int64_t>(active - first, 0, cut.rows));
  }
}

// Steps that each row walks alone; returns the row with the longest prefix.
int32_t SequencePlan::measure_rows(const int32_t* prefix, const uint8_t* mask, bool reversed) {
  const int64_t rows = rows_, steps = steps_;
  times_.clear();
  times_first_.clear();
  own_.assign(static_cast<size_t>(rows), static_cast<int32_t>(steps));  // steps walked alone
  int32_t prefix_row = 0, longest_prefix = 0;
  for (int64_t r = 0; r < rows; ++r) {
    if (mask != nullptr) {
      times_first_.push_back(static_cast<int32_t>(times_.size()));
      for (int64_t i = 0; i < steps; ++i) {
        const int64_t t = reversed ? steps - 1 - i : i;
        if (mask[r * steps + t] != 0) times_.push_back(static_cast<int32_t>(t));
      }
      own_[static_cast<size_t>(r)] = static_cast<int32_t>(times_.size()) - times_first_.back();
    } else if (prefix != nullptr) {
      own_[static_cast<size_t>(r)] -= prefix[r];
      if (prefix[r] > longest_prefix) {
        longest_prefix = prefix[r];
        prefix_row = static_cast<int32_t>(r);
      }
    }
  }
  return prefix_row;
}

void SequencePlan::list_cells(int32_t prefix_row) {
  cells_.resize(static_cast<size_t>(positions_));
  for (const PlanBlock& block : blocks_) {
    int32_t* cell = cells_.data() + block.first;
    for (int64_t s = 0; s < block.steps; ++s) {
      const int64_t active = block.active[static_cast<size_t>(s)];
      if (times_first_.empty()) {  // aligned at the end: one time for all rows
        const int64_t t = time_of(block, s, 0);
        const int32_t* rows = order_.data() + block.first_row;
        for (int64_t i = 0; i < active; ++i) *cell++ = static_cast<int32_t>(rows[i] * steps_ + t);
        continue;
      }
      for (int64_t i = 0; i < active; ++i) {
        *cell++ =
            static_cast<int32_t>(batch_row(block.first_row + i) * steps_ + time_of(block, s, i));
      }
    }
  }
  for (int32_t t = 0; t < prefix_block_.steps; ++t) {
    cells_[static_cast<size_t>(prefix_block_.first + t)] =
        static_cast<int32_t>(prefix_row * steps_) + t;
  }
}

int64_t SequencePlan::time_of(const PlanBlock& block, int64_t step, int64_t row) const {
  const int64_t sorted = block.first_row + row;
  const int64_t own_step = step - (block.steps - length(sorted));
  if (!times_first_.empty()) {
    return times_[static_cast<size_t>(times_first_[static_cast<size_t>(batch_row(sorted))] +
                                      own_step)];
  }
  const int64_t t = steps_ - length(sorted) + own_step;
  return reversed_ ? steps_ - 1 - t : t;
}

SequencePlan::Span SequencePlan::output_span(const PlanBlock& block, int64_t step,
                                             int64_t row) const {
  const auto out = [&](int64_t s) {
    const int64_t t = time_of(block, s, row);
    return reversed_ ? steps_ - 1 - t : t;
  };
  return {out(step), step + 1 < block.steps ? out(step + 1) : steps_};
}

int64_t SequencePlan::first_output(int64_t sorted_row) const {
  const int64_t own = length(sorted_row);
  if (own == 0) return steps_;
  if (times_first_.empty()) return steps_ - own;
  const int64_t t =
      times_[static_cast<size_t>(times_first_[static_cast<size_t>(batch_row(sorted_row))])];
  return reversed_ ? steps_ - 1 - t : t;
}

}  // namespace eddy
