// SPDX-License-Identifier: MIT
// A sequence step by step against predict on all of it.
#include "eddy/stream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "cells/cell.h"
#include "eddy/model.h"
#include "message_of.h"
#include "model/allocation_support.h"

namespace eddy::stream_test {
namespace {

Tensor values(const Shape& shape, double step) {
  Tensor tensor(shape);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    tensor[i] = static_cast<float>(std::sin(1.0 + static_cast<double>(i) * step));
  }
  return tensor;
}

constexpr int64_t kSteps = 7, kFeatures = 3;

// A step adds its products in another order than predict: some roundings of numbers around 1.
void expect_same(std::span<const float> got, const float* wanted, const std::string& what) {
  for (size_t j = 0; j < got.size(); ++j) EXPECT_NEAR(got[j], wanted[j], 2e-6) << what << " " << j;
}

// Every step of `model`, which answers with whole sequences.
void expect_steps(Model& model, const std::string& what) {
  auto weights = model.get_weights();
  for (size_t w = 0; w < weights.size(); ++w) {  // biases are zeros at first
    for (int64_t i = 0; i < weights[w].size(); ++i) {
      weights[w][i] += 0.1F * std::sin(static_cast<float>(i) + 3.0F * static_cast<float>(w));
    }
  }
  model.set_weights(weights);
  const Tensor x = values({1, kSteps, kFeatures}, 0.7), y = model.predict(x);
  Stream stream(model);
  ASSERT_EQ(stream.input_size(), kFeatures);
  ASSERT_EQ(stream.output_size(), y.dim(2));
  for (int round = 0; round < 2; ++round) {
    for (int64_t t = 0; t < kSteps; ++t) {
      const auto got = stream.step({x.values().data() + t * kFeatures, size_t{kFeatures}});
      ASSERT_EQ(static_cast<int64_t>(got.size()), y.dim(2));
      expect_same(got, y.values().data() + t * y.dim(2), what);
    }
    EXPECT_EQ(stream.steps(), kSteps);
    stream.reset();
  }
}

TEST(Stream, EqualsPredictForEveryCell) {
  for (const std::string& cell : cell_names()) {
    for (const int64_t units : {1, 5, 16, 19, 40}) {
      for (const char* activation : {"tanh", "relu"}) {
        RecurrentOptions options{.units = units, .cell = cell};
        options.return_sequences = true;
        options.activation = activation;
        Sequential model({Recurrent(options)}, {.seed = 1});
        model.build({kNone, kSteps, kFeatures});
        expect_steps(model, cell + " " + std::to_string(units) + " " + activation);
      }
    }
  }
  RecurrentOptions options{.units = 6, .use_bias = false, .cell = "lstm"};
  options.return_sequences = true;
  options.peephole = "diagonal";
  Sequential model({Recurrent(options)}, {.seed = 1});
  model.build({kNone, kSteps, kFeatures});
  expect_steps(model, "peephole");
}

TEST(Stream, EqualsPredictThroughAChainOfLayers) {
  RecurrentOptions gru{.units = 9, .return_sequences = true, .cell = "gru"};
  gru.dropout = 0.2;
  Sequential model({Dense(5, "tanh"), Dropout(0.4), Recurrent(gru), LayerNormalization(),
                    TimeDistributed(Dense(4)), Activation("softmax"), SpatialDropout1D(0.2),
                    LSTM({.units = 17, .return_sequences = true}),
                    LayerNormalization({.epsilon = 0.1, .center = false}),
                    Dense({.units = 2, .use_bias = false})},
                   {.seed = 2});
  model.build({kNone, kSteps, kFeatures});
  expect_steps(model, "chain");
}

// A model that answers with a vector: its answer to the words so far.
TEST(Stream, AnswersAfterEveryWord) {
  Sequential model({Embedding(11, 4), SimpleRNN(6), Dense(1, "sigmoid")}, {.seed = 3});
  model.build({kNone, kNone});
  const std::vector<int32_t> ids = {4, 0, 10, 7, 7, 1};
  Stream stream(model);
  for (size_t t = 0; t < ids.size(); ++t) {
    const auto got = stream.step(ids[t]);
    const IntTensor so_far(
        {1, static_cast<int64_t>(t) + 1},
        std::vector<int32_t>(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(t) + 1));
    expect_same(got, model.predict(so_far).values().data(), "word");
  }
}

TEST(Stream, ACopyGoesItsOwnWay) {
  Sequential model({LSTM({.units = 5, .return_sequences = true})}, {.seed = 4});
  model.build({kNone, kSteps, kFeatures});
  const Tensor x = values({4, kFeatures}, 0.9);
  const auto row = [&](int64_t t) {
    return std::span<const float>(x.values().data() + t * kFeatures, size_t{kFeatures});
  };
  Stream stream(model);
  stream.step(row(0));
  Stream other = stream;
  const auto first = stream.step(row(1));
  const std::vector<float> wanted(first.begin(), first.end());
  stream.step(row(2));
  const auto again = other.step(row(1));
  EXPECT_EQ(std::vector<float>(again.begin(), again.end()), wanted);
  EXPECT_EQ(other.steps(), 2);
  EXPECT_EQ(stream.steps(), 3);
  // Training the model later does not reach it.
  auto weights = model.get_weights();
  for (Tensor& weight : weights) {
    for (int64_t i = 0; i < weight.size(); ++i) weight[i] = 0;
  }
  model.set_weights(weights);
  Stream fresh(model);
  EXPECT_EQ(fresh.step(row(1))[0], 0.0F);
  EXPECT_NE(other.step(row(3))[0], 0.0F);
}

TEST(Stream, AsksForNoMemory) {
  Sequential model({GRU({.units = 20, .return_sequences = true}), LayerNormalization(), LSTM(9),
                    Dense(3, "softmax")},
                   {.seed = 5});
  model.build({kNone, kSteps, kFeatures});
  const Tensor x = values({kFeatures}, 0.3);
  Stream stream(model);
  const long before = allocations();
  for (int t = 0; t < 5; ++t) stream.step({x.values().data(), size_t{kFeatures}});
  stream.reset();
  EXPECT_EQ(allocations() - before, 0);
}

TEST(Stream, RefusesWhatCannotBeDoneStepByStep) {
  const auto stream_of = [](std::vector<LayerSpec> layers, const Shape& input) {
    return message_of([&] {
      Sequential model(std::move(layers), {.seed = 1});
      model.build(input);
      const Stream stream(model);
    });
  };
  const Shape input = {kNone, kSteps, kFeatures};
  RecurrentOptions backwards{.units = 2, .name = "l", .cell = "lstm"};
  backwards.go_backwards = true;
  RecurrentOptions before{.units = 2, .name = "g", .cell = "gru"};
  before.reset_after = false;
  EXPECT_EQ(stream_of({Recurrent(backwards)}, input),
            "[l] step by step: expected go_backwards = false, got true. Fix: a later step is not "
            "known yet; use predict.");
  EXPECT_EQ(stream_of({Bidirectional({.layer = LSTM(2), .name = "b"})}, input).substr(0, 30),
            "[b] step by step: expected Emb");
  EXPECT_EQ(stream_of({Recurrent(before)}, input).substr(0, 30), "[g] step by step: expected a c");
  EXPECT_EQ(stream_of({LayerNormalization({.axis = {1, 2}, .name = "n"})}, input).substr(0, 30),
            "[n] step by step: expected Emb");
  const Symbol x = InputLayer({kSteps, kFeatures}), a = LSTM(2)(x), b = LSTM(2)(x);
  Model two({x}, {Add()(std::vector<Symbol>{a, b})}, {.name = "two"});
  EXPECT_EQ(message_of([&] { const Stream stream(two); }),
            "[two] step by step: expected a chain of layers, got values that go to several layers. "
            "Fix: give whole sequences to predict.");
  Sequential unbuilt({LSTM(2)});
  EXPECT_NE(message_of([&] { const Stream stream(unbuilt); }), "no error");
}

// h_t = h_(t-1) / 2 once the input is silent: 2^-126 is the least number that is not denormal.
TEST(Stream, FadesToZeroAfterTheLastSound) {
  Sequential model({SimpleRNN({.units = 1, .activation = "linear", .use_bias = false})});
  model.build({kNone, kNone, 1});
  Tensor one({1, 1}), half({1, 1});
  one[0] = 1;
  half[0] = 0.5F;
  model.set_weights({one, half});
  Stream stream(model);
  float x = 1, h = 0;
  for (int step = 0; step <= 126; ++step, x = 0) h = stream.step({&x, 1})[0];
  EXPECT_EQ(h, 0x1p-126F);
  EXPECT_EQ(stream.step({&x, 1})[0], 0.0F);
}

// Else 2^-140 would take the place of zero, where predict takes it as zero.
TEST(Stream, TakesDenormalWeightsAndInputsAsZeros) {
  Sequential model({SimpleRNN({.units = 1, .activation = "linear", .return_sequences = true})});
  model.build({kNone, kNone, 1});
  const float faint = 0x1p-140F, large = 0x1p100F;
  Tensor kernel({1, 1}), recurrent({1, 1}), bias({1});
  for (const bool weight : {true, false}) {
    kernel[0] = weight ? faint : large;
    model.set_weights({kernel, recurrent, bias});
    const int64_t steps = 70;
    Tensor x({1, steps, 1});
    for (int64_t t = 0; t < steps; ++t) x[t] = weight ? large : faint;
    const float wanted = model.predict(x)[steps - 1];
    EXPECT_EQ(wanted, 0.0F);
    Stream stream(model);
    float got = 1;
    for (int64_t t = 0; t < steps; ++t) got = stream.step({&x[t], 1})[0];
    EXPECT_EQ(got, wanted) << weight;
  }
}

TEST(Stream, RefusesWrongSteps) {
  Sequential words(
      {Embedding({.input_dim = 5, .output_dim = 2, .mask_zero = true, .name = "e"}), SimpleRNN(2)},
      {.seed = 1});
  words.build({kNone, kNone});
  Stream stream(words);
  EXPECT_EQ(message_of([&] { stream.step(5); }),
            "[e] id: expected 1 to 4, got 5. Fix: leave padding (0) out.");
  EXPECT_EQ(message_of([&] { stream.step(0); }),
            "[e] id: expected 1 to 4, got 0. Fix: leave padding (0) out.");
  const float one[] = {1};
  EXPECT_EQ(message_of([&] { stream.step(one); }),
            "[stream] step: expected an id, got 1 values. Fix: give one step of what the model was "
            "built for.");
  Sequential reals({SimpleRNN(2)}, {.seed = 1});
  reals.build({kNone, kSteps, 2});
  Stream other(reals);
  EXPECT_EQ(
      message_of([&] { other.step(one); }),
      "[stream] step: expected 2 values, got 1. Fix: give one step of what the model was built "
      "for.");
  EXPECT_EQ(message_of([&] { other.step(3); }),
            "[stream] step: expected 2 values, got an id. Fix: give the features of one step.");
  EXPECT_EQ(other.steps(), 0);
}

}  // namespace
}  // namespace eddy::stream_test
