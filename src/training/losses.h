// SPDX-License-Identifier: MIT
// Losses (Keras 3's formulas), their reduction with weights and masks, and their gradients.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/losses.h"
#include "layers/layer.h"
#include "layers/spec_table.h"

namespace eddy {

// Targets of one batch, as the user gave them.
struct Targets {
  const float* values;
  Shape shape;  // [B], [B, 1], [B, K], [B, T], ...
};

// Factors of the loss values of one batch; values null: all 1.
struct SampleWeights {
  const float* values = nullptr;  // one a sample, or one a loss value
  int64_t count = 0;
};

// The table of losses: names, class names and arguments in Keras' order.
const std::vector<SpecRow>& loss_rows();

struct LossKind;  // what a row of the table computes

class Loss {
 public:
  // Throws Error{invalid_argument} for an unknown name or argument, Error{not_supported} for the
  // reduction "none".
  explicit Loss(const LossSpec& spec);
  // As above; "crossentropy" ("ce") is resolved by Keras' rule from these shapes.
  Loss(const LossSpec& spec, const Shape& prediction, const Shape& targets);
  // With the long name and every default.
  const LossSpec& spec() const { return spec_; }
  const std::string& name() const { return spec_.name; }

  // Checks once, before training, that targets fit: shape and values (labels 0/1, classes in
  // range). Throws Error{shape_mismatch} or Error{bad_data} naming the first wrong value.
  //   prediction  [None, ...]  the model's output shape
  void check_targets(const Targets& targets, const Shape& prediction) const;
  // Throws Error{shape_mismatch} unless the weights are one a sample or one a loss value, and
  // Error{bad_data} for one that is not finite.
  void check_weights(const Tensor& weights, const Shape& targets, const Shape& prediction) const;

  // The loss of the batch by Keras' reduction, times `factor`. With a mask (or ignore_class) only
  // the real steps count; sample weights multiply the loss values and, but for
  // mean_with_sample_weight, leave the divisor alone. Where the prediction is a sigmoid or softmax
  // with known logits, cross-entropies use them: stable, as Keras on TensorFlow. Does not allocate
  // once `gradient` is warm, except for dice, tversky, circle and ctc.
  //   gradient  d(loss)/d(prediction), or with respect to the logits; null: not wanted
  template <class Real>
  double mean(const Signal<Real>& prediction, const Targets& targets, Gradient<Real>* gradient,
              SampleWeights weights = {}, double factor = 1) const;

  // The loss values alone, one for every row of predictions, for metrics. Not for the losses that
  // see the whole batch.
  void values(const Signal<float>& prediction, const Targets& targets,
              std::vector<double>& values) const;

 private:
  void read_arguments();
  template <class Real>
  double mean_of_batch(const Signal<Real>& prediction, const Targets& targets,
                       Gradient<Real>* gradient, SampleWeights weights, double factor) const;

  LossSpec spec_;
  const LossKind* kind_ = nullptr;
  enum class Reduction { mean, sum, weighted_mean } reduction_ = Reduction::mean;
};

// "crossentropy" or "ce" in any case.
bool is_automatic_crossentropy(const std::string& name);

}  // namespace eddy
