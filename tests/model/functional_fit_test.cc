// SPDX-License-Identifier: MIT
// Training models with several inputs and outputs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "eddy/eddy.h"
#include "model/network.h"

namespace eddy::functional_fit_test {
namespace {

using testing::HasSubstr;

constexpr int64_t kSamples = 37, kSteps = 6, kWords = 11;

// Ids and numbers; the first target depends on the ids, the second on both.
struct Data {
  std::vector<Input> x;
  std::vector<Tensor> y;

  Data() {
    Random random(5);
    IntTensor ids({kSamples, kSteps});
    Tensor numbers({kSamples, 3}), labels({kSamples, 1}), values({kSamples, 2});
    for (int64_t i = 0; i < kSamples; ++i) {
      double sum = 0;
      for (int64_t t = 0; t < kSteps; ++t) {
        ids[i * kSteps + t] = static_cast<int32_t>(random.below(kWords));
        sum += ids[i * kSteps + t] < 5 ? -1 : 1;
      }
      for (int64_t j = 0; j < 3; ++j)
        numbers[i * 3 + j] = static_cast<float>(random.uniform(-1, 1));
      labels[i] = sum > 0 ? 1 : 0;
      values[i * 2] = static_cast<float>(0.1 * sum) + numbers[i * 3];
      values[i * 2 + 1] = numbers[i * 3 + 1] - numbers[i * 3 + 2];
    }
    x = {ids, numbers};
    y = {labels, values};
  }
};

Model two_by_two() {
  const Symbol ids = InputLayer({kSteps}, "int32", "ids"), numbers = InputLayer({3}, {}, "numbers");
  const Symbol h = LSTM(4)(Embedding(kWords, 5)(ids));
  const Symbol label = Dense({.units = 1, .activation = "sigmoid", .name = "label"})(h);
  // The numbers enter as the first state of another layer.
  const Symbol state = Dense(4)(numbers);
  const Symbol values =
      Dense({.units = 2, .name = "values"})(GRU(4)({Embedding(kWords, 5)(ids), state}));
  return Model({ids, numbers}, {label, values}, {.seed = 3});
}

double result(const Metrics& metrics, const std::string& name) {
  for (const auto& [key, value] : metrics) {
    if (key == name) return value;
  }
  ADD_FAILURE() << "no " << name;
  return 0;
}

TEST(FunctionalFit, EveryOutputHasItsLossWeightAndMetrics) {
  const Data data;
  Model model = two_by_two();
  CompileOptions options{.optimizer = {"adam", {{"learning_rate", 0.02}}}};
  options.loss = {{"label", LossSpec("binary_crossentropy")}, {"values", LossSpec("mse")}};
  options.loss_weights = {0.5, 2};
  options.metrics = MetricLists::by_name({{"label", {"acc"}}, {"values", {"mae"}}});
  model.compile(options);
  const Metrics before = model.evaluate(data.x, data.y);
  EXPECT_NEAR(result(before, "loss"),
              0.5 * result(before, "label_loss") + 2 * result(before, "values_loss"), 1e-6);
  const History history = model.fit(data.x, data.y, {.epochs = 30, .batch_size = 8});
  const Metrics after = model.evaluate(data.x, data.y);
  EXPECT_LT(result(after, "label_loss"), 0.5 * result(before, "label_loss"));
  EXPECT_LT(result(after, "values_loss"), 0.5 * result(before, "values_loss"));
  EXPECT_GT(result(after, "label_acc"), 0.9);
  EXPECT_EQ(history.history.at("values_mae").size(), 30U);

  // evaluate says what predict_outputs gives.
  const auto predictions = model.predict_outputs(data.x, 5);
  ASSERT_EQ(predictions.size(), 2U);
  EXPECT_EQ(predictions[1].shape(), (Shape{kSamples, 2}));
  double squares = 0;
  for (int64_t i = 0; i < predictions[1].size(); ++i) {
    squares += std::pow(double{predictions[1][i]} - data.y[1][i], 2);
  }
  EXPECT_NEAR(result(after, "values_loss"), squares / (2.0 * kSamples), 1e-6);
}

TEST(FunctionalFit, ValidationAndWeightsAreOneAnOutput) {
  const Data data;
  Model model = two_by_two();
  model.compile({.loss = std::vector<LossSpec>{LossSpec("binary_crossentropy"), LossSpec("mse")}});
  FitOptions options{.epochs = 1, .batch_size = 37, .shuffle = false};
  options.validation_data = LabelledData(data.x, data.y);
  Tensor none({kSamples});
  options.validation_sample_weight = {none, none};
  Tensor first({kSamples});
  for (int64_t i = 0; i < kSamples; ++i) first[i] = 1;
  options.sample_weight = {first, none};
  const double alone = result(model.evaluate(data.x, data.y), "label_loss");
  const History history = model.fit(data.x, data.y, options);
  EXPECT_NEAR(history.history.at("loss")[0], alone, 1e-6);  // the second output's loss counts 0
  EXPECT_EQ(history.history.at("val_loss")[0], 0);
}

TEST(FunctionalFit, AnOutputWithoutLossTrainsNothing) {
  const Data data;
  Model model = two_by_two();
  CompileOptions options;
  options.loss = {{"label", LossSpec("binary_crossentropy")}};
  model.compile(options);
  const auto before = model.get_weights();
  model.fit(data.x, {data.y[0], Tensor()}, {.epochs = 2});
  const auto after = model.get_weights();
  const auto names = model.description().output_names();
  EXPECT_EQ(names, (std::vector<std::string>{"label", "values"}));
  EXPECT_NE(before[0].values(), after[0].values());
  EXPECT_EQ(before.back().values(), after.back().values());
}

TEST(FunctionalFit, RefusesTheWrongNumberOfArrays) {
  const Data data;
  Model model = two_by_two();
  model.compile({.loss = "mse"});
  const auto message = [](const auto& action) {
    try {
      action();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  EXPECT_THAT(message([&] { model.fit(data.x[0], data.y[0]); }),
              HasSubstr("inputs: expected 2, got 1."));
  EXPECT_THAT(message([&] { model.fit(data.x, {data.y[0]}); }),
              HasSubstr("targets: expected an array for each of 2 outputs, got 1."));
  EXPECT_THAT(message([&] { model.predict(data.x[0]); }), HasSubstr("predict_outputs"));
  FitOptions options;
  options.class_weight = {{1, 2.0}};
  EXPECT_THAT(message([&] { model.fit(data.x, data.y, options); }),
              HasSubstr("class_weight: expected a model with one output, got 2 outputs."));
}

}  // namespace
}  // namespace eddy::functional_fit_test
