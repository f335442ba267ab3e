// SPDX-License-Identifier: MIT
// A trained model on a sequence that comes step by step: audio, sensors, text being typed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "eddy/export.h"

namespace eddy {

class Model;

// One sequence. Its answers are those of Model::predict on the steps so far: for a model that ends
// in a whole sequence (return_sequences) the latest step's output, for one that ends in a vector
// what it says to the sequence up to here.
//
//   eddy::Stream stream(model);
//   for (const auto& x : samples) use(stream.step(x));
//
// After construction nothing allocates and nothing locks; different streams may run on different
// threads. A copy is a sequence of its own from here on, and shares the weights.
class EDDY_API Stream {
 public:
  // With the model's weights as they are now; training it later does not change the stream. Throws
  // Error{not_supported}, naming the layer, unless the model is a chain of Embedding, SimpleRNN,
  // LSTM, GRU (not go_backwards, return_state, reset_after = false, full peepholes or activations
  // over rows), Dense, Activation, Dropout, SpatialDropout1D, LayerNormalization of the features,
  // and TimeDistributed of these; and Error{invalid_argument} for a model that is not built.
  explicit Stream(Model& model);
  Stream(const Stream& other);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream other) noexcept;
  ~Stream();

  // x        [input_size()]
  // Returns  [output_size()], valid until the next call. Throws Error{shape_mismatch} for another
  //          number of values.
  std::span<const float> step(std::span<const float> x);
  // For models with an Embedding. Throws Error{bad_data} for an id outside of its table, and for
  // the padding of one with mask_zero.
  std::span<const float> step(int32_t id);
  // Begins another sequence.
  void reset();

  int64_t steps() const;       // since the beginning
  int64_t input_size() const;  // 0: an id
  int64_t output_size() const;

 private:
  struct Weights;
  struct Memory;
  std::span<const float> run(const float* values, int32_t id);
  std::span<const float> walk(const float* values, int32_t id);
  void look(const float* values);

  std::shared_ptr<const Weights> weights_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace eddy
