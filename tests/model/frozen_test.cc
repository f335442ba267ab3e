// SPDX-License-Identifier: MIT
// LayerSpec::trainable = false: what training leaves alone.
#include <gtest/gtest.h>

#include <cmath>

#include "eddy/model.h"

namespace eddy::frozen_test {
namespace {

LayerSpec frozen(LayerSpec spec) {
  spec.trainable = false;
  return spec;
}

Tensor values(const Shape& shape, double step) {
  Tensor tensor(shape);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    tensor[i] = static_cast<float>(std::sin(1.0 + static_cast<double>(i) * step));
  }
  return tensor;
}

const CompileOptions kCompile = {.optimizer = {"adam", {{"learning_rate", 0.05}}}, .loss = "mse"};

// `below`, then a Dense layer that is trained; `kept`: of how many arrays training leaves alone.
void expect_kept(const LayerSpec& below, size_t kept, const std::string& what) {
  SCOPED_TRACE(what);
  Sequential model({below, Dense(2, "tanh")}, {.seed = 3});
  model.build({kNone, 4, 3});
  model.compile(kCompile);
  const auto before = model.get_weights();
  model.fit(values({10, 4, 3}, 0.7), values({10, 4, 2}, 1.3), {.epochs = 2, .batch_size = 5});
  const auto after = model.get_weights();
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].values() == after[i].values(), i < kept) << "array " << i;
  }
}

TEST(Frozen, TrainingLeavesTheLayerAlone) {
  const auto sequence = LSTM({.units = 5, .return_sequences = true});
  expect_kept(frozen(sequence), 3, "LSTM");
  expect_kept(sequence, 0, "LSTM that learns");
  expect_kept(frozen(BatchNormalization()), 4, "BatchNormalization");
  expect_kept(frozen(Bidirectional(sequence)), 6, "Bidirectional");
  expect_kept(Bidirectional(frozen(sequence)), 6, "Bidirectional of one");
  expect_kept(frozen(TimeDistributed(Dense(3))), 2, "TimeDistributed");
  expect_kept(TimeDistributed(frozen(Dense(3))), 2, "TimeDistributed of one");
  RNNOptions cells{.cells = {{.units = 3, .cell = "lstm"}, {.units = 2, .cell = "gru"}},
                   .stacked = true,
                   .return_sequences = true};
  expect_kept(frozen(RNN(cells)), 6, "RNN");
  const LayerSpec nested =
      Sequential({Dense(5), BatchNormalization(), frozen(Dense(3))}, {.name = "inside"}).as_layer();
  expect_kept(frozen(nested), 8, "model");
}

TEST(Frozen, WhatIsAboveLearnsAsOnFixedFeatures) {
  IntTensor ids({12, 6});
  for (int64_t i = 0; i < ids.size(); ++i) ids.data()[i] = static_cast<int32_t>(i * 5 % 9);
  const Tensor y = values({12, 2}, 0.9);
  const LayerSpec table = frozen(Embedding({.input_dim = 9, .output_dim = 4}));
  const LayerSpec gru = frozen(GRU({.units = 5, .kernel_regularizer = Regularizer("l2")}));
  Sequential whole({table, gru, Dense(2)}, {.seed = 4}), below({table, gru}, {.seed = 4});
  whole.build({kNone, 6});
  below.build({kNone, 6});
  auto weights = whole.get_weights();
  below.set_weights({weights.begin(), weights.end() - 2});
  Sequential above({Dense(2)}, {.seed = 5});
  above.build({kNone, 5});
  above.set_weights({weights.end() - 2, weights.end()});
  whole.compile(kCompile);
  above.compile(kCompile);
  const FitOptions options{.epochs = 3, .batch_size = 5, .shuffle = false};
  const auto losses = whole.fit(ids, y, options).history.at("loss");
  const auto wanted = above.fit(below.predict(ids), y, options).history.at("loss");
  for (size_t i = 0; i < losses.size(); ++i) EXPECT_NEAR(losses[i], wanted[i], 1e-6);
  EXPECT_NEAR(whole.evaluate(ids, y)[0].second, above.evaluate(below.predict(ids), y)[0].second,
              1e-6);
  weights = whole.get_weights();
  const auto learnt = above.get_weights();
  for (size_t i = 0; i < learnt.size(); ++i) {
    const Tensor& got = weights[weights.size() - 2 + i];
    for (int64_t k = 0; k < got.size(); ++k) EXPECT_NEAR(got[k], learnt[i][k], 1e-5);
  }
}

TEST(Frozen, AModelWithoutAnythingToLearnKeepsItsWeights) {
  Sequential model({frozen(Dense(4, "tanh")), frozen(Dense(2))}, {.seed = 1});
  model.build({kNone, 3});
  model.compile(kCompile);
  const auto before = model.get_weights();
  const auto losses =
      model.fit(values({10, 3}, 0.7), values({10, 2}, 1.3), {.epochs = 3, .batch_size = 10})
          .history.at("loss");
  EXPECT_EQ(losses[0], losses[2]);
  const auto after = model.get_weights();
  for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].values(), after[i].values());
}

}  // namespace
}  // namespace eddy::frozen_test
