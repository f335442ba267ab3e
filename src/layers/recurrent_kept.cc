// SPDX-License-Identifier: MIT
// What the steps of a training forward kept, in the order of time and of units.
#include <algorithm>
#include <limits>

#include "layers/recurrent.h"

namespace eddy {

template <class Real>
typename RecurrentLayer<Real>::Kept RecurrentLayer<Real>::kept_steps(int64_t row) const {
  const int64_t T = plan_.steps();
  const auto size = static_cast<size_t>(T * units_);
  Kept kept;
  kept.cell = &spec_;
  const std::vector<Real> nothing(size, std::numeric_limits<Real>::quiet_NaN());
  kept.gates.assign(static_cast<size_t>(spec_.gates), nothing);
  kept.states.assign(static_cast<size_t>(spec_.states), nothing);
  std::vector<Real> gates(static_cast<size_t>(spec_.gates * units_));  // of a step
  const auto copy_step = [&](const PlanBlock& block, int64_t step, int64_t i) {
    const int64_t position = block.offset[static_cast<size_t>(step)] + i;
    const int32_t cell = plan_.cells()[static_cast<size_t>(block.first + position)];
    if (cell / T != row) return;
    const int64_t to = cell % T * units_;
    put_columns(gates_.data() + (block.first + position) * gate_width(), 0, gate_width(), kAllGates,
                gates.data());
    for (int64_t g = 0; g < spec_.gates; ++g) {
      std::copy_n(gates.data() + g * units_, units_,
                  kept.gates[static_cast<size_t>(g)].data() + to);
    }
    const int64_t after = block.state_first + block.offset[static_cast<size_t>(step) + 1] + i;
    for (int64_t s = 0; s < spec_.states; ++s) {
      std::copy_n(states_.data() + (s * state_positions_ + after) * padded_, units_,
                  kept.states[static_cast<size_t>(s)].data() + to);
    }
  };
  for (const PlanBlock& block : plan_.blocks()) {
    for (int64_t step = 0; step < block.steps; ++step) {
      for (int64_t i = 0; i < block.active[static_cast<size_t>(step)]; ++i) {
        copy_step(block, step, i);
      }
    }
  }
  return kept;
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
