// SPDX-License-Identifier: MIT
// The linear baseline: counts by hand, the optimum of its machine, what pairs of words can tell.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "data/dual_descent.h"
#include "eddy/error.h"
#include "eddy/text_classifier.h"
#include "eddy/threads.h"

namespace eddy::naive_bayes_bigrams_test {
namespace {

constexpr double kFloat = 1e-6;  // ratios are floats near 1

// p + 1: 5: 3, 6: 2, 7: 2, (5,6): 2, (5,7): 2, (6,7): 1, (7,7): 1, together 13;
// q + 1: 5: 1, 6: 2, 7: 2, (5,6): 1, (5,7): 1, (6,7): 2, (7,7): 2, together 11.
TEST(NaiveBayesBigrams, LogCountRatiosAreThoseByHand) {
  NaiveBayesBigrams model({.C = 1, .min_texts = 1});
  model.fit({{5, 6}, {5, 7}, {6, 7, 7, 7}}, Tensor(std::vector<float>{1, 1, 0}), 2);
  EXPECT_EQ(model.features(), 7);
  EXPECT_NEAR(model.log_count_ratio(1, 5).value(), std::log((3 / 13.0) / (1 / 11.0)), kFloat);
  EXPECT_NEAR(model.log_count_ratio(1, 6).value(), std::log((2 / 13.0) / (2 / 11.0)), kFloat);
  EXPECT_NEAR(model.log_count_ratio(1, 5, 7).value(), std::log((2 / 13.0) / (1 / 11.0)), kFloat);
  EXPECT_NEAR(model.log_count_ratio(1, 7, 7).value(), std::log((1 / 13.0) / (2 / 11.0)), kFloat);
  EXPECT_FALSE(model.log_count_ratio(1, 7, 5).has_value());
  EXPECT_FALSE(model.log_count_ratio(1, 8).has_value());
}

TEST(NaiveBayesBigrams, WhatTooFewTextsHoldDoesNotCount) {
  NaiveBayesBigrams model({.C = 1});
  model.fit({{5, 6}, {5, 7}, {6, 7, 7, 7}}, Tensor(std::vector<float>{1, 1, 0}), 2);
  EXPECT_EQ(model.features(), 3);
  EXPECT_FALSE(model.log_count_ratio(1, 5, 6).has_value());
  NaiveBayesBigrams small({.C = 1, .max_features = 2});
  small.fit({{1, 2, 3}, {1, 2}, {1, 2}, {3}}, Tensor(std::vector<float>{1, 1, 0, 0}), 2);
  EXPECT_LE(small.features(), 3);  // 1, 2 and (1, 2) are in three texts
  EXPECT_FALSE(small.log_count_ratio(1, 3).has_value());
}

// Class 2 against the others: p + 0.5 of 4: 2.5, of 3: 0.5, together 3; q: 4: 0.5, 3: 2.5.
TEST(NaiveBayesBigrams, OfManyClassesEachStandsAgainstTheOthers) {
  NaiveBayesBigrams model({.alpha = 0.5, .C = 1, .min_texts = 1});
  model.fit({{3}, {3}, {4}, {4}}, Tensor(std::vector<float>{0, 1, 2, 2}), 3);
  EXPECT_NEAR(model.log_count_ratio(2, 4).value(), std::log(2.5 / 0.5), kFloat);
  EXPECT_NEAR(model.log_count_ratio(0, 3).value(), std::log((1.5 / 2) / (1.5 / 4)), kFloat);
  EXPECT_EQ(model.decision_function({{4}}).shape(), (Shape{1, 3}));
  EXPECT_EQ(model.predict({{4}})[0], 2);
}

TEST(NaiveBayesBigrams, RatiosOfRowsLeaveSpecialIdsAtZero) {
  const IntTensor rows({3, 4}, {2, 3, 3, 0, 2, 4, 1, 0, 3, 4, 4, 0});
  const Tensor table = log_count_ratios(rows, Tensor(std::vector<float>{1, 1, 0}), 2, 6);
  ASSERT_EQ(table.shape(), (Shape{6, 1}));
  EXPECT_EQ(table[0], 0);
  EXPECT_EQ(table[1], 0);
  // p + 1: 3 2 2 1, together 8; q + 1: 1 2 2 1, together 6; id 5 is in no text.
  EXPECT_NEAR(table[2], std::log((3 / 8.0) / (1 / 6.0)), kFloat);
  EXPECT_NEAR(table[3], std::log((2 / 8.0) / (2 / 6.0)), kFloat);
  EXPECT_NEAR(table[5], std::log((1 / 8.0) / (1 / 6.0)), kFloat);
  EXPECT_THROW(log_count_ratios(rows, Tensor(std::vector<float>{1, 1, 0}), 2, 4), Error);
}

TEST(NaiveBayesBigrams, RatiosOfRowsThatNeedNotBeInMemory) {
  PaddedSequences rows({.maxlen = 4, .padding = "post"});
  for (const std::vector<int32_t>& ids : Sequences{{2, 3, 3}, {2, 4, 1}, {3, 4, 4}, {5}}) {
    rows.add(ids);
  }
  const Tensor y(std::vector<float>{1, 2, 0, 1});
  const Tensor table = log_count_ratios(rows, y, 3, 6);
  ASSERT_EQ(table.shape(), (Shape{6, 3}));
  // Texts of class 1 that hold 2, 3, 4, 5, plus 1: 2 2 1 2; of the others: 2 2 3 1.
  EXPECT_NEAR(table[2 * 3 + 1], std::log((2 / 7.0) / (2 / 8.0)), kFloat);
  EXPECT_NEAR(table[4 * 3 + 1], std::log((1 / 7.0) / (3 / 8.0)), kFloat);
  EXPECT_NEAR(table[5 * 3 + 1], std::log((2 / 7.0) / (1 / 8.0)), kFloat);
  const IntTensor same({4, 4}, {2, 3, 3, 0, 2, 4, 1, 0, 3, 4, 4, 0, 5, 0, 0, 0});
  EXPECT_EQ(log_count_ratios(same, y, 3, 6).values(), table.values());
  EXPECT_THROW(log_count_ratios(rows, Tensor(std::vector<float>{1, 2, 0}), 3, 6), Error);
  EXPECT_THROW(log_count_ratios(rows, y, 2, 6), Error);
}

// The gradient of |w|^2 / 2 + C sum max(0, 1 - y answer)^2 is zero at the optimum.
TEST(DualDescent, EndsWhereTheGradientOfThePrimalIsZero) {
  std::mt19937 random(3);
  constexpr int64_t kRows = 23, kFeatures = 11;
  data::FeatureRows rows;
  std::vector<int8_t> sides;
  std::vector<int32_t> chosen;
  std::vector<float> scales;
  for (int64_t f = 0; f < kFeatures; ++f) scales.push_back(0.3F + 0.1F * static_cast<float>(f));
  for (int32_t i = 0; i < kRows; ++i) {
    for (int32_t f = 0; f < kFeatures; ++f) {
      if (random() % 3 == 0) rows.features.push_back(f);
    }
    rows.begin.push_back(static_cast<int64_t>(rows.features.size()));
    sides.push_back(random() % 2 == 0 ? 1 : -1);
    if (i % 7 != 3) chosen.push_back(i);
  }
  const double C = 0.7;
  const auto found = data::dual_descent({rows, chosen, sides, scales, C, 2000, 1e-7});
  std::vector<double> gradient;
  for (int64_t f = 0; f < kFeatures; ++f) {
    const auto at = static_cast<size_t>(f);
    gradient.push_back(found.weights[at] / scales[at]);
  }
  double bias_gradient = found.bias;
  for (const int32_t i : chosen) {
    double answer = found.bias;
    for (const int32_t f : rows.row(i)) answer += found.weights[static_cast<size_t>(f)];
    const double y = sides[static_cast<size_t>(i)];
    const double pull = 2 * C * std::max(0.0, 1 - y * answer) * y;
    for (const int32_t f : rows.row(i)) {
      gradient[static_cast<size_t>(f)] -= pull * scales[static_cast<size_t>(f)];
    }
    bias_gradient -= pull;
  }
  for (const double value : gradient) EXPECT_NEAR(value, 0, 1e-5);  // weights are floats
  EXPECT_NEAR(bias_gradient, 0, 1e-5);
}

struct Texts {
  Sequences x;
  std::vector<float> y;
};

// The class is the order of the words 3, 4 and 5: what single words cannot tell.
Texts ordered_texts(int64_t count, uint32_t seed) {
  const int32_t orders[3][3] = {{3, 4, 5}, {5, 4, 3}, {4, 3, 5}};
  std::mt19937 random(seed);
  Texts texts;
  for (int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<size_t>(random() % 3);
    std::vector<int32_t> words;
    for (int32_t k = 0; k < 20; ++k) words.push_back(static_cast<int32_t>(6 + random() % 30));
    words.insert(words.begin() + static_cast<std::ptrdiff_t>(random() % 20), orders[label],
                 orders[label] + 3);
    texts.x.push_back(words);
    texts.y.push_back(static_cast<float>(label));
  }
  return texts;
}

TEST(NaiveBayesBigrams, FindsWhatOnlyPairsTellAndIsTheSameForAnyNumberOfThreads) {
  const Texts known = ordered_texts(700, 1), judged = ordered_texts(300, 2);
  std::vector<float> first;
  for (const int64_t threads : {1, 3}) {
    set_num_threads(threads);
    NaiveBayesBigrams model;
    model.fit(known.x, Tensor(known.y), 3);
    EXPECT_GE(model.accuracy(judged.x, Tensor(judged.y)), 0.99);
    const Tensor answers = model.decision_function(judged.x);
    if (first.empty()) first = answers.values();
    EXPECT_EQ(answers.values(), first);
  }
  set_num_threads(0);
}

TEST(NaiveBayesBigrams, SaysWhatIsWrong) {
  NaiveBayesBigrams model;
  const Tensor y(std::vector<float>{0, 1});
  EXPECT_THROW(model.predict({{1}}), Error);
  EXPECT_THROW(model.fit({{1}}, y, 2), Error);
  EXPECT_THROW(model.fit({{1}, {-1}}, y, 2), Error);
  EXPECT_THROW(model.fit({{1}, {2}}, Tensor(std::vector<float>{0, 2}), 2), Error);
  EXPECT_THROW(model.fit({{1}, {2}}, Tensor(std::vector<float>{0, 0.5F}), 2), Error);
  EXPECT_THROW(model.fit({{1}, {2}}, y, 1), Error);
  EXPECT_THROW(model.fit({}, Tensor(std::vector<float>{}), 2), Error);
  EXPECT_THROW(NaiveBayesBigrams({.alpha = 0}), Error);
  model.fit({{}, {}}, y, 2);  // texts without a word: the bias alone answers
  EXPECT_EQ(model.features(), 0);
  EXPECT_EQ(model.predict({{4}}).size(), 1);
}

}  // namespace
}  // namespace eddy::naive_bayes_bigrams_test
