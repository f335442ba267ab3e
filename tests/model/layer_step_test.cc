// SPDX-License-Identifier: MIT
// Whole steps through all layers that are not recurrent: a warm one asks for no memory; steps that
// all rows share give the same numbers as steps walked by each row.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "layers/graph.h"
#include "layers/options.h"
#include "model/allocation_support.h"
#include "model/functional.h"
#include "training/initializers.h"

namespace eddy::layer_step_test {
namespace {

constexpr int64_t kRows = 12, kSteps = 20, kWords = 30;

// Ids from 1, left padding of different lengths.
std::vector<int32_t> padded_ids() {
  Random random(3);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < kRows * kSteps; ++i) {
    const bool padding = i % kSteps < i / kSteps * 7 % kSteps;
    ids.push_back(padding ? 0 : 1 + static_cast<int32_t>(random.below(kWords - 1)));
  }
  return ids;
}

GraphOptions every_layer() {
  const Symbol ids = InputLayer({kSteps}, "int32");
  const Symbol words = Embedding({.input_dim = kWords, .output_dim = 6, .mask_zero = true})(ids);
  Symbol x = SpatialDropout1D(0.1)(words);
  x = LayerNormalization({.axis = {1, 2}})(LayerNormalization()(x));
  const Symbol masked = BatchNormalization({.axis = 1})(BatchNormalization()(x));
  Symbol y = Masking()(Multiply()({masked, words}));
  y = Subtract()({Maximum()({y, masked}), Minimum()({words, masked})});
  y = Average()({Add()({y, GlobalAveragePooling1D({.keepdims = true})(y)}), x});
  const Symbol mean = GlobalAveragePooling1D()(Concatenate()({x, y}));
  Symbol z = Conv1D({.filters = 4,
                     .kernel_size = 3,
                     .padding = "same",
                     .dilation_rate = 2,
                     .groups = 2,
                     .activation = "relu"})(y);
  z = Conv1D({.filters = 8, .kernel_size = 3, .strides = 2, .padding = "causal"})(z);
  z = AveragePooling1D({.pool_size = 3, .strides = 1, .padding = "same"})(MaxPooling1D()(z));
  const Symbol most = GlobalMaxPooling1D()(z);
  const Symbol turned = Flatten()(Reshape({-1, 4})(Permute({2, 1})(z)));
  const Symbol repeated = LSTM(3)(Concatenate(1)({RepeatVector(2)(most), RepeatVector(3)(most)}));
  return trace_graph({ids}, {Dense(1, "sigmoid")(Concatenate()({mean, most, turned, repeated}))},
                     "test");
}

TEST(LayerStep, NoAllocationWhenWarm) {
  Graph<float> graph(every_layer());
  initialize_weights(graph.weights(), 1);
  const auto ids = padded_ids();
  Signal<float> input;
  input.shape = {kRows, kSteps};
  input.ids = ids.data();
  Gradient<float> gradient;
  const auto step = [&] {
    const Pass pass{.training = true};
    graph.forward(input, pass);
    gradient.dense.resize(kRows);
    std::fill_n(gradient.dense.data(), kRows, 0.5F);
    gradient.at_logits = gradient.by_rows = false;
    graph.backward(input, gradient, pass);
  };
  for (int i = 0; i < 4; ++i) step();
  const long before = allocations();
  step();
  EXPECT_EQ(allocations() - before, 0);
  graph.forward(input, Pass{});
  const long inference = allocations();
  graph.forward(input, Pass{});
  EXPECT_EQ(allocations() - inference, 0);
}

// As Keras, which casts integers to the dtype of the input.
TEST(LayerStep, IntegersAreRealsWithoutAnEmbedding) {
  const std::vector<int32_t> integers = {3, -1, 4, 1, -5, 9, 2, 6, -5, 3, 5, 8};
  const std::vector<float> reals(integers.begin(), integers.end());
  const LayerSpec layers[] = {LSTM(2),
                              Dense(2),
                              Conv1D(2, 2),
                              LayerNormalization(),
                              Normalization({.mean = 2, .variance = 3}),
                              MaxPooling1D(),
                              Bidirectional(GRU(2)),
                              Add(),
                              Masking(),
                              RNN({.cells = {{.units = 2, .cell = "lstm"}}, .go_backwards = true})};
  for (const LayerSpec& layer : layers) {
    const Symbol x = InputLayer({3, 2});
    Graph<float> graph(trace_graph({x}, {layer(x)}, "test"));
    initialize_weights(graph.weights(), 1);
    Signal<float> in;
    in.shape = {2, 3, 2};
    in.value = const_cast<float*>(reals.data());  // NOLINT: forward does not write there
    const auto& out = graph.forward(in, Pass{});
    const std::vector<float> want(out.value, out.value + out.size());
    in.value = nullptr;
    in.ids = integers.data();
    const auto& same = graph.forward(in, Pass{});
    EXPECT_EQ(want, std::vector<float>(same.value, same.value + same.size())) << class_name(layer);
  }
}

std::vector<double> numbers(Graph<double>& graph, const std::vector<int32_t>& ids, bool share) {
  Signal<double> input;
  input.shape = {kRows, kSteps};
  input.ids = ids.data();
  const Pass pass{.training = true, .share_prefix = share};
  const auto& out = graph.forward(input, pass);
  std::vector<double> all(out.value, out.value + out.size());
  Gradient<double> gradient;
  gradient.dense.resize(all.size());
  for (size_t i = 0; i < all.size(); ++i) gradient.dense[i] = static_cast<double>(i) - 3;
  graph.backward(input, gradient, pass);
  for (const auto* weight : graph.weights()) {
    if (!weight->by_rows) {
      all.insert(all.end(), weight->grad.begin(), weight->grad.end());
      continue;
    }
    std::vector<double> dense(weight->value.size(), 0.0);
    const size_t width = dense.size() / static_cast<size_t>(weight->shape[0]);
    for (size_t k = 0; k < weight->rows.size() * width; ++k) {
      dense[static_cast<size_t>(weight->rows[k / width]) * width + k % width] += weight->grad[k];
    }
    all.insert(all.end(), dense.begin(), dense.end());
  }
  return all;
}

TEST(LayerStep, SharedStepsEqualUnshared) {
  const auto ids = padded_ids();
  for (const char* padding : {"valid", "same", "causal"}) {
    for (const int64_t strides : {1, 2}) {
      const Symbol in = InputLayer({kSteps}, "int32");
      Symbol x = BatchNormalization()(LayerNormalization()(Embedding(kWords, 4)(in)));
      const Conv1DOptions options{
          .filters = 4, .kernel_size = 3, .strides = strides, .padding = padding};
      Symbol y = Concatenate()({Conv1D(options)(x), Conv1D(options)(x)});
      y = Add()({y, Activation("tanh")(y)});
      if (padding != std::string("causal")) {
        y = MaxPooling1D({.pool_size = 3, .strides = strides, .padding = padding})(y);
      }
      const Symbol out = Concatenate()({LSTM(3)(y), GRU(2)(x)});
      Graph<double> graph(trace_graph({in}, {out}, "test"));
      initialize_weights(graph.weights(), 1);
      const auto shared = numbers(graph, ids, true), plain = numbers(graph, ids, false);
      for (size_t i = 0; i < plain.size(); ++i) {
        ASSERT_NEAR(shared[i], plain[i], 1e-12 * (1 + std::abs(plain[i])))
            << padding << strides << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace eddy::layer_step_test
