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

// Throws Error{invalid_argument} for an unknown optimizer (with the nearest name), an option it
// does not have, or a value out of range. Otherwise returns the options with every default filled
// in.
Optimizer resolve_optimizer(const Optimizer& options);

// The formula of one optimizer for a run of elements of one weight.
template <class Real>
class UpdateRule {
 public:
  virtual ~UpdateRule() = default;
  // Names of the slots in Keras' order; `interleaved` of them are stored weight by weight
  // (m0, v0, m1, v1), the rest slot by slot.
  virtual std::vector<std::string> slot_names() const = 0;
  virtual size_t interleaved() const { return 0; }
  // True when elements without gradient keep their weight, and their slots only shrink by decay():
  // then rows may wait.
  virtual bool rows_may_wait() const { return false; }
  virtual void decay(Real* const* /*slots*/, int64_t /*n*/, int64_t /*steps*/) const {}
  // Before the updates of step t = 1, 2, ...
  virtual void begin_step(int64_t /*t*/) {}
  //   w, g, slots[k]  [n]
  virtual void update(Real* w, const Real* g, Real* const* slots, int64_t n) const = 0;
};

template <class Real>
class OptimizerState {
 public:
  // Zero slots for these weights, in this order (the model's trainable variables).
  OptimizerState(Optimizer options, std::unique_ptr<UpdateRule<Real>> rule,
                 std::vector<Weight<Real>*> weights);

  // One step from the weights' gradients. Where the formula allows it (RMSprop and SGD without
  // momentum), a weight with gradient by rows costs its touched rows alone; the others are brought
  // up to date when they are next touched or read.
  void apply();

  // The state that Keras writes to optimizer/vars after iteration and learning_rate, in its order,
  // up to date. Pointers stay valid as long as the object.
  struct Slot {
    std::string name;  // "velocity", "momentum", ...
    Shape shape;
    Buffer<Real>* values;
  };
  std::vector<Slot> slots();

  const Optimizer& options() const { return options_; }
  double learning_rate() const { return options_.values.at("learning_rate"); }

  int64_t iterations = 0;  // Keras' count; a loaded state goes on from the file's

 private:
  struct Slots {
    std::vector<Buffer<Real>> values;  // one a slot name
    std::vector<int64_t> up_to_date;   // [rows]  of applied_; only where rows wait
  };
  void apply_dense(Weight<Real>& weight, Slots& slots);
  void apply_rows(Weight<Real>& weight, Slots& slots);
  void catch_up(Slots& slots, int64_t row, int64_t width, int64_t step);

  Optimizer options_;
  std::unique_ptr<UpdateRule<Real>> rule_;
  std::vector<Weight<Real>*> weights_;
  std::vector<Slots> slots_;           // parallel to weights_
  std::vector<int32_t> row_gradient_;  // [rows]  which row of grad, -1: none
  Buffer<Real> zeros_;
  int64_t applied_ = 0;  // steps of this object
};

// The state of a resolved description. Throws like resolve_optimizer.
template <class Real>
std::unique_ptr<OptimizerState<Real>> make_optimizer(const Optimizer& options,
                                                     std::vector<Weight<Real>*> weights);

}  // namespace eddy
