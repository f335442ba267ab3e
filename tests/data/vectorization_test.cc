// SPDX-License-Identifier: MIT
// TextVectorization against the numbers of Keras' own layer, and what Keras leaves open.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "data_support.h"
#include "eddy/datasets.h"
#include "eddy/model.h"
#include "eddy/text.h"
#include "training/golden_support.h"

namespace eddy::vectorization_test {
namespace {

using data::expect_error;
using testing::ElementsAre;
using testing::IsEmpty;

using Texts = std::vector<std::string>;

TextVectorization layer_of(const nlohmann::json& settings) {
  TextVectorization layer;
  if (!settings["max_tokens"].is_null()) layer.max_tokens = settings["max_tokens"];
  layer.standardize = settings["standardize"];
  layer.split = settings["split"];
  layer.ngrams = settings["ngrams"].get<std::vector<int64_t>>();
  layer.output_sequence_length = settings["output_sequence_length"];
  return layer;
}

// Keras gives a vector, not a matrix, where a text is one token.
std::vector<std::vector<int32_t>> rows_of(const nlohmann::json& ids) {
  std::vector<std::vector<int32_t>> rows;
  for (const auto& row : ids) {
    rows.push_back(row.is_array() ? row.get<std::vector<int32_t>>()
                                  : std::vector<int32_t>{row.get<int32_t>()});
  }
  return rows;
}

std::vector<std::vector<int32_t>> rows_of(const IntTensor& ids) {
  std::vector<std::vector<int32_t>> rows;
  for (int64_t i = 0; i < ids.dim(0); ++i) {
    rows.emplace_back(ids.data() + i * ids.dim(1), ids.data() + (i + 1) * ids.dim(1));
  }
  return rows;
}

TEST(TextVectorizationOfKeras, VocabularyAndIdsAreTheSame) {
  const auto cases = golden_cases("text_vectorization");
  const Texts corpus = cases[0]["corpus"], unseen = cases[0]["unseen"];
  int seen = 0;
  for (const auto& golden : cases) {
    if (!golden.contains("settings")) continue;
    SCOPED_TRACE(golden["settings"].dump());
    TextVectorization layer = layer_of(golden["settings"]);
    VocabularyCounter counter(layer);
    for (const std::string& text : corpus) counter.add(text);
    Texts expected = golden["vocabulary"];
    ASSERT_GE(expected.size(), 2U);
    expected.erase(expected.begin(), expected.begin() + 2);
    EXPECT_EQ(counter.vocabulary(), expected);
    layer.vocabulary = expected;
    EXPECT_EQ(rows_of(vectorize(layer, corpus)), rows_of(golden["ids"][0]));
    EXPECT_EQ(rows_of(vectorize(layer, unseen)), rows_of(golden["ids"][1]));
    ++seen;
  }
  EXPECT_EQ(seen, 16);
}

TEST(TextVectorization, ABadByteIsOneReplacementCharacter) {
  const TextVectorization by_character{.split = "character"};
  EXPECT_THAT(tokens(by_character, "a\xff\xc3\xa9\xe2\x82"),
              ElementsAre("a", "\xef\xbf\xbd", "\xc3\xa9", "\xef\xbf\xbd", "\xef\xbf\xbd"));
  EXPECT_THAT(tokens({}, "good\xff film"), ElementsAre("good\xef\xbf\xbd", "film"));
}

TEST(TextVectorization, RefusesWhatKerasDoesNotHave) {
  const auto refused = [](const TextVectorization& layer, const std::string& part) {
    expect_error(ErrorCode::invalid_argument, part, [&] { vectorize(layer, {"a"}); });
  };
  refused({.standardize = "upper"}, "standardize: expected a known name, got 'upper'");
  refused({.split = "words"}, "split: expected a known name, got 'words'");
  refused({.ngrams = {1, 0}}, "ngrams: expected 1 to 100, got 0");
  refused({.max_tokens = 1}, "max_tokens: expected 2 to");
  refused({.output_sequence_length = -1}, "output_sequence_length: expected 0 to");
  refused({.vocabulary = {"a", "b", "a"}}, "expected each token once, got \"a\" twice");
  refused({.vocabulary = {"a", "[UNK]"}}, "got \"[UNK]\"");
  refused({.vocabulary = {""}}, "got \"\"");
  refused({.max_tokens = 3, .vocabulary = {"a", "b"}}, "at most max_tokens - 2 = 1 tokens, got 2");
}

TEST(VocabularyCounter, CountsTokensAndForgetsTheSpecialOnes) {
  VocabularyCounter counter(TextVectorization{.max_tokens = 4, .standardize = "none"});
  EXPECT_EQ(counter.add("a b a [UNK]"), 4);
  EXPECT_EQ(counter.add(""), 0);
  EXPECT_EQ(counter.add("c"), 1);
  EXPECT_EQ(counter.distinct(), 3);
  EXPECT_THAT(counter.vocabulary(), ElementsAre("a", "c"));
}

TEST(LowerCase, IsThatOfEveryScript) {
  EXPECT_EQ(lower_case("\xc3\x81NGELA \xd0\x9c\xd0\x98\xd0\xa0 1!"),
            "\xc3\xa1ngela \xd0\xbc\xd0\xb8\xd1\x80 1!");
  EXPECT_EQ(lower_case("\xc4\xb0Z"), "i\xcc\x87z");  // capital I with a dot
  EXPECT_EQ(lower_case("A\xff\xe2\x82"), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(lower_case(""), "");
}

TextEncoder encoder(bool lower) {
  TextEncoder made;
  made.vectorization =
      TextVectorization{.output_sequence_length = 3, .vocabulary = {"\xc3\xa9t\xc3\xa9", "b"}};
  made.lower = lower;
  made.classes = {"one", "two", "three"};
  return made;
}

TEST(EncodeVectorized, GivesKerasIdsAndLowersFirstWhenAsked) {
  const Texts texts = {"\xc3\x89t\xc3\xa9 B?", "", "b b b b"};
  EXPECT_THAT(encode(encoder(true), texts),
              ElementsAre(ElementsAre(2, 3), IsEmpty(), ElementsAre(3, 3, 3)));
  EXPECT_THAT(encode(encoder(false), texts)[0], ElementsAre(1, 3));
  const IntTensor rows = encode_padded(encoder(true), texts);
  EXPECT_EQ(rows.shape(), (Shape{3, 3}));
  EXPECT_THAT(rows.values(), ElementsAre(2, 3, 0, 0, 0, 0, 3, 3, 3));
}

TEST(PredictTextOutputs, AnswersForManyClassesAsPredictDoes) {
  Sequential model({Embedding({.input_dim = 4, .output_dim = 3, .mask_zero = true}), GRU(2),
                    Dense(3, "softmax")},
                   {.seed = 7});
  model.set_text_encoder(encoder(true));
  const Texts texts = {"\xc3\x89T\xc3\x89 b", "nothing known", ""};
  const Tensor answers = model.predict_text_outputs(texts);
  EXPECT_EQ(answers.shape(), (Shape{3, 3}));
  EXPECT_EQ(answers.values(), model.predict(encode_padded(encoder(true), texts), 128).values());
}

}  // namespace
}  // namespace eddy::vectorization_test
