// SPDX-License-Identifier: MIT
// Explanations against the plain computation: every variant of an input through predict(),
// gradients against differences of a network in double, integrated gradients against their sum.
#include "eddy/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"
#include "eddy/model.h"
#include "model/explainer.h"

namespace eddy::explain_test {
namespace {

using testing::HasSubstr;

constexpr int32_t kVocabulary = 23;

void randomize(Model& model, uint64_t seed, double limit = 0.6) {
  Random random(seed);
  std::vector<Tensor> weights = model.get_weights();
  for (Tensor& weight : weights) {
    for (int64_t i = 0; i < weight.size(); ++i) {
      weight[i] = static_cast<float>(random.uniform(-limit, limit));
    }
  }
  model.set_weights(weights);
}

Sequential make(std::vector<LayerSpec> layers, const Shape& shape, uint64_t seed = 5) {
  Sequential model(std::move(layers), {.seed = 1});
  model.build(shape);
  randomize(model, seed);
  return model;
}

LayerSpec embedding(bool mask_zero) {
  return Embedding({.input_dim = kVocabulary, .output_dim = 3, .mask_zero = mask_zero});
}

// A row of T ids, `words` of them not padding.
IntTensor ids_row(int64_t T, int64_t words, bool behind, uint64_t seed = 3) {
  Random random(seed);
  IntTensor row({1, T});
  for (int64_t i = 0; i < words; ++i) {
    row[behind ? i : T - words + i] = 1 + static_cast<int32_t>(random.below(kVocabulary - 1));
  }
  return row;
}

// The row of these ids, filled up.
IntTensor padded(const std::vector<int32_t>& ids, int64_t T, bool behind) {
  IntTensor row({1, T});
  const auto n = static_cast<int64_t>(ids.size());
  std::copy(ids.begin(), ids.end(), row.data() + (behind ? 0 : T - n));
  return row;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = a.size() == b.size() ? 0 : INFINITY;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    const double difference = std::abs(a[i] - b[i]);
    worst = difference <= worst ? worst : difference;
  }
  return worst;
}

struct Case {
  const char* name;
  std::vector<LayerSpec> layers;
  bool behind;  // padding
  bool keeps_states;
};

std::vector<Case> cases() {
  const RecurrentOptions first{.units = 5, .return_sequences = true};
  return {{"article", {embedding(false), LSTM(7), Dense(2, "sigmoid")}, false, true},
          {"masked", {embedding(true), LSTM(7), Dense(2, "softmax")}, false, true},
          {"behind", {embedding(false), GRU(7), Dense(2)}, true, true},
          {"masked behind",
           {embedding(true), Dropout(0.5), SimpleRNN(7), Dropout(0.3), Dense(4, "relu"), Dense(2)},
           true,
           true},
          {"stacked",
           {embedding(false), SpatialDropout1D(0.2), LSTM(first), Dense(4, "tanh"), GRU(6),
            Dense(2, "sigmoid")},
           false,
           true},
          {"stacked masked", {embedding(true), GRU(first), LSTM(6), Dense(2)}, false, true},
          {"both ways", {embedding(true), Bidirectional(LSTM(4)), Dense(2)}, false, false},
          {"pooled", {embedding(true), LSTM(first), GlobalMaxPooling1D(), Dense(2)}, false, false},
          {"backwards",
           {embedding(false), GRU({.units = 6, .go_backwards = true}), Dense(2)},
           false,
           false}};
}

// More than two of the segments after which states are kept, and no multiple of one.
constexpr int64_t kSteps = 45, kWords = 37;

TEST(Explain, LeavingOutAndEndingEqualPredictingEveryVariant) {
  for (const Case& test : cases()) {
    Sequential model = make(test.layers, {kNone, kSteps});
    const IntTensor x = ids_row(kSteps, kWords, test.behind);
    std::vector<int32_t> ids;
    for (const int32_t id : x.values()) {
      if (id != 0) ids.push_back(id);
    }
    const auto f = [&](const std::vector<int32_t>& kept) {
      return static_cast<double>(model.predict(padded(kept, kSteps, test.behind))[1]);
    };
    std::vector<double> shares(static_cast<size_t>(kSteps), 0.0);
    std::vector<double> after(static_cast<size_t>(kSteps), std::nan(""));
    const size_t begin = test.behind ? 0 : static_cast<size_t>(kSteps - kWords);
    for (size_t i = 0; i < ids.size(); ++i) {
      std::vector<int32_t> without = ids;
      without.erase(without.begin() + static_cast<int64_t>(i));
      shares[begin + i] = f(ids) - f(without);
      after[begin + i] = f({ids.begin(), ids.begin() + static_cast<int64_t>(i) + 1});
    }
    const Explanation found = explain(model, x, {.output = 1});
    // The same float sums up to their order: a few roundings of numbers near 1.
    EXPECT_LT(largest_difference(found.shares, shares), 2e-6) << test.name;
    EXPECT_LT(largest_difference(found.after, after), 2e-6) << test.name;
    EXPECT_NEAR(found.answer, f(ids), 1e-6) << test.name;
    EXPECT_TRUE(std::isnan(found.completeness_error));
    EXPECT_EQ(found.baseline, "");
    EXPECT_EQ(Explainer(model, {}).keeps_states(), test.keeps_states) << test.name;
  }
}

TEST(Explain, EmptyRowsAndSingleWordsAreExplained) {
  for (const Case& test : cases()) {
    Sequential model = make(test.layers, {kNone, kSteps});
    const IntTensor word = ids_row(kSteps, 1, test.behind), nothing({1, kSteps});
    const auto f = [&](const IntTensor& x) { return static_cast<double>(model.predict(x)[0]); };
    const Explanation found = explain(model, word);
    const size_t at = test.behind ? 0 : static_cast<size_t>(kSteps - 1);
    EXPECT_NEAR(found.shares[at], f(word) - f(nothing), 2e-6) << test.name;
    EXPECT_NEAR(found.after[at], f(word), 2e-6) << test.name;
    const Explanation empty = explain(model, nothing);
    EXPECT_NEAR(empty.answer, f(nothing), 2e-6) << test.name;
    EXPECT_EQ(empty.shares, std::vector<double>(static_cast<size_t>(kSteps), 0.0)) << test.name;
  }
}

Tensor reals(int64_t T, int64_t X, uint64_t seed) {
  Random random(seed);
  Tensor x({1, T, X});
  for (int64_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(random.uniform(-2, 3));
  return x;
}

TEST(Explain, ValuesAreReplacedByTheMeanThatTheModelLearned) {
  constexpr int64_t T = 35, X = 2;
  LayerSpec normalization = Normalization();
  Tensor data({3, X}, {1, 10, 2, 30, 6, 20});
  normalization.adapt(data);
  Sequential model({normalization, GRU(6), Dense(3)}, {.seed = 4});
  model.build({kNone, T, X});
  const Tensor x = reals(T, X, 8);
  const Explanation found = explain(model, x, {.output = 2});
  EXPECT_EQ(found.baseline, "mean");
  const double answer = static_cast<double>(model.predict(x)[2]);
  std::vector<double> shares;
  for (int64_t i = 0; i < x.size(); ++i) {
    Tensor without = x;
    without[i] = i % X == 0 ? 3.0F : 20.0F;
    shares.push_back(answer - static_cast<double>(model.predict(without)[2]));
  }
  EXPECT_LT(largest_difference(found.shares, shares), 2e-6);
  ASSERT_EQ(found.after.size(), static_cast<size_t>(T));
  EXPECT_NEAR(found.after.back(), answer, 2e-6);
  // The first answers are those to shorter inputs.
  Sequential any({normalization, GRU(6), Dense(3)}, {.seed = 4});
  any.build({kNone, kNone, X});
  any.set_weights(model.get_weights());
  const Tensor begin({1, 20, X}, {x.data(), x.data() + 20 * X});
  EXPECT_NEAR(found.after[19], static_cast<double>(any.predict(begin)[2]), 2e-6);
  const Explanation zero = explain(model, x, {.output = 2, .baseline = "zero"});
  EXPECT_GT(largest_difference(zero.shares, shares), 1e-3);
}

TEST(Explain, GradientsEqualDifferencesInDouble) {
  constexpr int64_t T = 11, E = 3;
  const std::vector<LayerSpec> behind = {Bidirectional(LSTM(4)), Dropout(0.4), Dense(3, "softmax")};
  std::vector<LayerSpec> layers = {embedding(false)};
  layers.insert(layers.end(), behind.begin(), behind.end());
  Sequential model = make(layers, {kNone, T});
  const IntTensor x = ids_row(T, 9, false);
  // The network behind the embedding, in double.
  std::vector<LayerSpec> named = model.description().specs;
  Graph<double> graph({named.begin() + 1, named.end()}, {kNone, T, E});
  graph.allocate();
  const std::vector<Tensor> weights = model.get_weights();
  const auto mine = graph.weights();
  for (size_t w = 0; w < mine.size(); ++w) {
    std::copy(weights[w + 1].values().begin(), weights[w + 1].values().end(),
              mine[w]->value.begin());
  }
  std::vector<double> vectors;
  for (const int32_t id : x.values()) {
    for (int64_t e = 0; e < E; ++e) {
      vectors.push_back(static_cast<double>(weights[0][id * E + e]));
    }
  }
  for (const bool logit : {false, true}) {
    const auto f = [&] {
      Signal<double> signal;
      signal.shape = {1, T, E};
      signal.value = vectors.data();
      const auto& out = graph.forward(signal, Pass{});
      return logit ? out.logits[2] : out.value[2];
    };
    std::vector<double> shares(static_cast<size_t>(T), 0.0);
    constexpr double kStep = 1e-5;
    for (size_t i = 0; i < vectors.size(); ++i) {
      const double value = vectors[i];
      vectors[i] = value + kStep;
      const double above = f();
      vectors[i] = value - kStep;
      const double below = f();
      vectors[i] = value;
      shares[i / E] += value * (above - below) / (2 * kStep);
    }
    const Explanation found =
        explain(model, x, {.method = "gradient", .output = 2, .logit = logit});
    EXPECT_EQ(found.baseline, "zero");
    // Float gradients of numbers near 1.
    EXPECT_LT(largest_difference(found.shares, shares), 1e-6) << logit;
    EXPECT_NEAR(found.answer, f(), 1e-6);
    EXPECT_GT(*std::max_element(shares.begin(), shares.end()), 1e-4);  // not all zero
  }
}

TEST(Explain, IntegratedSharesAddUpWithMoreAndMoreSteps) {
  for (const Case& test : cases()) {
    Sequential model = make(test.layers, {kNone, kSteps});
    const IntTensor x = ids_row(kSteps, kWords, test.behind);
    std::vector<double> errors;
    for (const int64_t steps : {1, 4, 300}) {
      const Explanation found =
          explain(model, x, {.method = "integrated", .output = 1, .steps = steps});
      const double sum = std::accumulate(found.shares.begin(), found.shares.end(), 0.0);
      EXPECT_NEAR(found.completeness_error, std::abs(sum - (found.answer - found.baseline_answer)),
                  1e-12);
      EXPECT_NEAR(found.answer, static_cast<double>(model.predict(x)[1]), 2e-6);
      errors.push_back(found.completeness_error);
    }
    // Kinks of relu and max leave more; the others end at roundings of float.
    EXPECT_LT(errors[2], 2e-3) << test.name;
    EXPECT_LT(errors[2], errors[0]) << test.name;
    EXPECT_GT(errors[0], 4e-6) << test.name;
  }
}

TEST(Explain, PaddingHasNoShareFromTheBaselineOfPadding) {
  Sequential model = make({embedding(false), LSTM(7), Dense(1, "sigmoid")}, {kNone, kSteps});
  const IntTensor x = ids_row(kSteps, kWords, false);
  const Explanation found = explain(model, x, {.method = "integrated"});
  EXPECT_EQ(found.baseline, "pad");
  for (int64_t t = 0; t < kSteps - kWords; ++t) EXPECT_EQ(found.shares[static_cast<size_t>(t)], 0);
  EXPECT_NEAR(found.baseline_answer, static_cast<double>(model.predict(IntTensor({1, kSteps}))[0]),
              1e-6);
  const Explanation zero = explain(model, x, {.method = "integrated", .baseline = "zero"});
  EXPECT_NE(zero.shares[0], 0);
}

TEST(Explain, TheOtherClassHasOppositeShares) {
  Sequential model = make({embedding(true), GRU(7), Dense(1, "sigmoid")}, {kNone, kSteps});
  const IntTensor x = ids_row(kSteps, kWords, false);
  for (const char* method : {"leave-one-out", "gradient", "integrated"}) {
    for (const bool logit : {false, true}) {
      const Explanation one = explain(model, x, {.method = method, .logit = logit});
      const Explanation other =
          explain(model, x, {.method = method, .logit = logit, .complement = true});
      EXPECT_NEAR(one.answer + other.answer, logit ? 0 : 1, 1e-12) << method;
      for (size_t t = 0; t < one.shares.size(); ++t) {
        EXPECT_NEAR(one.shares[t], -other.shares[t], 1e-12) << method;
      }
    }
  }
  const Explanation p = explain(model, x), z = explain(model, x, {.logit = true});
  EXPECT_NEAR(p.answer, 1 / (1 + std::exp(-z.answer)), 1e-6);
}

TEST(Explain, LeavesTheModelAlone) {
  Sequential model =
      make({embedding(false), LSTM({.units = 4, .dropout = 0.5, .recurrent_dropout = 0.5}),
            BatchNormalization(), Dense(1, "sigmoid")},
           {kNone, 12});
  std::vector<Tensor> weights = model.get_weights();
  for (float* v = weights[7].data(); v < weights[7].data() + 4; ++v) *v = std::abs(*v) + 0.1F;
  model.set_weights(weights);
  const IntTensor x = ids_row(12, 9, false);
  const Tensor before = model.predict(x);
  for (const char* method : {"leave-one-out", "gradient", "integrated"}) {
    const Explanation found = explain(model, x, {.method = method});
    EXPECT_NEAR(found.answer, static_cast<double>(before[0]), 1e-6) << method;
  }
  EXPECT_EQ(model.predict(x).values(), before.values());
  const std::vector<Tensor> after = model.get_weights();
  for (size_t w = 0; w < weights.size(); ++w) EXPECT_EQ(after[w].values(), weights[w].values());
}

template <class Run>
std::string message_of(const Run& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Explain, SaysWhatItCannotExplain) {
  Sequential model = make({embedding(false), LSTM(4), Dense(2)}, {kNone, 9});
  const IntTensor x = ids_row(9, 5, false);
  const auto message = [&](const ExplainOptions& options) {
    return message_of([&] { explain(model, x, options); });
  };
  EXPECT_THAT(message({.method = "gradients"}), HasSubstr("did you mean 'gradient'?"));
  EXPECT_THAT(message({.output = 2}), HasSubstr("output: expected 0 to 1, got 2."));
  EXPECT_THAT(message({.steps = 0}), HasSubstr("steps: expected 1 to 10000, got 0."));
  EXPECT_THAT(message({.logit = true}), HasSubstr("logit: expected a model that ends with"));
  EXPECT_THAT(message({.method = "gradient", .logit = true}), HasSubstr("logit: expected a model"));
  EXPECT_THAT(message({.method = "gradient", .baseline = "mean"}),
              HasSubstr("begins with Normalization, got mean"));
  EXPECT_THAT(message_of([&] {
                explain(model, IntTensor({1, 8}));
              }),
              HasSubstr("input: expected ids (1, 9), got ids (1, 8)."));
  EXPECT_THAT(message_of([&] {
                explain(model, Tensor({1, 9, 3}));
              }),
              HasSubstr("got reals (1, 9, 3)."));
  Sequential sequences =
      make({embedding(false), LSTM({.units = 4, .return_sequences = true})}, {kNone, 9});
  EXPECT_THAT(message_of([&] { explain(sequences, x); }), HasSubstr("model: expected one input"));
  Sequential any = make({embedding(false), LSTM(4), Dense(2)}, {kNone, kNone});
  IntTensor endless({1, 5000}, std::vector<int32_t>(5000, 1));
  EXPECT_THAT(message_of([&] { explain(any, endless); }), HasSubstr("at most 4096 steps"));
  const Symbol input = InputLayer({9}, "int32");
  const Symbol a = embedding(false)(input), b = embedding(false)(input);
  Model twice({input}, {Dense(2)(LSTM(4)(Add()({a, b})))});
  EXPECT_THAT(message_of([&] { explain(twice, x, {.method = "gradient"}); }),
              HasSubstr("ids: expected to go to one Embedding"));
  EXPECT_NEAR(explain(twice, x).answer, static_cast<double>(twice.predict(x)[0]), 1e-6);
}

}  // namespace
}  // namespace eddy::explain_test
