// SPDX-License-Identifier: MIT
// The size of the second cache decides who walks which rows, and what is multiplied when; never a
// bit of the results.
#include "core/processor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>
#include <vector>

#include "core/random.h"
#include "eddy/layers.h"
#include "eddy/model.h"
#include "eddy/threads.h"

namespace eddy::processor_test {
namespace {

constexpr int64_t kRows = 100, kSteps = 21, kFeatures = 7, kWords = 30;

// Units with more than half a megabyte of U, which a training step walks in blocks of many rows.
const std::vector<std::pair<RecurrentOptions, const char*>>& large_layers() {
  static const std::vector<std::pair<RecurrentOptions, const char*>> all = {
      {{.units = 366, .cell = "simple_rnn"}, "SimpleRNN"},
      {{.units = 213, .cell = "gru"}, "GRU"},
      {{.units = 186, .cell = "lstm"}, "LSTM"},
      {{.units = 186, .peephole = "diagonal", .cell = "lstm"}, "LSTM with peepholes"}};
  return all;
}

// Rows of words between 1 and 21 long behind zeros, the last one all zeros.
IntTensor padded_rows() {
  Random random(5);
  IntTensor x({kRows, kSteps});
  for (int64_t row = 0; row + 1 < kRows; ++row) {
    const auto length = 1 + static_cast<int64_t>(random.below(kSteps));
    for (int64_t t = kSteps - length; t < kSteps; ++t) {
      x[row * kSteps + t] = 1 + static_cast<int32_t>(random.below(kWords - 1));
    }
  }
  return x;
}

Tensor uniform(const Shape& shape) {
  Random random(6);
  Tensor x(shape);
  for (int64_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(random.uniform(-1, 1));
  return x;
}

// Weights after two steps of training, and outputs.
template <class Input>
std::vector<Tensor> train(std::vector<LayerSpec> layers, const Input& x) {
  Sequential model(std::move(layers), {.seed = 5});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.fit(x, uniform({kRows}), {.epochs = 2, .batch_size = kRows});
  std::vector<Tensor> result = model.get_weights();
  result.push_back(model.predict(x));
  return result;
}

template <class Input>
void expect_same_on_every_processor(const std::vector<LayerSpec>& layers, const Input& x) {
  std::vector<Tensor> first;
  for (const int64_t cache : {int64_t{1} << 18, int64_t{1} << 23}) {
    for (const int threads : {1, 2, 3}) {
      pretend_second_cache_bytes(cache);
      set_num_threads(threads);
      const std::vector<Tensor> got = train(layers, x);
      pretend_second_cache_bytes(0);
      set_num_threads(0);
      if (first.empty()) first = got;
      ASSERT_EQ(got.size(), first.size());
      for (size_t i = 0; i < got.size(); ++i) {
        const auto bytes = static_cast<size_t>(got[i].size()) * sizeof(float);
        EXPECT_EQ(std::memcmp(got[i].data(), first[i].data(), bytes), 0)
            << i << ", " << threads << " threads, cache of " << cache;
      }
    }
  }
}

TEST(Processor, OfAnyKindTrainsLargeLayersOnFloatsToTheSameBits) {
  const Tensor x = uniform({kRows, kSteps, kFeatures});
  for (const auto& [layer, name] : large_layers()) {
    SCOPED_TRACE(name);
    RecurrentOptions first = layer;
    first.return_sequences = true;
    expect_same_on_every_processor(
        {LayerNormalization(), Recurrent(first), Recurrent(layer), Dense(1)}, x);
  }
}

TEST(Processor, OfAnyKindTrainsLargeLayersOnWordsToTheSameBits) {
  const IntTensor x = padded_rows();
  for (const auto& [layer, name] : large_layers()) {
    for (const bool masked : {false, true}) {
      SCOPED_TRACE(std::string(name) + (masked ? ", masked" : ""));
      const auto words = Embedding({.input_dim = kWords, .output_dim = 6, .mask_zero = masked});
      expect_same_on_every_processor({words, Recurrent(layer), Dense(1)}, x);
    }
  }
}

}  // namespace
}  // namespace eddy::processor_test
