// SPDX-License-Identifier: MIT
// A recurrent layer's part of a training step and nothing else: what a bare primitive does.
#pragma once

#include <cstdint>
#include <memory>

#include "measure.h"

namespace bench {

// The layer packs its weights, walks forward over all outputs, and backward from a gradient of each
// of them to those of the input, the states and the weights. No loss, no optimizer, no batches.
class LayerStep {
 public:
  explicit LayerStep(const Case& c);
  ~LayerStep();
  LayerStep(const LayerStep&) = delete;
  LayerStep& operator=(const LayerStep&) = delete;

  void run();
  int64_t gates() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace bench
