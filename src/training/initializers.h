// SPDX-License-Identifier: MIT
// Keras' initializers. The values are drawn by eddy's own generator: Keras' distributions, not its
// bits.
#pragma once

#include <string>
#include <vector>

#include "core/random.h"
#include "eddy/layers.h"
#include "layers/weight.h"

namespace eddy {

// Long form of a name ("uniform" -> "random_uniform"); throws Error{invalid_argument} with the
// nearest name.
std::string initializer_name(const std::string& name);
std::vector<std::string> initializer_names();

// Fills `values` [product of shape] as the initializer says.
void initialize(const Initializer& initializer, const Shape& shape, Random random,
                std::vector<double>& values);

// A weight's first value: its initializer, then the parts that start at 1 regardless.
//   number  of the weight in its model: its own stream of `seed`
template <class Real>
void initialize_weight(Weight<Real>& weight, uint64_t seed, uint64_t number) {
  const auto own = weight.initializer.seed;
  const Random random(own ? static_cast<uint64_t>(*own) : seed, own ? 0 : number + 1);
  std::vector<double> values;
  initialize(weight.initializer, weight.shape, random, values);
  for (const auto& [begin, end] : weight.ones) {
    for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(i)] = 1.0;
  }
  if (!weight.first_values.empty()) {
    values.assign(weight.first_values.begin(), weight.first_values.end());
  }
  weight.value.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) weight.value[i] = static_cast<Real>(values[i]);
}

// Draws the first values of a model's weights.
template <class Real>
void initialize_weights(const std::vector<Weight<Real>*>& weights, uint64_t seed) {
  uint64_t number = 0;
  for (auto* weight : weights) initialize_weight(*weight, seed, number++);
}

}  // namespace eddy
