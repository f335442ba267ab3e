// SPDX-License-Identifier: MIT
// The Tokenizer against the numbers of Keras' own, and what Keras leaves open.
#include "eddy/tokenizer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "data/python_lower.h"
#include "data_support.h"
#include "training/golden_support.h"

namespace eddy::tokenizer_test {
namespace {

using data::expect_error;
using nlohmann::json;
using testing::ElementsAre;
using testing::Pair;

using Texts = std::vector<std::string>;

TokenizerOptions options_of(const json& settings) {
  TokenizerOptions options;
  options.num_words = settings.value("num_words", options.num_words);
  options.filters = settings.value("filters", options.filters);
  options.lower = settings.value("lower", options.lower);
  options.split = settings.value("split", options.split);
  options.char_level = settings.value("char_level", options.char_level);
  if (settings.contains("oov_token")) options.oov_token = settings["oov_token"];
  return options;
}

void expect_answers(const Tokenizer& tokenizer, const Texts& texts, const json& golden) {
  Sequences ids = tokenizer.texts_to_sequences(texts);
  EXPECT_EQ(ids, golden["ids"].get<Sequences>());
  for (const auto& [mode, expected] : golden["matrices"].items()) {
    SCOPED_TRACE(mode);
    const Tensor matrix = tokenizer.texts_to_matrix(texts, mode);
    ASSERT_EQ(matrix.shape(), expected["shape"].get<Shape>());
    Tensor whole(matrix.shape());
    for (const auto& cell : expected["cells"]) {
      whole[cell[0].get<int64_t>() * matrix.dim(1) + cell[1].get<int64_t>()] = cell[2];
    }
    // Both are the float32 next to the same float64.
    for (int64_t i = 0; i < matrix.size(); ++i) EXPECT_FLOAT_EQ(matrix[i], whole[i]) << i;
  }
  ids.push_back({0, 3, 2, 77, 1, 5});
  EXPECT_EQ(tokenizer.sequences_to_texts(ids), golden["texts"].get<Texts>());
}

// The dictionaries within the JSON as dictionaries.
json config_of(const std::string& text) {
  json config = json::parse(text)["config"];
  for (const char* key : {"word_counts", "word_docs", "index_docs", "index_word", "word_index"}) {
    config[key] = json::parse(config[key].get<std::string>());
  }
  return config;
}

TEST(TokenizerOfKeras, WordsIdsMatricesAndJsonAreTheSame) {
  const json cases = golden_cases("tokenizer");
  const Texts corpus = cases[0]["corpus"], unseen = cases[0]["unseen"], more = cases[0]["more"];
  Texts both = unseen;
  both.insert(both.end(), more.begin(), more.end());
  int seen = 0;
  for (const auto& golden : cases) {
    if (!golden.contains("settings")) continue;
    ++seen;
    SCOPED_TRACE(golden["settings"].dump());
    Tokenizer tokenizer(options_of(golden["settings"]));
    tokenizer.fit_on_texts(corpus);
    EXPECT_EQ(config_of(tokenizer.to_json()), golden["config"]);
    std::vector<std::pair<std::string, int64_t>> counted = golden["counted"];
    EXPECT_EQ(tokenizer.word_counts(), counted);
    expect_answers(tokenizer, corpus, golden["corpus"]);
    expect_answers(tokenizer, unseen, golden["unseen"]);
    // What Keras has written, read; what eddy has written, read again.
    const Tokenizer of_keras = Tokenizer::from_json(golden["json"]);
    EXPECT_EQ(of_keras.options(), tokenizer.options());
    expect_answers(of_keras, unseen, golden["unseen"]);
    EXPECT_EQ(config_of(of_keras.to_json()), golden["config"]);
    const std::string text = tokenizer.to_json();
    EXPECT_EQ(Tokenizer::from_json(text).to_json(), text);
    Tokenizer again = Tokenizer::from_json(golden["json"]);
    again.fit_on_texts(more);
    expect_answers(again, both, golden["after_more"]);
    tokenizer.fit_on_sequences({{1, 2, 2}, {2, 5}});
    expect_answers(tokenizer, unseen, golden["after_sequences"]);
  }
  EXPECT_GE(seen, 10);
}

TEST(TokenizerOfKeras, LowersAsPythonDoes) {
  const json cases = golden_cases("tokenizer");
  for (const auto& pair : cases[0]["lower"]) {
    EXPECT_EQ(data::python_lower(pair[0].get<std::string>()), pair[1].get<std::string>())
        << pair[0];
  }
}

TEST(Tokenizer, BytesThatAreNoUtf8AreOneCharacterEach) {
  Tokenizer tokenizer({.char_level = true});
  tokenizer.fit_on_texts({"a\xff\xc3"});
  EXPECT_THAT(tokenizer.word_index(), ElementsAre(Pair("\xef\xbf\xbd", 1), Pair("a", 2)));
}

TEST(Tokenizer, CopiesAreTheirOwn) {
  Tokenizer one({.num_words = 7});
  one.fit_on_texts({"a b b"});
  Tokenizer two = one;
  two.fit_on_texts({"c c c"});
  EXPECT_THAT(one.word_index(), ElementsAre(Pair("b", 1), Pair("a", 2)));
  EXPECT_THAT(two.word_index(), ElementsAre(Pair("c", 1), Pair("b", 2), Pair("a", 3)));
  one = two;
  EXPECT_EQ(one.to_json(), two.to_json());
}

TEST(Tokenizer, RefusesWhatHasNoAnswer) {
  const auto refuse = [](const std::string& part, const std::function<void()>& action) {
    expect_error(ErrorCode::invalid_argument, part, action);
  };
  refuse("num_words: expected 0 to", [] { Tokenizer({.num_words = -1}); });
  refuse("split: expected a separator", [] { Tokenizer({.split = ""}); });
  Tokenizer tokenizer;
  refuse("num_words: expected one, or texts", [&] { tokenizer.texts_to_matrix({"a"}); });
  refuse("mode: expected a known name, got 'tf-idf'",
         [&] { tokenizer.texts_to_matrix({"a"}, "tf-idf"); });
  refuse("tfidf: expected texts", [] { Tokenizer({.num_words = 3}).texts_to_matrix({}, "tfidf"); });
  refuse("ids: expected 0 and more, got -1", [] {
    Tokenizer({.num_words = 3}).sequences_to_matrix({{1, -1}});
  });
  refuse("matrix: expected at most 17179869184 cells",
         [] { Tokenizer({.num_words = INT32_MAX}).sequences_to_matrix(Sequences(9)); });
}

TEST(Tokenizer, RefusesOtherJson) {
  Tokenizer tokenizer({.oov_token = "?"});
  tokenizer.fit_on_texts({"a b b"});
  const json good = json::parse(tokenizer.to_json());
  const auto refuse = [](const std::string& part, const std::string& text) {
    expect_error(ErrorCode::bad_file, part, [&] { Tokenizer::from_json(text); });
  };
  refuse("broken JSON", "{");
  refuse("expected an object, got array", "[]");
  refuse("a member 'class_name', got none", "{}");
  const auto with = [&](const char* key, const json& value) {
    json changed = good;
    changed["config"][key] = value;
    return changed.dump();
  };
  for (const auto& [key, value] : good["config"].items()) {
    json changed = good;
    changed["config"].erase(key);
    refuse(fmt::format("a member '{}', got none", key), changed.dump());
    refuse(fmt::format("'{}'", key), with(key.c_str(), json::array()));
  }
  refuse("0 to 2147483647 as 'num_words', got -3", with("num_words", -3));
  refuse("a separator as 'split'", with("split", ""));
  refuse("an object of numbers from 0 on as 'word_counts', got -1",
         with("word_counts", "{\"a\": -1}"));
  refuse("got another object", with("word_docs", "{\"a\": {}}"));
  refuse("got broken JSON near byte 4", with("word_docs", "{\"a"));
  refuse("got 7", with("word_docs", "7"));
  refuse("ids 1 to 2147483647 in 'word_index', got 0", with("word_index", "{\"a\": 0}"));
  refuse("ids as keys of 'index_word', got \"x\"", with("index_word", "{\"x\": \"a\"}"));
  expect_error(ErrorCode::not_supported, "analyzer: expected none",
               [&] { Tokenizer::from_json(with("analyzer", "f")); });
}

}  // namespace
}  // namespace eddy::tokenizer_test
