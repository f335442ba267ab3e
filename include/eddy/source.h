// SPDX-License-Identifier: MIT
// Samples that need not be in memory: Model::fit, evaluate and predict take a source where they
// take a tensor, and give the very same numbers as for the tensor of the same samples.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>

#include "eddy/tensor.h"

namespace eddy {

// To be derived from: samples from a file, a data base, a generator.
template <class T>
class BasicSource {
 public:
  virtual ~BasicSource() = default;
  // [N, ...], every axis known. It and the samples stay as they are while a model uses them.
  virtual const Shape& shape() const = 0;
  // Fills `rows` [samples, ...] with the samples of these numbers, 0 to N - 1, in this order; a
  // number may stand there more than once. Called by one thread at a time. What it throws ends the
  // call of the model.
  virtual void gather(std::span<const int64_t> samples, T* rows) const = 0;
};

using Source = BasicSource<float>;
using IntSource = BasicSource<int32_t>;

// What a model takes in place of an Input: std::make_shared<MySource>(...).
using SampleSource = std::variant<std::shared_ptr<const Source>, std::shared_ptr<const IntSource>>;

}  // namespace eddy
