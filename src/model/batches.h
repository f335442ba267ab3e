// SPDX-License-Identifier: MIT
// Samples of an input as the batches that a graph takes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "eddy/model.h"
#include "eddy/source.h"
#include "layers/layer.h"
#include "training/losses.h"

namespace eddy {

// An input's samples, borrowed, ids or reals, in memory or from a source.
using SampleView = std::variant<const Tensor*, const IntTensor*, const Source*, const IntSource*>;
SampleView view_of(const Input& input);
// Throws Error{invalid_argument} for a source that is null.
SampleView view_of(const SampleSource& source);
const Shape& shape_of(const SampleView& samples);

// All samples of a source in their order, a megabyte at a time: visit(values).
template <class T, class Visit>
void for_each_part(const BasicSource<T>& source, const Visit& visit) {
  constexpr int64_t kMostValues = 1 << 18;
  const int64_t count = source.shape()[0];
  const int64_t width = element_count(source.shape()) / std::max<int64_t>(count, 1);
  const int64_t most = std::clamp<int64_t>(kMostValues / std::max<int64_t>(width, 1), 1, 1 << 16);
  std::vector<int64_t> samples(static_cast<size_t>(std::min(most, count)));
  std::vector<T> values(samples.size() * static_cast<size_t>(width));
  for (int64_t first = 0; first < count; first += most) {
    const auto size = static_cast<size_t>(std::min(most, count - first));
    const std::span<int64_t> part(samples.data(), size);
    std::iota(part.begin(), part.end(), first);
    source.gather(part, values.data());
    visit(std::span<const T>(values.data(), size * static_cast<size_t>(width)));
  }
}

// Samples as the user gave them, borrowed. Every tensor is [N, ...].
struct Samples {
  std::vector<SampleView> x;           // one an input of the model
  std::vector<const Tensor*> y;        // one an output; empty: no targets
  std::vector<const Tensor*> weights;  // one an output, factors of its loss; empty: none

  int64_t count() const { return shape_of(x[0])[0]; }
  const Tensor* weights_of(size_t output) const {
    return weights.empty() ? nullptr : weights[output];
  }
};

class Batches {
 public:
  explicit Batches(Samples samples);

  // Samples order[first] ... order[first + count - 1]; null: first ..., where they stand in memory.
  // Valid until the next call.
  void load(const int64_t* order, int64_t first, int64_t count);

  Inputs<float> inputs() const { return inputs_; }
  int64_t size() const { return size_; }
  const Targets& targets(size_t output) const { return outputs_[output].targets; }
  const SampleWeights& weights(size_t output) const { return outputs_[output].weights; }

 private:
  struct OneInput {
    Signal<float> signal;
    std::tuple<Buffer<float>, Buffer<int32_t>> values;
  };
  struct OneOutput {
    Targets targets{};
    SampleWeights weights;
    Buffer<float> labels, factors;
  };
  Samples samples_;
  int64_t size_ = 0;
  std::vector<int64_t> numbers_;  // of a batch whose samples come in their order
  std::vector<OneInput> columns_;
  std::vector<const Signal<float>*> inputs_;  // of columns_
  std::vector<OneOutput> outputs_;
};

// What Samples borrows.
Samples samples_of(const std::vector<Input>& x, const std::vector<Tensor>& y);
Samples samples_of(const std::vector<SampleSource>& x, const std::vector<Tensor>& y);
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
