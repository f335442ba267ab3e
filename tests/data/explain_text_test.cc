// SPDX-License-Identifier: MIT
// Explanations of texts against predicting every variant of the text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "eddy/datasets.h"
#include "eddy/explain.h"

namespace eddy::explain_text_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kWords = {"the", "film", "was", "good",   "bad",
                                         "not", "very", "and", "plot's", "end"};

TextEncoder reviews(int64_t maxlen) {
  TextEncoder encoder;
  encoder.words = kWords;
  encoder.num_words = 12;  // "end" has the id 13
  encoder.maxlen = maxlen;
  return encoder;
}

TextEncoder own_texts(int64_t length) {
  TextEncoder encoder;
  encoder.vectorization.emplace();
  encoder.vectorization->vocabulary = kWords;
  encoder.vectorization->output_sequence_length = length;
  encoder.lower = true;
  return encoder;
}

Sequential make(const TextEncoder& encoder, bool mask_zero, int64_t length) {
  Sequential model({Embedding({.input_dim = 14, .output_dim = 3, .mask_zero = mask_zero}), LSTM(6),
                    Dense(1, "sigmoid")},
                   {.seed = 3});
  model.build({kNone, length});
  Random random(7);
  std::vector<Tensor> weights = model.get_weights();
  for (Tensor& weight : weights) {
    for (int64_t i = 0; i < weight.size(); ++i) {
      weight[i] = static_cast<float>(random.uniform(-0.9, 0.9));
    }
  }
  model.set_weights(weights);
  model.set_text_encoder(encoder);
  return model;
}

// "the film was ..." of so many words, none before the 9th twice in a row.
std::vector<std::string> some_words(size_t count) {
  std::vector<std::string> words;
  for (size_t i = 0; i < count; ++i) words.push_back(kWords[(i * i + i / 3) % 9]);
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Every word of the text that the model sees, left out and as the last, equals what the model says
// to the text that is left.
void expect_predictions(Model& model, const std::vector<std::string>& words) {
  const auto f = [&](const std::vector<std::string>& kept) {
    return model.predict_texts({joined(kept)})[0];
  };
  const TextExplanation found = explain_text(model, joined(words));
  const bool start = !model.text_encoder()->vectorization;
  ASSERT_EQ(found.tokens.size(), words.size() + (start ? 1 : 0));
  EXPECT_NEAR(found.answer, f(words), 1e-6);
  size_t seen = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const TextToken& token = found.tokens[i + (start ? 1 : 0)];
    std::string word = words[i];
    if (!start) std::erase(word, '\'');  // punctuation falls away
    EXPECT_EQ(token.token, word);
    EXPECT_EQ(found.text.substr(static_cast<size_t>(token.begin),
                                static_cast<size_t>(token.end - token.begin)),
              words[i]);
    if (token.step < 0) {
      EXPECT_EQ(token.share, 0);
      EXPECT_TRUE(std::isnan(token.after));
      continue;
    }
    ++seen;
    std::vector<std::string> without = words;
    without.erase(without.begin() + static_cast<int64_t>(i));
    // Float sums of numbers near 1, in another order.
    EXPECT_NEAR(token.share, found.answer - f(without), 2e-6) << i;
    EXPECT_NEAR(token.after, f({words.begin(), words.begin() + static_cast<int64_t>(i) + 1}), 2e-6)
        << i;
  }
  EXPECT_GT(seen, 20U);
}

TEST(ExplainText, EqualsPredictingTheTextWithoutEachWord) {
  for (const bool masked : {false, true}) {
    for (const size_t count : {25U, 40U, 60U}) {  // shorter, equal with the start, longer
      Sequential imdb = make(reviews(41), masked, 41);
      expect_predictions(imdb, some_words(count));
      Sequential own = make(own_texts(41), masked, 41);
      expect_predictions(own, some_words(count));
      Sequential any = make(own_texts(0), masked, kNone);
      expect_predictions(any, some_words(count));
    }
  }
}

TEST(ExplainText, KnowsWhereTokensStandAndWhichAreSeen) {
  Sequential model = make(reviews(5), false, 5);
  const TextExplanation found =
      explain_text(model, "  The plot's\tGOOD-bad,\n unheard END. Very caf\xC3\xA9 \xFF good ");
  std::vector<std::string> tokens, places;
  std::vector<int64_t> steps;
  std::vector<int32_t> ids;
  for (const TextToken& token : found.tokens) {
    tokens.push_back(token.token);
    places.push_back(found.text.substr(static_cast<size_t>(token.begin),
                                       static_cast<size_t>(token.end - token.begin)));
    steps.push_back(token.step);
    ids.push_back(token.id);
  }
  EXPECT_THAT(tokens, ElementsAre("", "the", "plot's", "good", "bad", "unheard", "end", "very",
                                  "caf\xC3\xA9", "good"));
  EXPECT_THAT(places, ElementsAre("", "The", "plot's", "GOOD-bad,", "GOOD-bad,", "unheard", "END.",
                                  "Very", "caf\xC3\xA9", "good"));
  EXPECT_THAT(ids, ElementsAre(1, 4, 2, 7, 8, -1, 2, 10, -1, 7));
  EXPECT_THAT(steps, ElementsAre(-1, -1, -1, 0, 1, -1, 2, 3, -1, 4));
  EXPECT_THAT(found.text, HasSubstr("\xC3\xA9 \xEF\xBF\xBD good"));
}

TEST(ExplainText, CutsCharactersAndNgrams) {
  TextEncoder letters = own_texts(6);
  letters.vectorization->split = "character";
  letters.vectorization->vocabulary = {"a", "b", " ", "\xC3\xA9"};
  Sequential model = make(letters, true, 6);
  const TextExplanation found = explain_text(model, "A\xC3\x89 .b");
  ASSERT_EQ(found.tokens.size(), 4U);  // the dot falls away
  EXPECT_EQ(found.tokens[1].token, "\xC3\xA9");
  EXPECT_EQ(found.tokens[1].begin, 1);
  EXPECT_EQ(found.tokens[1].end, 3);
  EXPECT_EQ(found.tokens[3].begin, 5);
  TextEncoder pairs = own_texts(9);
  pairs.vectorization->ngrams = {1, 2};
  pairs.vectorization->vocabulary = {"good", "very good"};
  Sequential with_pairs = make(pairs, true, 9);
  const TextExplanation two = explain_text(with_pairs, "very good");
  ASSERT_EQ(two.tokens.size(), 3U);
  EXPECT_EQ(two.tokens[2].token, "very good");
  EXPECT_EQ(two.tokens[2].id, 3);
  EXPECT_EQ(two.tokens[2].begin, 0);
  EXPECT_EQ(two.tokens[2].end, 9);
}

TEST(ExplainText, GivesThePaddingItsShareApart) {
  Sequential model = make(reviews(30), false, 30);
  for (const char* baseline : {"pad", "zero"}) {
    const TextExplanation found =
        explain_text(model, joined(some_words(11)),
                     {.method = "integrated", .steps = 400, .baseline = baseline});
    double sum = found.padding;
    for (const TextToken& token : found.tokens) sum += token.share;
    EXPECT_NEAR(sum, found.answer - found.baseline_answer, 1e-4) << baseline;
    EXPECT_NEAR(std::abs(sum - (found.answer - found.baseline_answer)), found.completeness_error,
                1e-9);
    EXPECT_EQ(found.padding == 0, std::string(baseline) == "pad");
  }
}

TEST(ExplainText, TracesTheRowOfTheText) {
  Sequential model = make(reviews(9), false, 9);
  const std::string text = "the film was bad";
  const auto traces = trace_text(model, text);
  const auto direct = trace(model, encode_padded(reviews(9), {text}));
  ASSERT_EQ(traces.size(), 1U);
  EXPECT_EQ(traces[0].states[0].values.values(), direct[0].states[0].values.values());
  EXPECT_EQ(traces[0].gates.size(), 4U);
}

TEST(ExplainText, SaysWhatItCannotExplain) {
  const auto message = [](const Model& model, const std::string& text) -> std::string {
    try {
      explain_text(model, text);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  Sequential model = make(reviews(9), false, 9);
  EXPECT_THAT(message(model, ""), HasSubstr("words: expected at least one, got none."));
  EXPECT_THAT(message(model, " ?! "), HasSubstr("words: expected at least one, got none."));
  EXPECT_THAT(message(model, "xyzzy end qqq"),
              HasSubstr("at least one of the model's vocabulary, got none among 3."));
  Sequential own = make(own_texts(0), true, kNone);
  EXPECT_THAT(message(own, "xyzzy"), HasSubstr("got none among 1."));
  EXPECT_THAT(message(own, joined(some_words(5000))), HasSubstr("at most 4096 steps"));
  Sequential bare({Embedding(9, 2), LSTM(2), Dense(1)});
  bare.build({kNone, 4});
  EXPECT_THAT(message(bare, "good"), HasSubstr("expected a model that carries its vocabulary"));
  // A long text costs what the model sees of it.
  EXPECT_EQ(message(model, joined(some_words(100'000))), "no error");
}

}  // namespace
}  // namespace eddy::explain_text_test
