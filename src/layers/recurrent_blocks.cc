// SPDX-License-Identifier: MIT
// Which rows a layer walks together, and which threads walk them.
#include <algorithm>

#include "core/processor.h"
#include "core/threads.h"
#include "layers/recurrent.h"

namespace eddy {
namespace {

constexpr int64_t kTooLarge = 1 << 19;  // bytes of U: half a second cache of most processors

// Rows of a block where U is too large to come once for every sixteen, and of a share of it.
constexpr int64_t kRowsTogether = 64, kLeastRows = 16;

}  // namespace

// Small weights are walked in blocks of a few rows, each by one thread. Large ones come from the
// second cache of one thread, or further, once for many rows: all threads share the units of every
// step, unless that cache holds all of U. Then each walks rows of its own and need not wait for the
// others. Training has the same blocks, and so the same order of sums, on every processor: there
// the rows of a block are shared, and only how they are walked depends on its cache.
template <class Real>
void RecurrentLayer<Real>::choose_form(const Pass& pass) {
  input_dropout_ = pass.training && is_active(options_.dropout);
  recurrent_dropout_ = pass.training && is_active(options_.recurrent_dropout);
  copies_ = input_dropout_ && recurrent_dropout_ ? spec_.gates : 1;
  by_gates_ = recurrent_dropout_ || spec_.scaled_gate >= 0 || options_.peephole == "full" ||
              activations_.over_rows();
  const int64_t bytes = units_ * gate_width() * static_cast<int64_t>(sizeof(Real));
  const bool large = bytes > kTooLarge && !by_gates_, held = bytes <= second_cache_bytes() / 2;
  // Gradients of vectors are summed by blocks.
  together_ = large && (!held || (pass.training && spec_.has_vectors));
  tall_ = pass.training ? large : together_;
}

template <class Real>
int64_t RecurrentLayer<Real>::rows_of_block() const {
  return tall_ ? kRowsTogether : rows_per_block_;
}

template <class Real>
void RecurrentLayer<Real>::choose_shares() {
  // All threads a share of every block: blocks differ, the first has the longest rows.
  const auto blocks = static_cast<int64_t>(plan_.blocks().size());
  if (tall_ && !together_) together_ = plan_.rows() < blocks * max_workers() * kLeastRows;
  if (!tall_ || together_) return shares_.clear();
  plan_.cut_blocks(max_workers(), shares_);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
