// SPDX-License-Identifier: MIT
// What fit(), evaluate() and compile() say to options that do not suit the model or the data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "eddy/model.h"
#include "message_of.h"

namespace eddy::fit_options_test {
namespace {

using testing::HasSubstr;

Tensor filled(const Shape& shape, float value) {
  Tensor tensor(shape);
  for (int64_t i = 0; i < tensor.size(); ++i) tensor[i] = value;
  return tensor;
}

class FitOptionsOfOneOutput : public testing::Test {
 protected:
  FitOptionsOfOneOutput() { model_.compile({.loss = "mse"}); }
  std::string fit(const FitOptions& options) {
    return message_of([&] { model_.fit(x_, y_, options); });
  }
  Sequential model_ = Sequential({Dense(1)}, {.seed = 1});
  const Tensor x_ = filled({8, 3}, 0.5F), y_ = filled({8}, 1);
};

TEST_F(FitOptionsOfOneOutput, RefusesNumbersOutsideTheirRange) {
  EXPECT_EQ(fit({.initial_epoch = -1}),
            "[fit] initial_epoch: expected at least 0, got -1. Fix: Keras' default is 0.");
  EXPECT_THAT(fit({.steps_per_epoch = -2}),
              HasSubstr("[fit] steps_per_epoch: expected at least 0, got -2."));
  EXPECT_THAT(fit({.validation_steps = -1}),
              HasSubstr("[fit] validation_steps: expected at least 0, got -1."));
  EXPECT_THAT(fit({.validation_batch_size = -1}),
              HasSubstr("[fit] validation_batch_size: expected at least 0, got -1."));
  EXPECT_THAT(fit({.validation_freq = int64_t{0}}),
              HasSubstr("[fit] validation_freq: expected at least 1, got 0."));
  EXPECT_THAT(
      fit({.validation_split = std::nan("")}),
      HasSubstr("[fit] validation_split: expected 0 up to, but not including, 1, got nan."));
}

TEST_F(FitOptionsOfOneOutput, RefusesWeightsThatDoNotFit) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(fit({.sample_weight = {filled({7}, 1)}}),
              HasSubstr("[sample_weight] shape: expected (8,) or (8,), got (7,)."));
  EXPECT_THAT(fit({.sample_weight = {filled({8}, nan)}}),
              HasSubstr("[sample_weight] values: expected finite numbers, got nan at 0."));
  EXPECT_THAT(
      fit({.sample_weight = {filled({8}, 1), filled({8}, 1)}}),
      HasSubstr("sample_weight: expected one for all outputs or one for each of 1, got 2."));
  EXPECT_THAT(fit({.sample_weight = {filled({8}, 1)}, .class_weight = {{1, 2.0}}}),
              HasSubstr("[fit] class_weight: expected it without sample_weight, got both."));
  EXPECT_THAT(fit({.validation_sample_weight = {filled({8}, 1)}}),
              HasSubstr("[fit] validation_sample_weight: expected validation_data with it, got "
                        "none."));
  EXPECT_EQ(fit({.sample_weight = {filled({8, 1}, 1)}}), "no error");
}

TEST_F(FitOptionsOfOneOutput, RefusesValidationDataOfAnotherShape) {
  FitOptions options;
  options.validation_data = LabelledData(filled({4, 2}, 0), filled({4}, 0));
  EXPECT_THAT(fit(options),
              HasSubstr("[fit: validation_data] input: expected (None, 3), got (4, 2)."));
  options.validation_data = LabelledData(filled({4, 3}, 0), filled({5}, 0));
  EXPECT_THAT(fit(options), HasSubstr("[fit: validation_data] targets: expected one for each of 4 "
                                      "samples, got 5."));
}

TEST(FitOptions, ClassWeightsNeedOneClassASample) {
  Sequential model({SimpleRNN({.units = 2, .return_sequences = true}), Dense(3, "softmax")});
  model.compile({.loss = "categorical_crossentropy"});
  EXPECT_THAT(
      message_of([&] {
        model.fit(filled({4, 5, 2}, 1), filled({4, 5, 3}, 0), {.class_weight = {{0, 1}}});
      }),
      HasSubstr("class_weight: expected one class a sample, got targets (4, 5, 3). Fix: give "
                "sample_weight of shape [N, T] instead."));
}

TEST(FitOptions, TheModelMustBeCompiled) {
  Sequential model({Dense(1)});
  const Tensor x = filled({4, 2}, 1), y = filled({4}, 0);
  EXPECT_THAT(message_of([&] { model.fit(x, y); }),
              HasSubstr("fit: expected a compiled model, got none."));
  EXPECT_THAT(message_of([&] { model.evaluate(x, y); }),
              HasSubstr("[evaluate] model: expected a compiled one, got none."));
}

class CompileOfTwoOutputs : public testing::Test {
 protected:
  std::string fit(CompileOptions options, const FitOptions& given = {}) {
    const Symbol x = InputLayer({3});
    Model model({x},
                {Dense({.units = 1, .name = "first"})(x), Dense({.units = 2, .name = "other"})(x)});
    if (options.loss.empty()) options.loss = "mse";
    return message_of([&] {
      model.compile(options);
      model.fit({filled({4, 3}, 1)}, {filled({4}, 1), filled({4, 2}, 1)}, given);
    });
  }
};

TEST_F(CompileOfTwoOutputs, RefusesListsThatAreTooLongOrTooShort) {
  using List = std::vector<LossSpec>;
  EXPECT_EQ(fit({.loss = List{LossSpec("mse"), LossSpec("mse"), LossSpec("mae")}}),
            "[compile] loss: expected one for each of 2 outputs, got 3. Fix: give one loss for all "
            "outputs, or one an output.");
  EXPECT_THAT(fit({.loss_weights = {1, 2, 3}}),
              HasSubstr("[compile] loss_weights: expected one a loss, got 3."));
  EXPECT_THAT(fit({.metrics = {"mae"}}),
              HasSubstr("[compile] metrics: expected a list for each of 2 outputs, got 1."));
  EXPECT_THAT(fit({.weighted_metrics = MetricLists::per_output({{"mae"}, {"mae"}, {}})}),
              HasSubstr("[compile] metrics: expected a list for each of 2 outputs, got 3."));
  const Tensor ones = filled({4}, 1);
  EXPECT_THAT(
      fit({}, {.sample_weight = {ones, ones, ones}}),
      HasSubstr("sample_weight: expected one for all outputs or one for each of 2, got 3."));
}

TEST_F(CompileOfTwoOutputs, NamesTheNearestOutput) {
  EXPECT_THAT(fit({.loss = {{"frist", LossSpec("mse")}}}),
              HasSubstr("[compile] loss: expected the name of an output, got 'frist'. Fix: did you "
                        "mean 'first'?"));
  EXPECT_THAT(
      fit({.metrics = MetricLists::by_name({{"othr", {"mae"}}})}),
      HasSubstr("[compile] metrics: expected the name of an output, got 'othr'. Fix: did you "
                "mean 'other'?"));
}

// An empty tensor is an output without weights.
TEST_F(CompileOfTwoOutputs, WeightsMayBeLeftOutForAnOutput) {
  EXPECT_EQ(fit({}, {.sample_weight = {filled({4}, 0.5F), Tensor()}}), "no error");
  EXPECT_THAT(fit({}, {.sample_weight = {Tensor()}}),
              HasSubstr("[sample_weight] shape: expected "));
}

}  // namespace
}  // namespace eddy::fit_options_test
