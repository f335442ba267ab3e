// SPDX-License-Identifier: MIT
// A training that ends in NaN names what it came from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <sstream>

#include "eddy/callbacks.h"
#include "eddy/model.h"

namespace eddy::not_finite_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr int64_t kSamples = 12, kSteps = 7, kFeatures = 3;

Tensor random_tensor(Shape shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Tensor tensor(std::move(shape));
  for (int64_t i = 0; i < tensor.size(); ++i) tensor[i] = normal(random);
  return tensor;
}

struct Data {
  Tensor x = random_tensor({kSamples, kSteps, kFeatures}, 1), y = random_tensor({kSamples, 1}, 2);
};

Sequential relu_model(double learning_rate, const std::string& loss = "mse") {
  Sequential model(
      {SimpleRNN({.units = 5, .activation = "relu", .return_sequences = true, .name = "steps"}),
       SimpleRNN({.units = 4, .activation = "relu", .name = "last"}),
       Dense({.units = 1, .name = "out"})},
      {.seed = 4});
  model.compile({.optimizer = {"sgd", {{"learning_rate", learning_rate}}}, .loss = loss});
  return model;
}

// Trains until it fails, in batches of 4 without shuffling.
struct Outcome {
  NotFinite found;
  std::string error, verbose;
};
Outcome ruin(const std::function<Sequential()>& make, const Data& data, int64_t epochs = 3) {
  const FitOptions plain = {.epochs = epochs, .batch_size = 4, .shuffle = false};
  Outcome outcome;
  try {
    make().fit(data.x, data.y, plain);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::numeric);
    outcome.error = error.what();
  }
  std::ostringstream out;
  TerminateOnNaN terminate(&out);
  FitOptions options = plain;
  options.callbacks = {&terminate};
  make().fit(data.x, data.y, options);
  EXPECT_TRUE(terminate.found().has_value());
  outcome.found = terminate.found().value_or(NotFinite{});
  outcome.verbose = out.str();
  EXPECT_THAT(outcome.error, HasSubstr(outcome.found.what));
  EXPECT_THAT(outcome.verbose, HasSubstr(outcome.found.what));
  EXPECT_THAT(outcome.verbose, HasSubstr(outcome.found.fix));
  return outcome;
}

TEST(NotFinite, AGiantLearningRateNamesLayerStepAndGradients) {
  const Data data;
  const auto [found, error, verbose] = ruin([] { return relu_model(1e6); }, data);
  EXPECT_THAT(found.part, testing::AnyOf("output", "gradient", "weight", "loss"));
  EXPECT_THAT(error, HasSubstr(" at epoch "));
  EXPECT_THAT(error, HasSubstr("lower the learning_rate (now 1000000), or give the optimizer a "
                               "clipnorm, e.g. 1, or use tanh in layer 'steps'"));
  ASSERT_EQ(found.gradient_norms.size(), 3U);
  EXPECT_EQ(found.gradient_norms[0].first, "steps");
  for (const auto& [layer, norms] : found.gradient_norms) EXPECT_FALSE(norms.empty()) << layer;
  EXPECT_THAT(error, HasSubstr("Gradient norms of the last steps: steps "));
}

TEST(NotFinite, AnOutputThatOverflowsIsNamedWithItsTimeStep) {
  // States grow by 1e10 a step: beyond float32 at the fourth.
  const auto make = [] {
    Sequential model = relu_model(0.001);
    model.build({kNone, kSteps, kFeatures});
    std::vector<Tensor> weights = model.get_weights();
    for (int64_t i = 0; i < weights[0].size(); ++i) weights[0][i] = 1;
    for (int64_t i = 0; i < weights[1].size(); ++i) weights[1][i] = i % 6 == 0 ? 1e10F : 0;
    model.set_weights(weights);
    return model;
  };
  Data data;
  for (int64_t i = 0; i < data.x.size(); ++i) data.x[i] = 1;
  const auto [found, error, verbose] = ruin(make, data);
  EXPECT_EQ(found.part, "output");
  EXPECT_EQ(found.layer, "steps");
  EXPECT_EQ(found.what, "the output of layer 'steps', time step 5");  // 3 * 1e40
  EXPECT_EQ(found.batch, 0);
  EXPECT_TRUE(found.gradient_norms.empty());  // of no step yet
}

TEST(NotFinite, NaNInTheDataNamesTheSample) {
  Data data;
  data.x[(9 * kSteps + 2) * kFeatures + 1] = kNaN;
  data.x[(9 * kSteps + 5) * kFeatures] = kNaN;
  const Outcome input = ruin([] { return relu_model(0.001); }, data);
  EXPECT_EQ(input.found.part, "input");
  EXPECT_EQ(input.found.what,
            "the input data: NaN in sample 9 at (2, 1), 2 such values in this batch");
  EXPECT_EQ(input.found.batch, 2);
  EXPECT_THAT(input.error, HasSubstr("at epoch 1, step 3; it first shows in the input data"));
  EXPECT_THAT(input.error, HasSubstr("Fix: clean the data"));
}

TEST(NotFinite, ShuffledSamplesKeepTheirNumbers) {
  Data data;
  data.x[(9 * kSteps + 2) * kFeatures + 1] = kNaN;
  try {
    relu_model(0.001).fit(data.x, data.y, {.batch_size = 4});
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("NaN in sample 9 at (2, 1)"));
  }
}

TEST(NotFinite, AWeightThatIsNaNFromTheStart) {
  const auto make = [] {
    Sequential model = relu_model(0.001);
    model.build({kNone, kSteps, kFeatures});
    std::vector<Tensor> weights = model.get_weights();
    weights[4][3] = kNaN;  // recurrent kernel of the second layer
    model.set_weights(weights);
    return model;
  };
  const auto [found, error, verbose] = ruin(make, Data());
  EXPECT_EQ(found.part, "weight");
  EXPECT_EQ(found.layer, "last");
  EXPECT_EQ(found.weight, "cell/recurrent_kernel");
  EXPECT_THAT(error, HasSubstr("the weight 'cell/recurrent_kernel' of layer 'last', before the "
                               "first update"));
}

// The square root at 0 has a finite value and an infinite slope.
TEST(NotFinite, AGradientIsFoundInTheStepThatHadIt) {
  const auto make = [] {
    Sequential model({Dense({.units = 2, .name = "first"}), Dense({.units = 1, .name = "second"})},
                     {.seed = 4});
    model.compile({.optimizer = {"sgd", {{"learning_rate", 1e-3}}}, .loss = "mse"});
    model.build({kNone, 2});
    // Outputs of 1e15 are fine, as is the loss of 1e30; slopes times inputs of 1e30 are not.
    model.set_weights({Tensor({2, 2}, {1e-15F, 0, 0, 1}), Tensor({2}, {0, 0}),
                       Tensor({2, 1}, {1, 1}), Tensor({1}, {0})});
    return model;
  };
  Data data;
  data.x = Tensor({8, 2});
  data.y = Tensor({8, 1});
  for (int64_t i = 4; i < 8; ++i) data.x[2 * i] = 1e30F;
  const auto [found, error, verbose] = ruin(make, data, 1);
  EXPECT_EQ(found.part, "gradient");
  EXPECT_EQ(found.layer, "first");
  EXPECT_EQ(found.weight, "kernel");
  EXPECT_EQ(found.epoch, 0);
  EXPECT_EQ(found.batch, 1);  // the last one: found before anybody validates or saves
  EXPECT_THAT(error, HasSubstr("weights: expected finite numbers, got others at epoch 1, step 2"));
  EXPECT_THAT(verbose, HasSubstr("Batch 1: Invalid weights, terminating training"));
}

// The same for the very last of so many weights that several threads look at them.
TEST(NotFinite, TheLastOfManyWeightsIsSeen) {
  constexpr int64_t kInputs = 300, kUnits = 150;
  const auto make = [] {
    Sequential model(
        {Dense({.units = kUnits, .name = "first"}), Dense({.units = 1, .name = "second"})},
        {.seed = 4});
    model.compile({.optimizer = {"sgd", {{"learning_rate", 1e-3}}}, .loss = "mse"});
    model.build({kNone, kInputs});
    Tensor first({kInputs, kUnits}), second({kUnits, 1});
    first[first.size() - 1] = 1e-15F;
    second[kUnits - 1] = 1;
    model.set_weights({first, Tensor({kUnits}), second, Tensor({1}, {0})});
    return model;
  };
  Data data;
  data.x = Tensor({4, kInputs});
  data.y = Tensor({4, 1});
  data.x[kInputs - 1] = 1e30F;
  const auto [found, error, verbose] = ruin(make, data, 1);
  EXPECT_EQ(found.layer, "first");
  EXPECT_EQ(found.weight, "kernel");
  EXPECT_EQ(found.batch, 0);
  EXPECT_THAT(error, HasSubstr("weights: expected finite numbers, got others at epoch 1, step 1"));
}

TEST(NotFinite, TheLastGradientsOfALossThatGrows) {
  // A factor too large by far: the loss grows by the same factor at every step.
  const auto make = [] {
    Sequential model({Dense({.units = 1, .use_bias = false, .name = "out"})}, {.seed = 4});
    model.compile({.optimizer = {"sgd", {{"learning_rate", 1e4}}}, .loss = "mse"});
    return model;
  };
  Data data;
  data.x = random_tensor({12, 3}, 8);
  const auto [found, error, verbose] = ruin(make, data, 9);
  ASSERT_EQ(found.gradient_norms.size(), 1U);
  const auto& norms = found.gradient_norms[0].second;
  ASSERT_EQ(norms.size(), 5U);
  for (size_t i = 1; i < norms.size(); ++i) EXPECT_GT(norms[i], 100 * norms[i - 1]);
}

TEST(NotFinite, NothingIsFoundWhileAllIsWell) {
  const Data data;
  std::ostringstream out;
  TerminateOnNaN terminate(&out);
  bool asked = false;
  LambdaCallback ask({.on_train_batch_end = [&](TrainingState& state) {
    asked = true;
    EXPECT_FALSE(state.not_finite);
    EXPECT_FALSE(state.model->find_not_finite().has_value());
  }});
  FitOptions options = {.batch_size = 4};
  options.callbacks = {&terminate, &ask};
  relu_model(0.001).fit(data.x, data.y, options);
  EXPECT_TRUE(asked);
  EXPECT_FALSE(terminate.found().has_value());
  EXPECT_EQ(out.str(), "");
}

TEST(NotFinite, OfManyLayersTheLargestNormsAreTold) {
  NotFinite::Norms norms;
  for (int i = 0; i < 9; ++i)
    norms.emplace_back("l" + std::to_string(i), std::vector<double>{1.0 * i});
  norms[2].second = {1, kNaN};
  EXPECT_EQ(to_string(norms), "l2 1 nan, l8 8, l7 7, l6 6, l5 5, l4 4");
  EXPECT_EQ(to_string(NotFinite::Norms{{"a", {0.5, 1234567}}}), "a 0.5 1.23e+06");
}

}  // namespace
}  // namespace eddy::not_finite_test
