// SPDX-License-Identifier: MIT
// Sequences in memory or in a scratch file: the rows of pad_sequences(), the same training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "eddy/datasets.h"
#include "eddy/model.h"

namespace eddy::padded_sequences_test {
namespace {

using testing::HasSubstr;

constexpr int64_t kMemory = 80'000;  // about 2 of the 12 parts of what follows

Sequences random_sequences(int64_t count) {
  std::mt19937 random(17);
  Sequences sequences(static_cast<size_t>(count));
  for (auto& sequence : sequences) {
    sequence.resize(random() % 161);
    for (int32_t& id : sequence) id = static_cast<int32_t>(random() % 900) + 1;
  }
  sequences[3].clear();
  return sequences;
}

std::shared_ptr<PaddedSequences> stored(const Sequences& sequences, const PadOptions& padding,
                                        int64_t memory) {
  auto source = std::make_shared<PaddedSequences>(padding, ScratchOptions{.memory = memory});
  for (const auto& sequence : sequences) source->add(sequence);
  return source;
}

IntTensor all_rows(const IntSource& source) {
  std::vector<int64_t> samples(static_cast<size_t>(source.shape()[0]));
  std::iota(samples.begin(), samples.end(), int64_t{0});
  IntTensor rows(source.shape());
  source.gather(samples, rows.data());
  return rows;
}

TEST(PaddedSequences, GivesTheRowsOfPadSequences) {
  const Sequences sequences = random_sequences(2400);
  std::vector<PadOptions> paddings = {{}, {.maxlen = 200}};
  for (const char* padding : {"pre", "post"}) {
    for (const char* truncating : {"pre", "post"}) {
      paddings.push_back({.maxlen = 63, .padding = padding, .truncating = truncating, .value = -4});
    }
  }
  for (const PadOptions& padding : paddings) {
    const IntTensor expected = pad_sequences(sequences, padding);
    for (const int64_t memory : {int64_t{0}, kMemory + 8 * 2400}) {
      const auto source = stored(sequences, padding, memory);
      ASSERT_EQ(source->shape(), expected.shape());
      EXPECT_EQ(source->scratch_bytes() > 0, memory > 0);
      EXPECT_EQ(all_rows(*source).values(), expected.values());
      const std::vector<int64_t> some = {2399, 0, 17, 17, 3};
      IntTensor rows({5, source->shape()[1]});
      source->gather(some, rows.data());
      for (size_t i = 0; i < some.size(); ++i) {
        EXPECT_TRUE(std::equal(rows.data() + static_cast<int64_t>(i) * rows.dim(1),
                               rows.data() + static_cast<int64_t>(i + 1) * rows.dim(1),
                               expected.data() + some[i] * rows.dim(1)));
      }
    }
  }
}

TEST(PaddedSequences, TrainsToTheBitsOfTheTensorFromMemoryAndFromItsFile) {
  const Sequences sequences = random_sequences(1500);
  Tensor labels({1500});
  std::mt19937 random(2);
  for (int64_t i = 0; i < 1500; ++i) labels[i] = static_cast<float>(random() % 2);
  const PadOptions padding{.maxlen = 60};
  const auto train = [&](const auto& x) {
    Sequential model({Embedding(901, 6), LSTM(7), Dense(1, "sigmoid")}, {.seed = 9});
    model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"acc"}});
    auto history = model.fit(x, labels, {.epochs = 2, .batch_size = 48, .validation_split = 0.3});
    const Tensor answers = model.predict(x, 50);
    std::vector<std::vector<float>> weights = {answers.values()};
    for (const Tensor& weight : model.get_weights()) weights.push_back(weight.values());
    return std::make_pair(history.history, weights);
  };
  const auto expected = train(pad_sequences(sequences, padding));
  EXPECT_EQ(train(stored(sequences, padding, 0)), expected);
  const auto in_file = stored(sequences, padding, kMemory + 8 * 1500);
  EXPECT_GT(in_file->scratch_bytes(), 0);
  EXPECT_EQ(train(in_file), expected);
}

TEST(PaddedSequences, EmptyOnesAreRowsOfPadding) {
  EXPECT_EQ(stored({}, {.maxlen = 5}, 0)->shape(), (Shape{0, 5}));
  EXPECT_EQ(all_rows(*stored({{}, {}}, {.maxlen = 2, .value = 7}, 0)).values(),
            (std::vector<int32_t>{7, 7, 7, 7}));
}

TEST(PaddedSequences, RefusesWhatItCannotHold) {
  const auto message_of = [](const PadOptions& padding, const ScratchOptions& scratch,
                             int64_t count) -> std::string {
    try {
      PaddedSequences source(padding, scratch);
      for (int64_t i = 0; i < count; ++i) source.add({});
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message_of({}, {.memory = 100'000}, 100'000),
              HasSubstr("[PaddedSequences] sequences: expected at most 4308, for 100000 bytes of "
                        "memory, got more. Fix: raise memory"));
  EXPECT_EQ(message_of({}, {.memory = 1'000'000}, 100'000), "no error");
  EXPECT_THAT(message_of({}, {.memory = -1}, 0), HasSubstr("memory: expected 0 or more"));
  EXPECT_THAT(message_of({.maxlen = 0}, {}, 0), HasSubstr("maxlen: expected 1 or more, got 0"));
  EXPECT_THAT(message_of({.padding = "left"}, {}, 0), HasSubstr("padding: expected \"pre\""));
}

}  // namespace
}  // namespace eddy::padded_sequences_test
