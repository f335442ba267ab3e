// SPDX-License-Identifier: MIT
// Losses and metrics (Keras 3's formulas). N samples, K outputs of the last axis.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "layers/layer.h"

namespace eddy {

// Targets of one batch, as the user gave them.
struct Targets {
  const float* values;
  Shape shape;  // [B], [B, 1], [B, K], [B, T], ...
};

struct LossRow;  // one row of the table of losses

class Loss {
 public:
  // By Keras' long or short names ("bce", "MSE"). Throws Error{invalid_argument} with the nearest.
  explicit Loss(const std::string& name);
  std::string name() const;  // long form: "binary_crossentropy"

  // Checks once, before training, that targets fit: shape and values (labels 0/1, classes in
  // range). Throws Error{shape_mismatch} or Error{bad_data} naming the first wrong value.
  //   prediction  [None, ...]  the model's output shape
  void check_targets(const Targets& targets, const Shape& prediction) const;

  // Mean loss over the batch (Keras' sum_over_batch_size; with a mask over the unmasked steps).
  // Where the prediction is a sigmoid or softmax with known logits, cross-entropies use them:
  // stable, as Keras on TensorFlow. Does not allocate once `gradient` is warm.
  //   gradient  d(mean loss)/d(prediction), or with respect to the logits; null: not wanted
  template <class Real>
  double mean(const Signal<Real>& prediction, const Targets& targets,
              Gradient<Real>* gradient) const;

 private:
  const LossRow* row_;
};

// A running mean of one metric, as Keras names and resolves it.
class Metric {
 public:
  // name  "accuracy", "acc", "mse", "mae" or their long forms; what "accuracy" means follows from
  // the
  //       shapes. Throws Error{invalid_argument} with the nearest name.
  Metric(std::string name, const Shape& prediction, const Shape& targets);
  template <class Real>
  void add(const Signal<Real>& prediction, const Targets& targets);
  void reset() { sum_ = count_ = 0; }
  double result() const { return count_ > 0 ? sum_ / count_ : 0; }
  const std::string& name() const { return name_; }

 private:
  enum class Kind { binary_accuracy, categorical_accuracy, sparse_accuracy, mse, mae };
  std::string name_;
  Kind kind_ = Kind::mse;
  double sum_ = 0, count_ = 0;
};

}  // namespace eddy
