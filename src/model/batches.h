// SPDX-License-Identifier: MIT
// Samples of an input as the batches that a graph takes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/model.h"
#include "layers/layer.h"
#include "training/losses.h"

namespace eddy {

// Shape of an input, ids or reals.
const Shape& shape_of(const Input& input);

// Samples as the user gave them, borrowed. Every tensor is [N, ...].
struct Samples {
  std::vector<const Input*> x;         // one an input of the model
  std::vector<const Tensor*> y;        // one an output; empty: no targets
  std::vector<const Tensor*> weights;  // one an output, factors of its loss; empty: none

  int64_t count() const { return shape_of(*x[0])[0]; }
  const Tensor* weights_of(size_t output) const {
    return weights.empty() ? nullptr : weights[output];
  }
};

class Batches {
 public:
  explicit Batches(Samples samples);

  // Samples order[first] ... order[first + count - 1]; null: first ... Valid until the next call.
  void load(const int64_t* order, int64_t first, int64_t count);

  Inputs<float> inputs() const { return inputs_; }
  int64_t size() const { return size_; }
  const Targets& targets(size_t output) const { return outputs_[output].targets; }
  const SampleWeights& weights(size_t output) const { return outputs_[output].weights; }

 private:
  struct OneInput {
    Signal<float> signal;
    Buffer<float> reals;
    Buffer<int32_t> ids;
  };
  struct OneOutput {
    Targets targets{};
    SampleWeights weights;
    Buffer<float> labels, factors;
  };
  Samples samples_;
  int64_t size_ = 0;
  std::vector<OneInput> columns_;
  std::vector<const Signal<float>*> inputs_;  // of columns_
  std::vector<OneOutput> outputs_;
};

// The tensors behind the pointers that Samples holds.
Samples samples_of(const std::vector<Input>& x, const std::vector<Tensor>& y);
// One tensor of weights counts for every output, as in Keras; an empty one of several is none.
std::vector<const Tensor*> weights_of(const std::vector<Tensor>& weights, size_t outputs,
                                      const std::string& where);

// Throws Error{shape_mismatch} unless x are samples for inputs `expected` [None, ...].
void check_inputs(const Samples& samples, const std::vector<Shape>& expected,
                  const std::string& where);
// Throws Error{shape_mismatch} unless there are targets for every output and sample.
void check_targets(const Samples& samples, size_t outputs, const std::string& where);
void check_batch_size(int64_t batch_size, const std::string& where);

}  // namespace eddy
