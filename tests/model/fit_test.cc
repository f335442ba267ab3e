// SPDX-License-Identifier: MIT
// Training as a whole: what it learns, that it repeats itself, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "core/random.h"
#include "eddy/layers.h"
#include "eddy/model.h"
#include "eddy/threads.h"
#include "message_of.h"

namespace eddy::fit_test {
namespace {

using testing::HasSubstr;

// Left-padded rows of ids below 20; the label says whether id 7 comes before id 9.
struct Data {
  IntTensor x;
  Tensor y;
};

Data order_task(int64_t rows, int64_t steps) {
  Random random(5);
  Data data{IntTensor({rows, steps}), Tensor({rows})};
  for (int64_t r = 0; r < rows; ++r) {
    const auto length = 4 + static_cast<int64_t>(random.below(static_cast<uint64_t>(steps - 3)));
    for (int64_t t = steps - length; t < steps; ++t) {
      data.x[r * steps + t] = 10 + static_cast<int32_t>(random.below(10));
    }
    int64_t first =
        steps - length + static_cast<int64_t>(random.below(static_cast<uint64_t>(length)));
    int64_t second =
        steps - length + static_cast<int64_t>(random.below(static_cast<uint64_t>(length)));
    if (first == second) second = first == steps - 1 ? first - 1 : first + 1;
    data.x[r * steps + first] = 7;
    data.x[r * steps + second] = 9;
    data.y[r] = first < second ? 1.0F : 0.0F;
  }
  return data;
}

Sequential classifier(const std::string& cell, uint64_t seed = 3) {
  Sequential model(
      {Embedding(20, 6), Recurrent({.units = 12, .cell = cell}), Dropout(0.1), Dense(1, "sigmoid")},
      {.seed = seed});
  model.compile({.optimizer = {"rmsprop", {{"learning_rate", 0.01}}},
                 .loss = "binary_crossentropy",
                 .metrics = {"acc"}});
  return model;
}

bool same_bits(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    const auto bytes = static_cast<size_t>(a[i].size()) * sizeof(float);
    if (std::memcmp(a[i].data(), b[i].data(), bytes) != 0) return false;
  }
  return a.size() == b.size();
}

TEST(Fit, LearnsTheOrderOfTwoIds) {
  const Data data = order_task(1200, 12);
  for (const auto& cell : cell_names()) {
    Sequential model = classifier(cell);
    const History history =
        model.fit(data.x, data.y, {.epochs = 20, .batch_size = 50, .validation_split = 0.2});
    EXPECT_GT(history.history.at("val_acc").back(), 0.95) << cell;
    EXPECT_THAT(history.epoch, testing::SizeIs(20));
    EXPECT_THAT(history.history, testing::SizeIs(4));
  }
}

TEST(Fit, IsTheSameBitForBitWithAnyNumberOfThreads) {
  const Data data = order_task(300, 25);
  for (const auto& cell : cell_names()) {
    std::vector<std::vector<Tensor>> weights;
    std::vector<History> histories;
    for (const int threads : {1, 2, 3}) {
      set_num_threads(threads);
      Sequential model = classifier(cell);
      histories.push_back(
          model.fit(data.x, data.y, {.epochs = 2, .batch_size = 70, .validation_split = 0.1}));
      weights.push_back(model.get_weights());
    }
    set_num_threads(0);
    EXPECT_TRUE(same_bits(weights[0], weights[1])) << cell;
    EXPECT_TRUE(same_bits(weights[0], weights[2])) << cell;
    EXPECT_EQ(histories[0].history, histories[1].history) << cell;
    EXPECT_EQ(histories[0].history, histories[2].history) << cell;
  }
}

// Threads share the units of a step there, and a block has 64 rows.
TEST(Fit, OfLargeLayersIsTheSameBitForBitWithAnyNumberOfThreads) {
  const Data data = order_task(70, 9);
  for (const auto& cell : cell_names()) {
    RecurrentOptions first;
    first.cell = cell;
    first.units = 400;
    first.return_sequences = true;
    RecurrentOptions second = first;
    second.units = 401;
    second.return_sequences = false;
    std::vector<std::vector<Tensor>> weights;
    for (const int threads : {1, 2, 3}) {
      set_num_threads(threads);
      Sequential model({Embedding(20, 3), Recurrent(first), Recurrent({.units = 401, .cell = cell}),
                        Dense(1, "sigmoid")},
                       {.seed = 5});
      model.compile({.optimizer = "sgd", .loss = "binary_crossentropy"});
      model.fit(data.x, data.y, {.epochs = 2, .batch_size = 70});
      weights.push_back(model.get_weights());
    }
    set_num_threads(0);
    EXPECT_TRUE(same_bits(weights[0], weights[1])) << cell;
    EXPECT_TRUE(same_bits(weights[0], weights[2])) << cell;
  }
}

TEST(Fit, DependsOnTheSeedAlone) {
  const Data data = order_task(100, 9);
  const auto train = [&](uint64_t seed) {
    Sequential model = classifier("lstm", seed);
    model.fit(data.x, data.y, {.epochs = 1, .batch_size = 32});
    return model.get_weights();
  };
  EXPECT_TRUE(same_bits(train(1), train(1)));
  EXPECT_FALSE(same_bits(train(1), train(2)));
}

// Evaluating the training part without dropout must give what predict gives, sample by sample.
TEST(Evaluate, AgreesWithPredict) {
  const Data data = order_task(90, 9);
  Sequential model = classifier("gru");
  model.fit(data.x, data.y, {.epochs = 1});
  const Tensor p = model.predict(data.x, 7);
  EXPECT_EQ(p.shape(), (Shape{90, 1}));
  double loss = 0, right = 0;
  for (int64_t i = 0; i < 90; ++i) {
    loss -= std::log(data.y[i] > 0.5F ? p[i] : 1 - p[i]) / 90;
    right += (p[i] > 0.5F) == (data.y[i] > 0.5F) ? 1.0 / 90 : 0;
  }
  const Metrics metrics = model.evaluate(data.x, data.y, 13);
  ASSERT_THAT(metrics, testing::SizeIs(2));
  EXPECT_EQ(metrics[0].first, "loss");
  EXPECT_NEAR(metrics[0].second, loss, 1e-5);
  EXPECT_EQ(metrics[1].first, "acc");
  EXPECT_NEAR(metrics[1].second, right, 1e-9);
}

TEST(Fit, ValidatesOnTheEndOfTheData) {
  Data data = order_task(100, 9);
  struct Seen : Callback {
    int64_t samples = 0, batches = 0;
    void on_train_begin(TrainingState& state) override {
      samples = state.samples;
      batches = state.batches;
    }
  } seen;
  Sequential model = classifier("lstm");
  const History history =
      model.fit(data.x, data.y, {.batch_size = 32, .validation_split = 0.3, .callbacks = {&seen}});
  EXPECT_EQ(seen.samples, 70);
  EXPECT_EQ(seen.batches, 3);
  const IntTensor tail({30, 9}, {data.x.values().begin() + 630, data.x.values().end()});
  const Tensor labels({30}, {data.y.values().begin() + 70, data.y.values().end()});
  EXPECT_NEAR(model.evaluate(tail, labels, 32)[0].second, history.history.at("val_loss")[0], 1e-6);
}

TEST(Fit, StopsAfterTheBatchOrTheEpochOnRequest) {
  const Data data = order_task(100, 9);
  struct Stop : Callback {
    bool now = false;
    void on_train_batch_end(TrainingState& state) override {
      if (state.epoch == 1 && state.batch == 1) (now ? state.stop_now : state.stop_training) = true;
    }
  } stop;
  Sequential model = classifier("lstm");
  History history = model.fit(data.x, data.y, {.epochs = 5, .callbacks = {&stop}});
  EXPECT_THAT(history.epoch, testing::ElementsAre(0, 1));
  EXPECT_FALSE(history.interrupted);
  stop.now = true;
  history = model.fit(data.x, data.y, {.epochs = 5, .callbacks = {&stop}});
  EXPECT_THAT(history.epoch, testing::ElementsAre(0));
  EXPECT_TRUE(history.interrupted);
}

TEST(Fit, NamesLayerAndStepOfALossThatIsNotFinite) {
  const Data data = order_task(64, 9);
  Sequential model({Embedding(20, 4), SimpleRNN({.units = 4, .activation = "linear"}), Dense(1)},
                   {.seed = 1});
  model.compile({.optimizer = {"sgd", {{"learning_rate", 1e30}}}, .loss = "mse"});
  const std::string message = message_of([&] { model.fit(data.x, data.y); });
  EXPECT_THAT(message, HasSubstr("epoch 1, step 2"));
  EXPECT_THAT(message, HasSubstr("layer '"));
  EXPECT_THAT(message, HasSubstr("Fix: lower the learning_rate (now 1e+30)"));
}

TEST(Fit, RefusesBadArgumentsWithTheWayOut) {
  const Data data = order_task(40, 9);
  Sequential model = classifier("lstm");
  const auto fit = [&](FitOptions options) {
    return message_of([&] { model.fit(data.x, data.y, options); });
  };
  EXPECT_THAT(fit({.epochs = 0}), HasSubstr("[fit] epochs: expected at least 1, got 0. Fix: "));
  EXPECT_THAT(fit({.batch_size = 0}), HasSubstr("batch_size: expected at least 1, got 0."));
  EXPECT_THAT(fit({.validation_split = 1}), HasSubstr("validation_split: expected 0 up to"));
  EXPECT_THAT(fit({.validation_split = 0.99}), HasSubstr("expected samples on both sides"));
  EXPECT_THAT(message_of([&] { model.fit(data.x, Tensor({3})); }),
              HasSubstr("expected one for each of 40 samples, got 3."));
  Tensor labels = data.y;
  labels[5] = 2;
  EXPECT_THAT(message_of([&] { model.fit(data.x, labels); }),
              HasSubstr("targets: expected numbers from 0 to 1, got 2 at 5."));
  IntTensor ids = data.x;
  ids[13] = 20;
  EXPECT_THAT(message_of([&] { model.fit(ids, data.y); }),
              HasSubstr("[embedding] ids: expected 0 to 19, got 20 in row"));
  EXPECT_THAT(message_of([&] {
                model.predict(IntTensor({2, 8}));
              }),
              HasSubstr("input: expected (None, 9), got (2, 8)."));
}

TEST(Build, RefusesBadLayersByName) {
  const auto build = [](std::vector<LayerSpec> layers, const Shape& shape) {
    return message_of([&] { Sequential(std::move(layers)).build(shape); });
  };
  EXPECT_THAT(build({LSTM(0)}, {kNone, 3, 2}), HasSubstr("[lstm] units: expected 1 to"));
  EXPECT_THAT(build({LSTM(3)}, {kNone, 3}),
              HasSubstr("[lstm] input: expected [batch, time, features]"));
  EXPECT_THAT(build({Dense(3, "sigmod")}, {kNone, 3}), HasSubstr("did you mean 'sigmoid'?"));
  EXPECT_THAT(build({Dropout(1.5)}, {kNone, 3}), HasSubstr("rate: expected 0 to 1, got 1.5."));
  EXPECT_THAT(build({Embedding(0, 3)}, {kNone, 3}), HasSubstr("input_dim: expected 1 to"));
  EXPECT_THAT(build({}, {kNone, 3}), HasSubstr("layers: expected at least one, got 0."));
  EXPECT_THAT(message_of([] { Recurrent({.units = 3, .cell = "ltsm"}); }), HasSubstr("'lstm'"));
}

TEST(Compile, RefusesUnknownWordsWithTheNearest) {
  const auto compile = [](CompileOptions options) {
    return message_of([&] { Sequential({Dense(1)}).compile(options); });
  };
  EXPECT_THAT(compile({.optimizer = "rmsprob", .loss = "mse"}),
              HasSubstr("did you mean 'rmsprop'?"));
  EXPECT_THAT(compile({.loss = "binary_crossentropi"}),
              HasSubstr("did you mean 'binary_crossentropy'?"));
  EXPECT_THAT(compile({.loss = "mse", .metrics = {"acuracy"}}),
              HasSubstr("did you mean 'accuracy'?"));
  EXPECT_THAT(compile({.optimizer = {"sgd", {{"rho", 0.9}}}, .loss = "mse"}),
              HasSubstr("got 'rho'."));
  EXPECT_THAT(compile({.optimizer = {"adam", {{"learning_rate", -1}}}, .loss = "mse"}),
              HasSubstr("learning_rate: expected at least 0, got -1"));
}

}  // namespace
}  // namespace eddy::fit_test
