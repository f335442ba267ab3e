// SPDX-License-Identifier: MIT
// Optimizers and learning-rate schedules by description, with Keras' names, arguments and defaults.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/spec.h"

namespace eddy {

// A learning rate that follows the number of batches trained so far.
// ExponentialDecay, InverseTimeDecay   initial_learning_rate, decay_steps, decay_rate, staircase 0
// PiecewiseConstantDecay               lists: boundaries [n], values [n + 1]
// PolynomialDecay                      initial_learning_rate, decay_steps, end_learning_rate 1e-4,
//                                      power 1, cycle 0
// CosineDecay                          initial_learning_rate, decay_steps, alpha 0, warmup_target
//                                      None, warmup_steps 0
// CosineDecayRestarts                  initial_learning_rate, first_decay_steps, t_mul 2, m_mul 1,
//                                      alpha 0
struct LearningRateSchedule : Spec {
  using Spec::Spec;
  LearningRateSchedule() = default;
  bool operator==(const LearningRateSchedule&) const = default;
};

// The learning rate of a batch. Throws Error{invalid_argument} for a bad description.
//   step  batches before this one: 0 for the first
EDDY_API double learning_rate_at(const LearningRateSchedule& schedule, int64_t step);

// Names: sgd, rmsprop, adam, adamw, nadam, adagrad, adadelta, adamax, lion, ftrl. Arguments are
// those of Keras' class, booleans as 0 or 1, None by leaving out. All take learning_rate,
// weight_decay, clipnorm | clipvalue | global_clipnorm, use_ema, ema_momentum,
// ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps. compile() refuses an
// argument that the optimizer does not have.
struct Optimizer {
  std::string name = "rmsprop";
  std::map<std::string, double> values = {};           // "learning_rate", "rho", "momentum", ...
  std::optional<LearningRateSchedule> schedule = {};   // in place of learning_rate
  std::vector<std::string> exclude_from_weight_decay;  // parts of weight names, e.g. "bias"

  Optimizer() = default;
  Optimizer(std::string name_, std::map<std::string, double> values_ = {},  // NOLINT
            std::optional<LearningRateSchedule> schedule_ = {})
      : name(std::move(name_)), values(std::move(values_)), schedule(std::move(schedule_)) {}
  Optimizer(const char* name_) : name(name_) {}  // NOLINT(google-explicit-constructor)
  bool operator==(const Optimizer&) const = default;
};

// Their names, as above.
EDDY_API std::vector<std::string> optimizer_names();

}  // namespace eddy
