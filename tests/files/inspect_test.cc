// SPDX-License-Identifier: MIT
// The facts about models: numbers of weights, gates, texts, optimizer, files.
#include "eddy/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "files_support.h"

namespace eddy::files::inspect_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

const WeightFacts& only_weight(const ModelFacts& facts) { return facts.layers.at(0).weights.at(0); }

Sequential dense(const std::vector<float>& kernel) {
  const auto rows = static_cast<int64_t>(kernel.size()) / 2;
  Sequential model({Dense({.units = 2, .use_bias = false, .name = "only"})}, {.name = "m"});
  model.build({kNone, rows});
  model.set_weights({Tensor({rows, 2}, kernel)});
  return model;
}

TEST(Inspect, NumbersOfAWeightByHand) {
  const WeightFacts facts = only_weight(inspect(dense({0, 3, -4, 0, 12, 1}), {.bins = 4}));
  EXPECT_EQ(facts.path, "kernel");
  EXPECT_EQ(facts.shape, (Shape{3, 2}));
  EXPECT_EQ(facts.count, 6);
  EXPECT_EQ(facts.zeros, 2);
  EXPECT_DOUBLE_EQ(facts.norm, std::sqrt(9.0 + 16 + 144 + 1));
  EXPECT_DOUBLE_EQ(facts.mean, 2);
  EXPECT_DOUBLE_EQ(facts.deviation, std::sqrt((4.0 + 1 + 36 + 4 + 100 + 1) / 6));
  EXPECT_DOUBLE_EQ(facts.min, -4);
  EXPECT_DOUBLE_EQ(facts.max, 12);
  EXPECT_THAT(facts.histogram, ElementsAre(1, 4, 0, 1));  // bins of 4: 0 is in the second
}

TEST(Inspect, NaNAndInfinitiesAreCountedAndLeftOut) {
  const WeightFacts facts = only_weight(inspect(dense({kNaN, 3, kInfinity, -kInfinity, 5, kNaN})));
  EXPECT_EQ(facts.nans, 2);
  EXPECT_EQ(facts.infinities, 2);
  EXPECT_DOUBLE_EQ(facts.mean, 4);
  EXPECT_DOUBLE_EQ(facts.deviation, 1);
  EXPECT_DOUBLE_EQ(facts.max, 5);
  const WeightFacts none = only_weight(inspect(dense({kNaN, kNaN})));
  EXPECT_EQ(none.nans, 2);
  EXPECT_EQ(none.min, 0);
  EXPECT_EQ(none.max, 0);
}

TEST(Inspect, ABinForOneValueAndBadNumbersOfBins) {
  const WeightFacts facts = only_weight(inspect(dense({7, 7, 7, 7}), {.bins = 3}));
  EXPECT_THAT(facts.histogram, ElementsAre(4, 0, 0));
  for (const int64_t bins : {int64_t{0}, int64_t{-1}, int64_t{10'001}}) {
    EXPECT_EQ(error_of([&] {
                inspect(dense({1, 2}), {.bins = bins});
              }).code(),
              ErrorCode::invalid_argument);
  }
  EXPECT_EQ(error_of([] { inspect(Sequential({Dense(1)})); }).code(), ErrorCode::invalid_argument);
}

// Sets the weights of a model to 1, 2, 3, ... times 1/16, exact in float.
void count_through(Model& model) {
  std::vector<Tensor> weights = model.get_weights();
  float next = 0;
  for (Tensor& weight : weights) {
    for (int64_t i = 0; i < weight.size(); ++i) weight[i] = (next += 1) / 16;
  }
  model.set_weights(weights);
}

TEST(Inspect, GatesOfALayerInKerasOrder) {
  Sequential model({LSTM(3)}, {.seed = 5});
  model.build({kNone, 4, 2});
  std::vector<Tensor> weights = model.get_weights();
  weights[2] = Tensor({12}, {1, 2, 3, 10, 20, 30, 4, 4, 4, -1, 0, 1});
  model.set_weights(weights);
  const auto gates = inspect(model).layers[0].gates;
  ASSERT_EQ(gates.size(), 4U);
  const std::vector<std::string> names = {"input", "forget", "candidate", "output"};
  const std::vector<double> means = {2, 20, 4, 0};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(gates[i].path, "cell");
    EXPECT_EQ(gates[i].gate, names[i]);
    EXPECT_DOUBLE_EQ(gates[i].mean, means[i]);
    EXPECT_FALSE(gates[i].recurrent_mean);
  }
  EXPECT_DOUBLE_EQ(gates[1].min, 10);
  EXPECT_DOUBLE_EQ(gates[1].max, 30);
}

TEST(Inspect, AFreshForgetGateIsOne) {
  Sequential model({LSTM(5)}, {.seed = 5});
  model.build({kNone, 4, 2});
  EXPECT_DOUBLE_EQ(inspect(model).layers[0].gates[1].mean, 1);
  EXPECT_DOUBLE_EQ(inspect(model).layers[0].gates[0].mean, 0);
}

TEST(Inspect, BothBiasesOfAGruAndBothDirections) {
  Sequential model(
      {Bidirectional(GRU({.units = 2, .return_sequences = true})),
       GRU({.units = 3, .reset_after = false, .return_sequences = true}), SimpleRNN(2), Dense(1)},
      {.seed = 5});
  model.build({kNone, 4, 2});
  count_through(model);
  const ModelFacts facts = inspect(model);
  const auto& both = facts.layers[0].gates;
  ASSERT_EQ(both.size(), 6U);
  EXPECT_EQ(both[0].path, "forward_layer/cell");
  EXPECT_EQ(both[3].path, "backward_layer/cell");
  EXPECT_EQ(both[2].gate, "candidate");
  // Forwards: kernel [2, 6], recurrent kernel [2, 6], then biases from 25/16 on, [2, 6].
  EXPECT_DOUBLE_EQ(both[0].mean, 25.5 / 16);
  EXPECT_DOUBLE_EQ(both[1].mean, 27.5 / 16);
  EXPECT_DOUBLE_EQ(both[0].recurrent_mean.value(), 31.5 / 16);
  EXPECT_DOUBLE_EQ(both[3].mean, (25.5 + 36) / 16);
  ASSERT_EQ(facts.layers[1].gates.size(), 3U);
  EXPECT_FALSE(facts.layers[1].gates[0].recurrent_mean);
  EXPECT_EQ(facts.layers[1].gates[1].gate, "reset");
  EXPECT_TRUE(facts.layers[2].gates.empty());
}

TEST(Inspect, LayersOptionsAndParameters) {
  const ModelFacts facts = inspect(trained_model(LSTM(4), "adam"));
  EXPECT_EQ(facts.name, "small");
  EXPECT_EQ(facts.class_name, "Sequential");
  ASSERT_EQ(facts.layers.size(), 4U);
  EXPECT_EQ(facts.layers[1].class_name, "LSTM");
  EXPECT_EQ(facts.layers[1].parameters, 4 * 4 * (5 + 4 + 1));
  EXPECT_EQ(facts.layers[1].options.at("units"), "4");
  EXPECT_EQ(facts.layers[1].options.at("kernel_initializer"), "GlorotUniform");
  EXPECT_EQ(facts.layers[1].options.at("kernel_initializer.seed"), "null");
  EXPECT_EQ(facts.layers[2].options.at("rate"), "0.25");
  EXPECT_EQ(facts.parameters, 55 + 160 + 5);
  EXPECT_EQ(facts.trainable, facts.parameters);
  ASSERT_TRUE(facts.optimizer);
  EXPECT_EQ(facts.optimizer->name, "adam");
  EXPECT_EQ(facts.optimizer->iterations, 4);
  EXPECT_EQ(facts.optimizer->options.at("learning_rate"), "0.001");
  EXPECT_EQ(facts.optimizer->parameters, 2 * facts.parameters);
  EXPECT_EQ(facts.compiled.at("loss"), "binary_crossentropy");
  EXPECT_EQ(facts.purpose, "");
  EXPECT_FALSE(facts.text);
  EXPECT_FALSE(facts.file);
}

TEST(Inspect, InputsOfAFunctionalModel) {
  const Symbol a = InputLayer({3}, "float32", "a"), b = InputLayer({3}, "float32", "b");
  const Symbol sum = Add({.name = "sum"})({a, b});
  const Model model({a, b}, {Dense({.units = 1, .name = "out"})(sum)});
  const ModelFacts facts = inspect(model);
  EXPECT_EQ(facts.class_name, "Functional");
  EXPECT_EQ(facts.inputs.size(), 2U);
  ASSERT_EQ(facts.layers.size(), 4U);
  EXPECT_THAT(facts.layers[2].inputs, ElementsAre("a", "b"));
  EXPECT_THAT(facts.layers[3].inputs, ElementsAre("sum"));
}

TEST(Inspect, TextsAndNotes) {
  Sequential model = trained_model(GRU(3), "rmsprop");
  TextEncoder encoder;
  encoder.words = {"the", "a"};
  encoder.num_words = 11;
  encoder.maxlen = 6;
  encoder.threshold = 0.25;
  model.set_text_encoder(encoder);
  model.set_note("mine", "x");
  const ModelFacts facts = inspect(model);
  ASSERT_TRUE(facts.text);
  EXPECT_EQ(facts.text->vocabulary, 2);
  EXPECT_EQ(facts.text->length, 6);
  EXPECT_EQ(facts.text->threshold, 0.25);
  EXPECT_EQ(facts.purpose, "texts of 2 classes: negative, positive");
  EXPECT_EQ(facts.notes.at("mine"), "x");
}

TEST(Inspect, WhoWroteAFile) {
  const TestFolder folder;
  const Sequential model = trained_model(SimpleRNN(3), "sgd");
  model.save(folder / "m.keras");
  model.save(folder / "m.h5");
  const ModelFacts keras = inspect(folder / "m.keras"), h5 = inspect(folder / "m.h5");
  EXPECT_EQ(keras.file->format, ".keras");
  EXPECT_EQ(keras.file->keras_version, "3.15.1");
  EXPECT_EQ(keras.file->date_saved.size(), std::string("2026-11-23@07:01:58").size());
  EXPECT_EQ(keras.file->sha256.size(), 64U);
  EXPECT_EQ(keras.file->bytes, static_cast<int64_t>(read_bytes(folder / "m.keras").size()));
  EXPECT_EQ(h5.file->format, ".h5");
  EXPECT_EQ(h5.file->backend, "tensorflow");
  EXPECT_EQ(h5.optimizer->iterations, 4);
  EXPECT_DOUBLE_EQ(h5.layers[1].weights[0].norm, keras.layers[1].weights[0].norm);
  const ModelFacts old = inspect(golden("keras2_stacked.h5"));
  EXPECT_EQ(old.file->keras_version.substr(0, 2), "2.");
}

TEST(Inspect, ALossOfSomebodyElseIsNoError) {
  const TestFolder folder;
  trained_model(SimpleRNN(3), "sgd").save(folder / "m.keras");
  Members members = members_of(folder / "m.keras");
  members.config =
      replaced(members.config, "\"loss\":\"binary_crossentropy\"", "\"loss\":\"my_loss\"");
  write_members(folder / "own.keras", members);
  const ModelFacts facts = inspect(folder / "own.keras");
  EXPECT_FALSE(facts.optimizer);
  EXPECT_THAT(facts.not_compiled, HasSubstr("my_loss"));
  EXPECT_EQ(facts.layers.size(), 4U);
}

TEST(Inspect, FilesThatAreNoModels) {
  const TestFolder folder;
  write_bytes(folder / "text.keras", "hello");
  EXPECT_EQ(error_of([&] { inspect(folder / "text.keras"); }).code(), ErrorCode::bad_file);
  EXPECT_EQ(error_of([&] { inspect(folder / "none.keras"); }).code(), ErrorCode::io);
}

}  // namespace
}  // namespace eddy::files::inspect_test
