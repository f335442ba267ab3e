// SPDX-License-Identifier: MIT
// Keras' optimizers: the update formulas and what stands around them in every step, in Keras'
// order: accumulate, clip, decay weights, update, average, constrain.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eddy/model.h"
#include "eddy/saved_state.h"
#include "layers/spec_table.h"
#include "layers/weight.h"
#include "training/update_rule.h"

namespace eddy {

// The table of optimizers: names, class names and own arguments in Keras' order, then the common
// ones.
const std::vector<SpecRow>& optimizer_rows();

// Throws Error{invalid_argument} for an unknown optimizer (with the nearest name), an option it
// does not have, or a value out of range. Otherwise returns the options with every default filled
// in; what is None in Keras stays away.
Optimizer resolve_optimizer(const Optimizer& options);

template <class Real>
class OptimizerState {
 public:
  // Fresh slots for these weights, in this order (the model's trainable variables).
  OptimizerState(const Optimizer& options, std::unique_ptr<UpdateRule<Real>> rule,
                 std::vector<Weight<Real>*> weights);

  // One batch from the weights' gradients, which are used up. Where the formula allows it (RMSprop
  // and SGD without momentum, Adagrad, Adadelta), a weight with gradient by rows costs its touched
  // rows alone; the others are brought up to date when they are next touched or read. weight_decay,
  // use_ema and a constraint on such a weight touch all its rows, as they must.
  void apply();
  // At the end of fit: with use_ema the weights become their averages.
  void finalize();

  // The state that Keras writes to optimizer/vars after iteration and, unless a schedule sets it,
  // learning_rate; in its order, up to date. Values may be read and written; pointers stay valid as
  // long as the object.
  struct Slot {
    std::string name;  // "velocity", "momentum", "average", "gradient_accumulator", ...
    Shape shape;
    Buffer<Real>* values;
    int64_t weight = -1;  // index of its weight; -1: it belongs to none
  };
  std::vector<Slot> slots();
  // The same for reading alone, by which nothing changes, not even the rounding of later steps.
  //   copies  takes what the slots with waiting rows would be
  std::vector<Slot> slots_to_save(std::list<Buffer<Real>>& copies);
  // Names and shapes; the values of rows that wait are behind.
  std::vector<Slot> listed();
  // The state as it is, waiting rows and all: from it training goes on bit for bit.
  void exchange(SavedState& state);

  const Optimizer& options() const { return options_; }
  const std::vector<Weight<Real>*>& weights() const { return weights_; }
  // Of the next batch.
  double learning_rate() const;
  bool has_schedule() const { return options_.schedule.has_value(); }
  // Throws Error{not_supported} with a schedule, Error{invalid_argument} for a number that is
  // negative or not finite.
  void set_learning_rate(double learning_rate);

  int64_t iterations = 0;  // Keras' count of batches; a loaded state goes on from the file's

 private:
  struct Slots {
    std::vector<Buffer<Real>> values;  // one a slot name
    std::vector<int64_t> up_to_date;   // [rows]  of applied_; only where rows wait
    Buffer<Real> average;              // with use_ema
    Buffer<Real> accumulated;          // with gradient_accumulation_steps
    std::vector<int32_t> touched;      // rows of `accumulated` that are not zero, by rows only
    std::vector<uint8_t> is_touched;   // [rows]
  };
  double number(const char* key, double otherwise) const;
  void accumulate(bool last, int64_t steps);
  void find_touched(const Weight<Real>& weight, Slots& slots) const;
  void clip();
  void decay_weights(double learning_rate);
  void average_weights(int64_t step);
  void constrain_weights();
  void apply_dense(Weight<Real>& weight, Slots& slots);
  void apply_rows(Weight<Real>& weight, Slots& slots);
  void catch_up(Slots& slots, int64_t row, int64_t width, int64_t step);
  void catch_up_copies(const Slots& slots, std::vector<Buffer<Real>*>& values) const;

  Optimizer options_;
  std::unique_ptr<UpdateRule<Real>> rule_;
  std::vector<Weight<Real>*> weights_;
  std::vector<Slots> slots_;           // parallel to weights_
  std::vector<int32_t> row_gradient_;  // [rows]  which row of grad, -1: none
  Buffer<Real> zeros_;
  double learning_rate_ = 0;
  int64_t applied_ = 0;         // updates of this object
  bool look_for_rows_ = false;  // somebody may have written the accumulated gradients
};

// The state of a description. Throws like resolve_optimizer.
template <class Real>
std::unique_ptr<OptimizerState<Real>> make_optimizer(const Optimizer& options,
                                                     std::vector<Weight<Real>*> weights);

}  // namespace eddy
