// SPDX-License-Identifier: MIT
// Callbacks driven by hand: decisions and messages on given values of the monitor, against real
// Keras (scripts/golden_callbacks.py), and what bad options say.
#include "eddy/callbacks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

#include "eddy/error.h"
#include "message_of.h"
#include "training/golden_support.h"

namespace eddy::callbacks_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// A model whose weights are the number of the epoch. It knows that a larger "acc" is better.
class Stub : public ModelInTraining {
 public:
  explicit Stub(double rate) { set_learning_rate(rate); }
  std::vector<Tensor> get_weights() const override { return {weights}; }
  void set_weights(const std::vector<Tensor>& given) override { weights = given.at(0); }
  double learning_rate() const override { return rate_; }
  void set_learning_rate(double rate) override { rate_ = static_cast<float>(rate); }
  const Model& model() const override { throw std::logic_error("not asked for"); }
  int64_t iterations() const override { return 0; }
  void back_up(std::function<void(const SavedState&)>) override {}
  int direction(const std::string& metric) const override {
    return metric == "loss" ? -1 : metric == "acc" ? 1 : 0;
  }

  Tensor weights = Tensor({1}, {-1});

 private:
  float rate_ = 0;
};

double number(const json& value) {
  if (value.is_number()) return value.get<double>();
  return value.get<std::string>() == "inf" ? INFINITY : NAN;
}

void set_log(Metrics& logs, const std::string& key, double value) {
  logs.emplace_back(key, value);
  std::sort(logs.begin(), logs.end());
}

double log_of(const Metrics& logs, const std::string& key) {
  for (const auto& [name, value] : logs) {
    if (name == key) return value;
  }
  return NAN;
}

// What a driven callback did, as the golden file has it.
struct Driven {
  int64_t epochs = 0;
  double weights = 0;
  std::vector<double> rates, logged;
};

// An epoch a value; null: not validated.
Driven drive(Callback& callback, const json& values, double rate, const json& batches = {}) {
  Stub model(rate);
  Driven driven;
  TrainingState state;
  state.model = &model;
  state.validates = true;
  callback.on_train_begin(state);
  for (const json& value : values) {
    state.epoch = driven.epochs++;
    callback.on_epoch_begin(state);
    for (state.batch = 0; state.batch < static_cast<int64_t>(batches.size()); ++state.batch) {
      state.logs = {{"loss", number(batches[static_cast<size_t>(state.batch)])}};
      callback.on_train_batch_end(state);
    }
    model.weights[0] = static_cast<float>(state.epoch);
    state.logs = {{"loss", 0.25}};
    if (!value.is_null()) set_log(state.logs, "val_loss", number(value));
    callback.on_epoch_end(state);
    driven.rates.push_back(model.learning_rate());
    driven.logged.push_back(log_of(state.logs, "learning_rate"));
    if (state.stop_training) break;
  }
  callback.on_train_end(state);
  driven.weights = model.weights[0];
  return driven;
}

//   out  where the callback spoke, while it was driven
void compare(const Driven& got, const std::ostringstream& out, const json& at) {
  const std::string title = at.at("title").get<std::string>() + at.value("options", json()).dump();
  const json& want = at.at("result");
  EXPECT_EQ(got.epochs, want.at("epochs").get<int64_t>()) << title;
  EXPECT_EQ(got.weights, want.at("weights").get<double>()) << title;
  EXPECT_EQ(out.str(), want.at("text").get<std::string>()) << title;
  EXPECT_EQ(got.rates, want.at("rates").get<std::vector<double>>()) << title;
  for (size_t i = 0; i < got.logged.size(); ++i) {
    const json& rate = want.at("logged").at(i);
    EXPECT_EQ(std::isnan(got.logged[i]), rate.is_null()) << title;
    if (!rate.is_null()) {
      EXPECT_EQ(got.logged[i], rate.get<double>()) << title;
    }
  }
}

std::vector<json> cases_of(const std::string& callback) {
  std::vector<json> cases;
  for (const json& at : golden_cases("callbacks")) {
    if (at.at("callback") == callback) cases.push_back(at);
  }
  return cases;
}

template <class Options>
Options monitor_options(const json& options, std::ostream& out) {
  Options read;
  read.verbose = &out;
  read.patience = options.value("patience", read.patience);
  read.min_delta = options.value("min_delta", read.min_delta);
  read.mode = options.value("mode", read.mode);
  return read;
}

TEST(Callbacks, EarlyStoppingDecidesAndSpeaksAsKeras) {
  const auto cases = cases_of("EarlyStopping");
  EXPECT_GE(cases.size(), 60U);
  for (const json& at : cases) {
    std::ostringstream out;
    const json& given = at.at("options");
    auto options = monitor_options<EarlyStoppingOptions>(given, out);
    options.restore_best_weights = given.value("restore_best_weights", false);
    options.start_from_epoch = given.value("start_from_epoch", int64_t{0});
    if (given.contains("baseline")) options.baseline = given.at("baseline").get<double>();
    EarlyStopping callback(options);
    const Driven driven = drive(callback, at.at("values"), 0.5);
    compare(driven, out, at);
    const bool stopped = out.str().find("early stopping") != std::string::npos;
    EXPECT_EQ(callback.stopped_epoch(), stopped ? driven.epochs - 1 : 0);
  }
}

TEST(Callbacks, ReduceLROnPlateauDecidesAndSpeaksAsKeras) {
  const auto cases = cases_of("ReduceLROnPlateau");
  EXPECT_GE(cases.size(), 60U);
  for (const json& at : cases) {
    std::ostringstream out;
    const json& given = at.at("options");
    auto options = monitor_options<ReduceLROnPlateauOptions>(given, out);
    options.factor = given.value("factor", options.factor);
    options.cooldown = given.value("cooldown", options.cooldown);
    options.min_lr = given.value("min_lr", options.min_lr);
    ReduceLROnPlateau callback(options);
    compare(drive(callback, at.at("values"), at.value("rate", 0.5)), out, at);
  }
}

TEST(Callbacks, LearningRateSchedulerSetsLogsAndSpeaksAsKeras) {
  for (const json& at : cases_of("LearningRateScheduler")) {
    std::ostringstream out;
    LearningRateScheduler callback(
        [](int64_t epoch, double rate) {
          return epoch == 2 ? 1.0 : rate * 0.7 + 0.01 * static_cast<double>(epoch);
        },
        &out);
    compare(drive(callback, {0.5, 0.5, 0.5, 0.5, 0.5}, at.at("rate")), out, at);
  }
}

TEST(Callbacks, TerminateOnNaNStopsAtTheFirstBadLossAsKeras) {
  for (const json& at : cases_of("TerminateOnNaN")) {
    std::ostringstream out;
    TerminateOnNaN callback(&out);
    compare(drive(callback, {0.5, 0.5}, 0.5, at.at("batches")), out, at);
  }
}

TEST(Callbacks, ADrivenCallbackStartsAnewWithTheNextTraining) {
  EarlyStopping callback({.patience = 1});
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(drive(callback, {0.5, 0.4, 0.45, 0.3}, 0.5).epochs, 3);
    EXPECT_EQ(callback.best(), 0.4);
    EXPECT_EQ(callback.best_epoch(), 1);
    EXPECT_EQ(callback.stopped_epoch(), 2);
  }
}

TEST(Callbacks, AutoFollowsTheDirectionOfTheMetric) {
  const auto stops = [](const std::string& monitor, const std::string& mode) {
    Stub model(0.5);
    EarlyStopping callback({.monitor = monitor, .mode = mode});
    TrainingState state;
    state.model = &model;
    callback.on_train_begin(state);
    for (const double value : {0.4, 0.6}) {
      state.logs = {{"acc", value}, {"loss", value}, {"own", value}, {"val_acc", value}};
      callback.on_epoch_end(state);
      ++state.epoch;
    }
    return state.stop_training;
  };
  EXPECT_TRUE(stops("loss", "auto"));
  EXPECT_FALSE(stops("acc", "auto"));
  EXPECT_FALSE(stops("val_acc", "auto"));
  EXPECT_TRUE(stops("val_acc", "min"));
  EXPECT_FALSE(stops("own", "max"));
  EXPECT_TRUE(stops("own", "min"));
}

TEST(Callbacks, RefuseBadOptions) {
  EXPECT_EQ(message_of([] { const EarlyStopping callback({.mode = "mim"}); }),
            "[EarlyStopping] mode: expected auto, min or max, got 'mim'. Fix: did you mean 'min'? "
            "Known: auto, min, "
            "max.");
  EXPECT_THAT(message_of([] { const ReduceLROnPlateau callback({.mode = "up"}); }),
              HasSubstr("[ReduceLROnPlateau] mode: expected auto, min or max, got 'up'."));
  for (const double factor : {1.0, -0.1, std::nan("")}) {
    EXPECT_THAT(
        message_of([&] { const ReduceLROnPlateau callback({.factor = factor}); }),
        HasSubstr("[ReduceLROnPlateau] factor: expected 0 up to, but not including, 1, got "));
  }
  EXPECT_THAT(message_of([] { const ReduceLROnPlateau callback({.min_lr = -1}); }),
              HasSubstr("[ReduceLROnPlateau] min_lr: expected at least 0, got -1."));
}

TEST(Callbacks, RefuseAMonitorThatIsNotThere) {
  Stub model(0.5);
  TrainingState state;
  state.model = &model;
  state.logs = {{"acc", 0.5}, {"loss", 0.3}, {"own", 1}};
  const auto end_of_epoch = [&](const std::string& monitor) {
    return message_of([&] { EarlyStopping({.monitor = monitor}).on_epoch_end(state); });
  };
  EXPECT_EQ(
      end_of_epoch("val_loss"),
      "[EarlyStopping] monitor: expected one of acc, loss, own, got 'val_loss'. Fix: give fit "
      "validation_data or a validation_split, or monitor another key.");
  EXPECT_EQ(end_of_epoch("los"),
            "[EarlyStopping] monitor: expected one of acc, loss, own, got 'los'. Fix: did you mean "
            "'loss'? Known: acc, loss, own.");
  EXPECT_THAT(end_of_epoch("own"), HasSubstr("mode: expected min or max for 'own', got auto."));
  state.validates = true;
  EXPECT_EQ(end_of_epoch("val_loss"), "no error");  // an epoch that does not validate
  EXPECT_THAT(end_of_epoch("val_los"), HasSubstr("got 'val_los'."));
}

}  // namespace
}  // namespace eddy::callbacks_test
