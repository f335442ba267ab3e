// SPDX-License-Identifier: MIT
// Keras' optimizers: RMSprop, SGD, Adam (formulas and defaults of Keras 3).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "eddy/model.h"
#include "layers/weight.h"

namespace eddy {

// Throws Error{invalid_argument} for an unknown optimizer (with the nearest name), an option it does
// not have, or a value out of range. Otherwise returns the options with every default filled in.
Optimizer resolve_optimizer(const Optimizer& options);

template <class Real>
class OptimizerState {
 public:
  // Zero slots for these weights, in this order (the model's trainable variables).
  OptimizerState(Optimizer options, std::vector<Weight<Real>*> weights);
  virtual ~OptimizerState() = default;

  // One step from the weights' gradients. Cost of a weight with gradient by rows is that of the
  // touched rows where the formula allows it (RMSprop and SGD without momentum).
  virtual void apply() = 0;

  // The state that Keras writes to optimizer/vars after iteration and learning_rate, in its order;
  // lazily decayed rows are brought up to date first. Pointers stay valid until the next apply().
  struct Slot {
    std::string name;  // "velocity", "momentum", ...
    Shape shape;
    Buffer<Real>* values;
  };
  virtual std::vector<Slot> slots() = 0;

  const Optimizer& options() const { return options_; }
  int64_t iterations = 0;
  double learning_rate() const { return options_.values.at("learning_rate"); }

 protected:
  Optimizer options_;
  std::vector<Weight<Real>*> weights_;
};

template <class Real>
std::unique_ptr<OptimizerState<Real>> make_optimizer(const Optimizer& options,
                                                     std::vector<Weight<Real>*> weights);

}  // namespace eddy
