// SPDX-License-Identifier: MIT
// A layer at work on one step of one sequence: the numbers that forward() gives at that step
// without training. Fixed once made, so many sequences may share it; what belongs to a sequence
// (states, results) is memory that each brings along.
#pragma once

#include <cstdint>

namespace eddy {

template <class Real>
struct StepValue {
  const Real* values = nullptr;  // [features]; null: the id
  int32_t id = 0;
};

template <class Real>
class StepLayer {
 public:
  virtual ~StepLayer() = default;
  StepLayer() = default;
  StepLayer(const StepLayer&) = delete;
  StepLayer& operator=(const StepLayer&) = delete;

  // Elements of a sequence's memory, a multiple of a register; all zero before the first step.
  virtual int64_t memory() const = 0;
  // number  of the step: 0, 1, ...
  // Returns the values of the step, which lie in `memory` or where the input lay. Neither allocates
  // nor locks.
  virtual const Real* step(const StepValue<Real>& in, int64_t number, Real* memory) const = 0;
};

}  // namespace eddy
