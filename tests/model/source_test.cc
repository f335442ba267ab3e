// SPDX-License-Identifier: MIT
// Samples from a source give the bits of the same samples in memory.
#include "eddy/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "eddy/callbacks.h"
#include "eddy/model.h"
#include "eddy/threads.h"

namespace eddy::source_test {
namespace {

using testing::HasSubstr;

constexpr int64_t kSamples = 53, kSteps = 7, kFeatures = 3, kWords = 19;

// A tensor behind the interface; counts the rows that were asked for.
template <class T>
class OfTensor : public BasicSource<T> {
 public:
  explicit OfTensor(BasicTensor<T> tensor) : tensor_(std::move(tensor)) {}
  const Shape& shape() const override { return tensor_.shape(); }
  void gather(std::span<const int64_t> samples, T* rows) const override {
    const int64_t width = tensor_.size() / tensor_.dim(0);
    for (const int64_t sample : samples) {
      if (sample == fails_at) throw Error(ErrorCode::io, "source", "disk: gone.", "mend it.");
      std::copy_n(tensor_.data() + sample * width, width, rows);
      rows += width;
      ++gathered;
    }
  }
  int64_t fails_at = -1;
  mutable int64_t gathered = 0;

 private:
  BasicTensor<T> tensor_;
};

struct Data {
  IntTensor ids{{kSamples, kSteps}};
  Tensor reals{{kSamples, kSteps, kFeatures}}, labels{{kSamples}};

  Data() {
    std::mt19937 random(11);
    std::normal_distribution<float> normal;
    for (int64_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(random() % kWords);
    for (int64_t i = 0; i < reals.size(); ++i) reals[i] = normal(random);
    for (int64_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<float>(random() % 2);
    for (int64_t i = 0; i < kSamples; ++i) {  // zeros in front, as pad_sequences leaves them
      std::fill_n(ids.data() + i * kSteps, i % 5, 0);
    }
  }
};

Model model_of_both() {
  const Symbol ids = InputLayer({kSteps}, "int32"), reals = InputLayer({kSteps, kFeatures});
  const Symbol joined = Concatenate()({LSTM(5)(Embedding(kWords, 4)(ids)), GRU(6)(reals)});
  Model model({ids, reals}, {Dense(1, "sigmoid")(joined)}, {.seed = 3});
  model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"acc"}});
  return model;
}

std::vector<Input> in_memory(const Data& data) { return {data.ids, data.reals}; }
std::vector<SampleSource> from_sources(const Data& data) {
  return {std::make_shared<OfTensor<int32_t>>(data.ids),
          std::make_shared<OfTensor<float>>(data.reals)};
}

void expect_equal(Model& model, Model& other) {
  const auto weights = model.get_weights(), others = other.get_weights();
  ASSERT_EQ(weights.size(), others.size());
  for (size_t i = 0; i < weights.size(); ++i) EXPECT_EQ(weights[i].values(), others[i].values());
}

TEST(Source, TrainsToTheBitsOfTheDataInMemory) {
  const Data data;
  for (const bool shuffle : {true, false}) {
    FitOptions options{.epochs = 3, .batch_size = 8, .validation_split = 0.2, .shuffle = shuffle};
    Model model = model_of_both(), other = model_of_both();
    const History history = model.fit(in_memory(data), {data.labels}, options);
    set_num_threads(3);
    const History others = other.fit(from_sources(data), {data.labels}, options);
    set_num_threads(0);
    EXPECT_EQ(history.history, others.history);
    expect_equal(model, other);
    EXPECT_EQ(model.predict_outputs(in_memory(data))[0].values(),
              other.predict_outputs(from_sources(data), 10)[0].values());
    EXPECT_EQ(model.evaluate(in_memory(data), {data.labels}),
              other.evaluate(from_sources(data), {data.labels}));
  }
}

TEST(Source, ServesAsValidationDataAndBuildsTheModel) {
  const Data data;
  const auto history_of = [&](const auto& x, const auto& validation, int64_t steps) {
    Sequential model({Embedding(kWords, 4), LSTM(5), Dense(1, "sigmoid")}, {.seed = 5});
    model.compile({.loss = "binary_crossentropy"});
    return model
        .fit(x, data.labels,
             {.epochs = 4,
              .batch_size = 10,
              .validation_data = LabelledData(validation, data.labels),
              .steps_per_epoch = steps,
              .validation_steps = 2})
        .history;
  };
  const auto source = std::make_shared<OfTensor<int32_t>>(data.ids);
  for (const int64_t steps : {0, 4}) {
    EXPECT_EQ(history_of(data.ids, data.ids, steps), history_of(source, source, steps));
  }
  EXPECT_GT(source->gathered, 0);
}

// In the second epoch.
class StopsAfter : public Callback {
 public:
  explicit StopsAfter(int64_t batch) : batch_(batch) {}
  void on_train_batch_end(TrainingState& state) override {
    if (state.epoch == 1 && state.batch == batch_) state.stop_now = true;
  }

 private:
  int64_t batch_;
};

TEST(Source, GoesOnFromABackupOfDataInMemory) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "eddy-source-test";
  std::filesystem::remove_all(folder);
  const Data data;
  const auto fit = [&](Model& model, const auto& x, int64_t stops_after) {
    BackupAndRestore backup({.backup_dir = folder, .save_freq = 3});
    StopsAfter stop(stops_after);
    return model.fit(x, {data.labels},
                     {.epochs = 3, .batch_size = 8, .callbacks = {&backup, &stop}});
  };
  Model calm = model_of_both(), other = model_of_both();
  const History whole = calm.fit(in_memory(data), {data.labels}, {.epochs = 3, .batch_size = 8});
  fit(other, in_memory(data), 4);
  Model resumed = model_of_both();
  EXPECT_EQ(fit(resumed, from_sources(data), -1).history, whole.history);
  expect_equal(calm, resumed);
  std::filesystem::remove_all(folder);
}

TEST(Source, WhatItThrowsEndsTheCallAndANullOneIsRefused) {
  const Data data;
  Sequential model({Embedding(kWords, 4), LSTM(5), Dense(1, "sigmoid")}, {.seed = 5});
  model.compile({.loss = "binary_crossentropy"});
  const auto source = std::make_shared<OfTensor<int32_t>>(data.ids);
  source->fails_at = 31;
  EXPECT_THROW(model.fit(source, data.labels), Error);
  source->fails_at = -1;
  EXPECT_NO_THROW(model.fit(source, data.labels));
  try {
    model.evaluate(SampleSource(), data.labels);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("[SampleSource] source: expected one, got a null pointer."));
  }
  const Tensor fewer(std::vector<float>(7));
  EXPECT_THROW(model.fit(source, fewer), Error);
}

}  // namespace
}  // namespace eddy::source_test
