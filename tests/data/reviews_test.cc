// SPDX-License-Identifier: MIT
// The synthetic reviews have IMDB's schema and lengths; their labels need the order of the words.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <unordered_set>

#include "data/review_grammar.h"
#include "data_support.h"
#include "eddy/datasets.h"
#include "eddy/text.h"

namespace eddy::reviews_test {
namespace {

using data::expect_error;
using datasets::Info;
using datasets::Split;
using datasets::TextDataset;

// One generation for the tests of this process.
const TextDataset& whole() {
  static const TextDataset made = datasets::reviews();
  return made;
}

TEST(Reviews, HaveTheSchemaOfImdb) {
  const size_t words = datasets::reviews_words().size();
  EXPECT_GT(words, 3000U);
  EXPECT_LT(words, 9997U);  // num_words = 10000 keeps them all
  for (const Split* split : {&whole().train, &whole().test}) {
    ASSERT_EQ(split->x.size(), 25000U);
    EXPECT_EQ(split->y.shape(), (Shape{25000}));
    double positive = 0;
    for (const float y : split->y.values()) {
      ASSERT_TRUE(y == 0 || y == 1);
      positive += y;
    }
    EXPECT_EQ(positive, 12500);
    for (const auto& review : split->x) {
      ASSERT_EQ(review[0], 1);
      ASSERT_GE(*std::min_element(review.begin() + 1, review.end()), 4);
      ASSERT_LE(*std::max_element(review.begin(), review.end()), static_cast<int32_t>(words) + 3);
    }
  }
}

TEST(Reviews, HaveTheLengthsOfImdb) {
  std::vector<size_t> lengths;
  for (const auto& review : whole().train.x) lengths.push_back(review.size());
  std::sort(lengths.begin(), lengths.end());
  const double mean = std::accumulate(lengths.begin(), lengths.end(), 0.0) / 25000;
  EXPECT_NEAR(mean, 238, 2);
  EXPECT_EQ(lengths[12500], 175U);
  EXPECT_EQ(lengths.front(), 11U);
  EXPECT_EQ(lengths.back(), 2494U);
  const auto longer = lengths.end() - std::upper_bound(lengths.begin(), lengths.end(), 500U);
  EXPECT_NEAR(static_cast<double>(longer) / 25000, 0.084, 0.01);
}

TEST(Reviews, RanksFollowFrequencyWithALongTail) {
  const size_t words = datasets::reviews_words().size();
  std::vector<double> counts(words + 1);
  for (const auto& review : whole().train.x) {
    for (size_t i = 1; i < review.size(); ++i) ++counts[static_cast<size_t>(review[i] - 3)];
  }
  for (size_t rank = 1; rank < 100; ++rank) EXPECT_GT(counts[rank] * 1.1, counts[rank + 1]) << rank;
  EXPECT_GT(counts[1], 5 * counts[20]);
  EXPECT_GT(counts[20], 5 * counts[300]);
  EXPECT_GT(counts[300], 5 * counts[2000]);
  const auto used = std::count_if(counts.begin() + 1, counts.end(), [](double n) { return n > 0; });
  EXPECT_GT(static_cast<double>(used), 0.95 * static_cast<double>(words));
}

TEST(Reviews, DependOnTheSeedAlone) {
  const datasets::ReviewsOptions small = {.train_size = 300, .test_size = 200};
  Info first, second, other;
  const auto a = datasets::reviews(small, &first);
  const auto b = datasets::reviews(small, &second);
  EXPECT_EQ(a.train.x, b.train.x);
  EXPECT_EQ(a.test.x, b.test.x);
  EXPECT_EQ(a.train.y.values(), b.train.y.values());
  EXPECT_EQ(first.sha256, second.sha256);
  EXPECT_NE(a.train.x[0], a.test.x[0]);
  const auto c = datasets::reviews({.seed = 114, .train_size = 300, .test_size = 200}, &other);
  EXPECT_NE(c.train.x, a.train.x);
  EXPECT_NE(other.sha256, first.sha256);
}

// A change of the grammar changes what models were trained on: it must not happen unnoticed.
TEST(Reviews, AreTheSameOnEveryMachine) {
  Info info;
  const auto made = datasets::reviews({.train_size = 100, .test_size = 100}, &info);
  EXPECT_EQ(info.sha256, "55c3b4c98b5aca34b776834428f593ba5c5228f668cc6c5a843bfd5d563b879e");
  EXPECT_EQ(made.train.x.size(), 100U);
}

TEST(Reviews, AreNeverCalledImdb) {
  Info info;
  datasets::reviews({.train_size = 2, .test_size = 2}, &info);
  EXPECT_EQ(info.name, "synthetic reviews");
  EXPECT_EQ(info.source, "built in");
}

TEST(Reviews, NumWordsReplacesRareWords) {
  const auto all = datasets::reviews({.train_size = 50, .test_size = 50});
  const auto few = datasets::reviews({.num_words = 200, .train_size = 50, .test_size = 50});
  for (size_t i = 0; i < 50; ++i) {
    for (size_t k = 0; k < all.train.x[i].size(); ++k) {
      const int32_t id = all.train.x[i][k];
      EXPECT_EQ(few.train.x[i][k], id < 200 ? id : 2);
    }
  }
}

TEST(Reviews, RefuseUnusableOptions) {
  const auto refused = [](datasets::ReviewsOptions options, const std::string& part) {
    expect_error(ErrorCode::invalid_argument, part, [&] { datasets::reviews(options); });
  };
  refused({.train_size = 0}, "train_size: expected 1 to 1000000, got 0");
  refused({.test_size = -1}, "test_size");
  refused({.train_size = int64_t{1} << 60}, "train_size");
  refused({.num_words = -1}, "num_words");
  EXPECT_EQ(datasets::reviews({.train_size = 1, .test_size = 1}).train.x.size(), 1U);
}

TEST(Reviews, EncodeGivesTheIdsBack) {
  TextEncoder encoder;
  encoder.words = datasets::reviews_words();
  const auto made = datasets::reviews({.train_size = 20, .test_size = 1});
  for (const auto& review : made.train.x) {
    std::string text;
    for (size_t i = 1; i < review.size(); ++i) {
      text += encoder.words[static_cast<size_t>(review[i] - 4)] + " ";
    }
    EXPECT_EQ(encode(encoder, {text})[0], review);
  }
}

TEST(ReviewsWords, AreWordsForTheTokenizerEachOnce) {
  const auto words = datasets::reviews_words();
  for (const auto& word : words) EXPECT_THAT(tokenize(word), testing::ElementsAre(word));
  EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size());
  EXPECT_EQ(words[0], "the");
}

// The bag of words: naive Bayes with add-one smoothing over counts (McCallum and Nigam 1998).
double bag_of_words_accuracy() {
  const size_t size = datasets::reviews_words().size() + 4;
  std::vector<std::vector<double>> counts(2, std::vector<double>(size, 1.0));
  const Split& train = whole().train;
  for (size_t i = 0; i < train.x.size(); ++i) {
    auto& row = counts[train.y.values()[i] > 0.5F ? 1 : 0];
    for (const int32_t id : train.x[i]) ++row[static_cast<size_t>(id)];
  }
  std::vector<double> weight(size);
  const double totals[] = {std::accumulate(counts[0].begin(), counts[0].end(), 0.0),
                           std::accumulate(counts[1].begin(), counts[1].end(), 0.0)};
  for (size_t id = 0; id < size; ++id) {
    weight[id] = std::log(counts[1][id] / totals[1]) - std::log(counts[0][id] / totals[0]);
  }
  const Split& test = whole().test;
  double right = 0;
  for (size_t i = 0; i < test.x.size(); ++i) {
    double score = 0;
    for (const int32_t id : test.x[i]) score += weight[static_cast<size_t>(id)];
    right += (score > 0) == (test.y.values()[i] > 0.5F) ? 1 : 0;
  }
  return right / static_cast<double>(test.x.size());
}

TEST(Reviews, ABagOfWordsDoesNotUnderstandThem) {
  const double accuracy = bag_of_words_accuracy();
  EXPECT_LT(accuracy, 0.72);
  EXPECT_GT(accuracy, 0.55);  // a network has something to begin with
}

// Reads in order: the last opinion counts, turned round by a negation before it, passed over after
// "although" or "despite".
class Reader {
 public:
  Reader() {
    const data::Grammar grammar;
    for (const char* name : {"+adj", "+noun", "+verb", "+verbed", "+adv"}) add(grammar, name, 1);
    for (const char* name : {"-adj", "-noun", "-verb", "-verbed", "-adv"}) add(grammar, name, -1);
  }
  bool positive(const std::vector<std::string>& words) const {
    int verdict = 0;
    bool negated = false, conceded = false;
    for (const auto& word : words) {
      if (kNegations.contains(word)) negated = true;
      if (word == "although" || word == "though" || word == "despite") {
        conceded = true;
        negated = false;
      }
      const auto found = opinions_.find(word);
      if (found == opinions_.end()) continue;
      if (!conceded) verdict = negated ? -found->second : found->second;
      negated = conceded = false;
    }
    return verdict > 0;
  }
  const std::unordered_map<std::string, int>& opinions() const { return opinions_; }

  inline static const std::unordered_set<std::string> kNegations = {
      "not", "never", "hardly", "scarcely", "far", "anything", "no", "nobody", "nothing"};

 private:
  void add(const data::Grammar& grammar, const char* name, int sign) {
    for (const auto& word : grammar.class_words(name)) {
      EXPECT_TRUE(opinions_.emplace(word, sign).second) << word << " stands on two sides";
    }
  }
  std::unordered_map<std::string, int> opinions_;
};

TEST(Reviews, ReadInOrderTheyAreClear) {
  const Reader reader;
  const auto words = datasets::reviews_words();
  const Split& test = whole().test;
  double right = 0;
  std::vector<std::string> text;
  for (size_t i = 0; i < test.x.size(); ++i) {
    text.clear();
    for (size_t k = 1; k < test.x[i].size(); ++k) {
      text.push_back(words[static_cast<size_t>(test.x[i][k] - 4)]);
    }
    right += reader.positive(text) == (test.y.values()[i] > 0.5F) ? 1 : 0;
  }
  EXPECT_GT(right / 25000, 0.97);
  EXPECT_LT(right / 25000, 0.99);  // two labels of a hundred are wrong, as in life
}

TEST(ReviewGrammar, NeutralWordsCarryNoOpinion) {
  const Reader reader;
  const data::Grammar grammar;
  for (const char* name :
       {"film",   "films",   "degree", "aspect", "number",  "day",    "person",  "room",
        "job",    "jobs",    "thing",  "things", "quality", "adverb", "verb",    "verbs",
        "verbed", "verbing", "move",   "moves",  "moving",  "first",  "surname", "place"}) {
    for (const auto& word : grammar.class_words(name)) {
      EXPECT_FALSE(reader.opinions().contains(word)) << word << " in " << name;
      EXPECT_FALSE(Reader::kNegations.contains(word)) << word << " in " << name;
    }
  }
}

TEST(ReviewGrammar, UsesAnBeforeVowels) {
  const data::Grammar grammar;
  Random random(1);
  std::vector<int32_t> text;
  for (int i = 0; i < 2000; ++i) grammar.expand(grammar.rule("scene"), true, random, text);
  int an = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto& word = grammar.words()[static_cast<size_t>(text[i])];
    const char next = grammar.words()[static_cast<size_t>(text[i + 1])].front();
    const bool vowel = std::string_view("aeiou").find(next) != std::string_view::npos;
    EXPECT_FALSE(word == "a" && vowel);
    EXPECT_FALSE(word == "an" && !vowel);
    an += word == "an" ? 1 : 0;
  }
  EXPECT_GT(an, 20);
}

}  // namespace
}  // namespace eddy::reviews_test
