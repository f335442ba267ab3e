// SPDX-License-Identifier: MIT
// What is said about a weight: its first values, a penalty on it, what it is made to keep.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "eddy/spec.h"

namespace eddy {

// A Keras initializer: snake_case name, its numbers (only those given; the rest are Keras'
// defaults) and, for variance_scaling, its words. Names: zeros ones constant random_uniform
// random_normal truncated_normal variance_scaling glorot_uniform glorot_normal lecun_uniform
// lecun_normal he_uniform he_normal orthogonal identity; "uniform" and "normal" are Keras' short
// forms.
struct Initializer {
  std::string name;
  std::map<std::string, double> values = {};      // "minval", "stddev", "gain", ...
  std::map<std::string, std::string> words = {};  // "mode", "distribution"
  std::optional<int64_t> seed = {};

  Initializer(std::string name_) : name(std::move(name_)) {}  // NOLINT(google-explicit-constructor)
  Initializer(const char* name_) : name(name_) {}             // NOLINT(google-explicit-constructor)
  bool operator==(const Initializer&) const = default;
};

// A penalty on a weight or an output that training adds to the loss: l1 (0.01 sum |w|), l2
// (0.01 sum w^2), l1_l2 (l1 0, l2 0), orthogonal_regularizer (factor 0.01, "mode" rows | columns).
struct Regularizer : Spec {
  using Spec::Spec;
  Regularizer() = default;
  bool operator==(const Regularizer&) const = default;
};

// What a weight is made to keep after every step: max_norm (max_value 2, axis 0), non_neg,
// unit_norm (axis 0), min_max_norm (min_value 0, max_value 1, rate 1, axis 0).
struct Constraint : Spec {
  using Spec::Spec;
  Constraint() = default;
  bool operator==(const Constraint&) const = default;
};

}  // namespace eddy
