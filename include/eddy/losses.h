// SPDX-License-Identifier: MIT
// Losses by description, with Keras' names, arguments and defaults.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "eddy/spec.h"

namespace eddy {

// name                              arguments with their defaults
// binary_crossentropy (bce)         from_logits 0, label_smoothing 0
// categorical_crossentropy          from_logits 0, label_smoothing 0
// sparse_categorical_crossentropy   from_logits 0, ignore_class None
// binary_focal_crossentropy         apply_class_balancing 0, alpha 0.25, gamma 2, from_logits 0,
//                                   label_smoothing 0
// categorical_focal_crossentropy    alpha 0.25, gamma 2, from_logits 0, label_smoothing 0
// categorical_generalized_cross_entropy   q 0.5
// mean_squared_error (mse), mean_absolute_error (mae), mean_absolute_percentage_error (mape),
// mean_squared_logarithmic_error (msle), log_cosh, cosine_similarity, huber (delta 1)
// hinge, squared_hinge, categorical_hinge, kl_divergence (kld), poisson
// dice, tversky (alpha 0.5, beta 0.5)     one number a batch
// circle (gamma 80, margin 0.4, remove_diagonal 1), ctc
// crossentropy (ce)                 one of the first three, by the shapes
// All take the word "reduction": sum_over_batch_size (also "mean"), sum, mean_with_sample_weight.
struct LossSpec : Spec {
  using Spec::Spec;
  LossSpec() = default;
  bool operator==(const LossSpec&) const = default;
};

// The losses of a model: one for every output, or one an output.
struct Losses {
  std::vector<LossSpec> list;
  // Names of the outputs that the losses belong to, parallel to `list`; empty: the model's order,
  // or one loss for every output. A loss without a name leaves its output out.
  std::vector<std::string> outputs;

  Losses() = default;
  Losses(const char* name) : list{LossSpec(name)} {}         // NOLINT(google-explicit-constructor)
  Losses(const std::string& name) : list{LossSpec(name)} {}  // NOLINT(google-explicit-constructor)
  Losses(LossSpec loss) : list{std::move(loss)} {}           // NOLINT(google-explicit-constructor)
  Losses(std::vector<LossSpec> losses) : list(std::move(losses)) {}  // NOLINT
  Losses(std::initializer_list<std::pair<std::string, LossSpec>> named) {
    for (const auto& [output, loss] : named) {
      outputs.push_back(output);
      list.push_back(loss);
    }
  }

  bool empty() const { return list.empty() || (list.size() == 1 && list[0].name.empty()); }
  friend bool operator==(const Losses&, const Losses&) = default;
};

}  // namespace eddy
