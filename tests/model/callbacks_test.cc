// SPDX-License-Identifier: MIT
// The order in which fit() and evaluate() call callbacks, with numbers and keys of the logs,
// against real Keras (scripts/golden_callbacks.py); callbacks at work in fit().
#include "eddy/callbacks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "eddy/model.h"
#include "training/golden_support.h"

namespace eddy::callbacks_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

using Calls = std::vector<std::string>;

std::string noted(const std::string& event, std::optional<int64_t> number, const Metrics& logs) {
  std::string line = event, comma = " ";
  if (number) line += fmt::format(" {}", *number);
  for (const auto& [key, value] : logs) line += std::exchange(comma, ",") + key;
  return line;
}

// Notes every call, and asks to stop in one of them.
struct Recorder : Callback {
  Calls calls;
  std::string stop;

  void note(const std::string& event, std::optional<int64_t> number, TrainingState& state) {
    calls.push_back(noted(event, number, state.logs));
    if (event == stop) state.stop_training = true;
  }
  void on_train_begin(TrainingState& s) override { note("train_begin", {}, s); }
  void on_epoch_begin(TrainingState& s) override { note("epoch_begin", s.epoch, s); }
  void on_train_batch_begin(TrainingState& s) override { note("train_batch_begin", s.batch, s); }
  void on_train_batch_end(TrainingState& s) override { note("train_batch_end", s.batch, s); }
  void on_test_begin(TrainingState& s) override { note("test_begin", {}, s); }
  void on_test_batch_begin(TrainingState& s) override { note("test_batch_begin", s.batch, s); }
  void on_test_batch_end(TrainingState& s) override { note("test_batch_end", s.batch, s); }
  void on_test_end(TrainingState& s) override { note("test_end", {}, s); }
  void on_epoch_end(TrainingState& s) override { note("epoch_end", s.epoch, s); }
  void on_train_end(TrainingState& s) override { note("train_end", {}, s); }
};

// The same by functions.
LambdaCallback lambdas(Recorder& to) {
  using State = TrainingState;
  return LambdaCallback(LambdaCallback::Functions{
      .on_train_begin = [&](State& s) { to.on_train_begin(s); },
      .on_epoch_begin = [&](State& s) { to.on_epoch_begin(s); },
      .on_train_batch_begin = [&](State& s) { to.on_train_batch_begin(s); },
      .on_train_batch_end = [&](State& s) { to.on_train_batch_end(s); },
      .on_test_begin = [&](State& s) { to.on_test_begin(s); },
      .on_test_batch_begin = [&](State& s) { to.on_test_batch_begin(s); },
      .on_test_batch_end = [&](State& s) { to.on_test_batch_end(s); },
      .on_test_end = [&](State& s) { to.on_test_end(s); },
      .on_epoch_end = [&](State& s) { to.on_epoch_end(s); },
      .on_train_end = [&](State& s) { to.on_train_end(s); }});
}

struct Data {
  Tensor x = Tensor({10, 2}), y = Tensor({10});
  Data() {
    for (int64_t i = 0; i < 20; ++i) x[i] = static_cast<float>(i) / 20;
    for (int64_t i = 0; i < 10; ++i) y[i] = x[2 * i] > 0.4F ? 1 : 0;
  }
};

Sequential small_model(const Optimizer& optimizer = "sgd") {
  Sequential model({Dense(1, "sigmoid")}, {.seed = 2});
  model.compile({.optimizer = optimizer, .loss = "binary_crossentropy", .metrics = {"mse", "acc"}});
  return model;
}

FitOptions fit_options(const json& given) {
  FitOptions options = {.epochs = given.at("epochs"), .batch_size = 3, .shuffle = false};
  options.validation_split = given.value("validation_split", 0.0);
  options.validation_batch_size = given.value("validation_batch_size", int64_t{0});
  options.validation_freq = given.value("validation_freq", int64_t{1});
  options.validation_steps = given.value("validation_steps", int64_t{0});
  options.steps_per_epoch = given.value("steps_per_epoch", int64_t{0});
  options.initial_epoch = given.value("initial_epoch", int64_t{0});
  return options;
}

TEST(FitCallbacks, AreCalledInTheOrderOfKeras) {
  const Data data;
  int64_t cases = 0;
  for (const json& at : golden_cases("callbacks")) {
    if (at.at("callback") != "fit") continue;
    ++cases;
    Recorder own, by_lambda;
    LambdaCallback functions = lambdas(by_lambda);
    if (at.at("stop").is_string()) own.stop = at.at("stop").get<std::string>();
    FitOptions options = fit_options(at.at("options"));
    options.callbacks = {&own, &functions};
    small_model().fit(data.x, data.y, options);
    EXPECT_EQ(own.calls, at.at("calls").get<Calls>()) << at.at("title");
    EXPECT_EQ(by_lambda.calls, own.calls) << at.at("title");
  }
  EXPECT_GE(cases, 6);
}

TEST(FitCallbacks, EvaluateCallsTheTestsEventsAlone) {
  const Data data;
  for (const json& at : golden_cases("callbacks")) {
    if (at.at("callback") != "evaluate") continue;
    Recorder own, by_lambda;
    LambdaCallback functions = lambdas(by_lambda);
    small_model().evaluate(data.x, data.y,
                           {.batch_size = 4, .steps = 2, .callbacks = {&own, &functions}});
    EXPECT_EQ(own.calls, at.at("calls").get<Calls>());
    EXPECT_EQ(by_lambda.calls, own.calls);
  }
}

TEST(FitCallbacks, ALogThatACallbackAddsIsSeenByLaterOnesAndTheHistory) {
  const Data data;
  LearningRateScheduler scheduler([](int64_t, double rate) { return rate / 2; });
  std::vector<double> seen;
  LambdaCallback later(LambdaCallback::Functions{.on_epoch_end = [&](TrainingState& state) {
    for (const auto& [key, value] : state.logs) {
      if (key == "learning_rate") seen.push_back(value);
    }
  }});
  const History history =
      small_model({"sgd", {{"learning_rate", 0.5}}})
          .fit(data.x, data.y, {.epochs = 2, .callbacks = {&scheduler, &later}});
  EXPECT_EQ(seen, (std::vector<double>{0.25, 0.125}));
  EXPECT_EQ(history.history.at("learning_rate"), seen);
}

TEST(FitCallbacks, ALearningRateUnderAScheduleIsNotSet) {
  const Data data;
  const Optimizer scheduled = {
      "sgd",
      {},
      LearningRateSchedule(
          "inverse_time_decay",
          {{"initial_learning_rate", 0.5}, {"decay_steps", 4}, {"decay_rate", 1}})};
  LearningRateScheduler scheduler([](int64_t, double rate) { return rate / 2; });
  const auto fit = [&](Callback& callback, int64_t epochs) {
    return small_model(scheduled).fit(data.x, data.y, {.epochs = epochs, .callbacks = {&callback}});
  };
  try {
    fit(scheduler, 1);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_supported);
    EXPECT_THAT(error.what(), HasSubstr("expected one that can be set, got the schedule "));
  }
  // One that never has to lower the rate only reports it: 0.5 / (1 + 4 / 4) after one batch of 4.
  ReduceLROnPlateau plateau({.monitor = "loss"});
  EXPECT_NEAR(fit(plateau, 1).history.at("learning_rate")[0], 0.5 / (1 + 1.0 / 4), 1e-7);
}

TEST(FitCallbacks, TerminateOnNaNEndsTheTrainingAndItsLackIsAnError) {
  Data data;
  std::ostringstream out;
  TerminateOnNaN terminate(&out);
  Sequential model({Dense(1)}, {.seed = 2});
  model.compile({.optimizer = {"sgd", {{"learning_rate", 1e25}}}, .loss = "mse"});
  const auto fit = [&](std::vector<Callback*> callbacks) {
    FitOptions options = {.epochs = 5, .batch_size = 3, .shuffle = false};
    options.callbacks = std::move(callbacks);
    return model.fit(data.x, data.y, options);
  };
  const History history = fit({&terminate});
  EXPECT_THAT(history.epoch, testing::ElementsAre(0));
  EXPECT_FALSE(std::isfinite(history.history.at("loss")[0]));
  EXPECT_THAT(out.str(), HasSubstr("Invalid loss, terminating training\n"));
  EXPECT_THROW(fit({}), Error);
}

}  // namespace
}  // namespace eddy::callbacks_test
