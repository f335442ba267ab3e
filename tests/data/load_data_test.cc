// SPDX-License-Identifier: MIT
// Expected results are those of keras.datasets.imdb.load_data (Keras 3.15.1) on the same arrays.
#include "data/load_data.h"

#include <gmock/gmock.h>

#include "data_support.h"

namespace eddy::data::load_data_test {
namespace {

using datasets::ImdbOptions;
using datasets::Split;
using testing::ElementsAre;

RawSplit raw_split(const Lists& lists, std::vector<uint8_t> labels) {
  RawSplit split;
  for (const auto& list : lists) {
    split.x.parts.push_back({split.x.values.size(), list.size()});
    split.x.values.insert(split.x.values.end(), list.begin(), list.end());
  }
  split.y = std::move(labels);
  return split;
}

// Train: 7 reviews of 2 to 8 ranks; test: 5 of 6 to 2.
RawImdb raw() {
  Lists train(7), test(5);
  for (int i = 0; i < 7; ++i) {
    for (int k = 0; k < 2 + i; ++k)
      train[static_cast<size_t>(i)].push_back((i * 5 + k * 3) % 40 + 1);
  }
  for (int i = 0; i < 5; ++i) {
    for (int k = 0; k < 6 - i; ++k)
      test[static_cast<size_t>(i)].push_back((i * 7 + k * 5) % 40 + 1);
  }
  return {raw_split(train, {1, 1, 1, 1, 0, 0, 0}), raw_split(test, {1, 1, 0, 0, 0})};
}

void expect_split(const Split& split, const Lists& x, const std::vector<float>& y) {
  EXPECT_EQ(split.x, x);
  EXPECT_EQ(split.y.values(), y);
  EXPECT_EQ(split.y.shape(), (Shape{static_cast<int64_t>(y.size())}));
}

const std::vector<float> kTrainLabels = {1, 1, 1, 0, 1, 0, 0};
const std::vector<float> kTestLabels = {0, 0, 0, 1, 1};

TEST(LoadData, ByDefaultOnlyTheLargestIdIsOutOfVocabulary) {
  const auto [train, test] = load_data(raw(), {});
  expect_split(train,
               {{1, 9, 12, 15},
                {1, 19, 22, 25, 28, 31},
                {1, 4, 7},
                {1, 34, 37, 40, 2, 6, 9, 12, 15},
                {1, 14, 17, 20, 23},
                {1, 24, 27, 30, 33, 36, 39},
                {1, 29, 32, 35, 38, 41, 4, 7}},
               kTrainLabels);
  expect_split(test,
               {{1, 18, 23, 28, 33},
                {1, 25, 30, 35},
                {1, 32, 37},
                {1, 11, 16, 21, 26, 31},
                {1, 4, 9, 14, 19, 24, 29}},
               kTestLabels);
}

TEST(LoadData, NumWordsReplacesRareWords) {
  const auto [train, test] = load_data(raw(), {.num_words = 20});
  expect_split(train,
               {{1, 9, 12, 15},
                {1, 19, 2, 2, 2, 2},
                {1, 4, 7},
                {1, 2, 2, 2, 2, 6, 9, 12, 15},
                {1, 14, 17, 2, 2},
                {1, 2, 2, 2, 2, 2, 2},
                {1, 2, 2, 2, 2, 2, 4, 7}},
               kTrainLabels);
  expect_split(
      test,
      {{1, 18, 2, 2, 2}, {1, 2, 2, 2}, {1, 2, 2}, {1, 11, 16, 2, 2, 2}, {1, 4, 9, 14, 19, 2, 2}},
      kTestLabels);
}

TEST(LoadData, SkipTopMeetsTheStartToo) {
  const auto [train, test] = load_data(raw(), {.num_words = 20, .skip_top = 6});
  expect_split(train,
               {{2, 9, 12, 15},
                {2, 19, 2, 2, 2, 2},
                {2, 2, 7},
                {2, 2, 2, 2, 2, 6, 9, 12, 15},
                {2, 14, 17, 2, 2},
                {2, 2, 2, 2, 2, 2, 2},
                {2, 2, 2, 2, 2, 2, 2, 7}},
               kTrainLabels);
  EXPECT_EQ(test.x[4], (std::vector<int32_t>{2, 2, 9, 14, 19, 2, 2}));
}

TEST(LoadData, MaxlenDropsReviewsOfThatLengthAndCountsTheStart) {
  const auto [train, test] = load_data(raw(), {.maxlen = 6});
  expect_split(train, {{1, 9, 12, 15}, {1, 4, 7}, {1, 14, 17, 20, 23}}, {1, 1, 1});
  // The largest id is that of what is left: 37 became out of vocabulary.
  expect_split(test, {{1, 18, 23, 28, 33}, {1, 25, 30, 35}, {1, 32, 2}}, {0, 0, 0});
}

TEST(LoadData, WithoutStartAndOovWordsDisappear) {
  const auto [train, test] = load_data(raw(), {.num_words = 20, .start_char = {}, .oov_char = {}});
  expect_split(train, {{9, 12, 15}, {19}, {4, 7}, {6, 9, 12, 15}, {14, 17}, {}, {4, 7}},
               kTrainLabels);
  expect_split(test, {{18}, {}, {}, {11, 16}, {4, 9, 14, 19}}, kTestLabels);
}

TEST(LoadData, AnotherSeedGivesAnotherOrder) {
  const auto [train, test] = load_data(raw(), {.seed = 7, .start_char = {}, .index_from = 0});
  expect_split(train,
               {{11, 14, 17, 20},
                {26, 29, 32, 35, 38, 1, 4},
                {1, 4},
                {31, 34, 37, 2, 3, 6, 9, 12},
                {16, 19, 22, 25, 28},
                {6, 9, 12},
                {21, 24, 27, 30, 33, 36}},
               {1, 0, 1, 0, 1, 1, 0});
  expect_split(
      test, {{22, 27, 32}, {29, 34}, {15, 20, 25, 30}, {8, 13, 18, 23, 28}, {1, 6, 11, 16, 21, 26}},
      {0, 0, 0, 1, 1});
}

TEST(LoadData, OptionsWorkTogether) {
  const auto [train, test] =
      load_data(raw(), {.num_words = 20, .skip_top = 2, .maxlen = 5, .oov_char = {}});
  expect_split(train, {{9, 12, 15}, {4, 7}}, {1, 1});
  expect_split(test, {{}, {}}, {0, 0});
}

TEST(LoadData, RefusesUnusableOptions) {
  const auto refused = [](const ImdbOptions& options, const std::string& part) {
    expect_error(ErrorCode::invalid_argument, part, [&] { load_data(raw(), options); });
  };
  refused({.num_words = -1}, "num_words: expected 0 to 1000000000, got -1");
  refused({.num_words = int64_t{1} << 40}, "num_words");
  refused({.skip_top = -1}, "skip_top");
  refused({.maxlen = -5}, "maxlen");
  refused({.start_char = -1}, "start_char");
  refused({.oov_char = -1}, "oov_char");
  refused({.index_from = -1}, "index_from");
  refused({.index_from = 2147483647}, "index_from");
  refused({.maxlen = 3}, "maxlen: expected one that keeps some texts, got 3");
}

}  // namespace
}  // namespace eddy::data::load_data_test
