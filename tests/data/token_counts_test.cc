// SPDX-License-Identifier: MIT
// Counts that have gone to disk, against counts in memory.
#include "data/token_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "data_support.h"
#include "eddy/text.h"

namespace eddy::token_counts_test {
namespace {

using data::expect_error;
using data::TokenCounts;
using testing::ElementsAre;

using Counts = std::map<std::string, int64_t>;

// Of many lengths, most of them rare; among them some that share a beginning, and zero bytes.
std::vector<std::string> random_tokens(size_t count) {
  std::mt19937 random(23);
  std::vector<std::string> tokens;
  for (size_t i = 0; i < count; ++i) {
    const auto rare = random() % (random() % 20'000 + 1);
    std::string token = std::to_string(rare * 7919 % 30'011);
    if (rare % 5 == 0) token.insert(0, rare % 60, 'a');
    if (rare % 17 == 0) token += '\0';
    tokens.push_back(token);
  }
  return tokens;
}

Counts counted(TokenCounts& counts) {
  Counts found;
  std::string last;
  counts.for_each([&](std::string_view token, int64_t count) {
    if (counts.runs() > 0 && !found.empty()) {
      EXPECT_GT(token, last);
    }
    last = token;
    EXPECT_TRUE(found.emplace(token, count).second) << "twice: " << token;
  });
  return found;
}

TEST(TokenCounts, AreTheSameFromDiskAndMemory) {
  const auto tokens = random_tokens(60'000);
  Counts expected;
  for (const std::string& token : tokens) ++expected[token];
  // None, one, some runs, and more than are merged at once, in several levels.
  for (const int64_t memory : {0, 2'000'000, 300'000, 30'000, 3'000}) {
    TokenCounts counts({.memory = memory});
    for (const std::string& token : tokens) counts.add(token);
    if (memory == 300'000) {
      EXPECT_GT(counts.runs(), 1U);
    }
    if (memory == 30'000) {
      EXPECT_GT(counts.runs(), 7U);
    }
    EXPECT_EQ(counts.runs() > 0, memory > 0 && memory < 2'000'000) << memory;
    EXPECT_EQ(counted(counts), expected) << memory;
    counts.add("one more");  // it goes on, and says the same again
    counts.add(tokens[0]);
    Counts more = expected;
    ++more["one more"];
    ++more[tokens[0]];
    EXPECT_EQ(counted(counts), more) << memory;
    EXPECT_EQ(counted(counts), more) << memory;
  }
}

TEST(TokenCounts, ATokenLargerThanTheBufferOfARunIsWhole) {
  const std::string large(200'000, 'x');
  TokenCounts counts({.memory = 50'000});
  for (int i = 0; i < 3; ++i) {
    counts.add(large);
    counts.add("small");
    counts.add(large + "y");
  }
  EXPECT_GT(counts.runs(), 1U);
  EXPECT_EQ(counted(counts), (Counts{{"small", 3}, {large, 3}, {large + "y", 3}}));
}

TEST(VocabularyCounter, LearnsTheSameInAnyMemory) {
  const auto words = random_tokens(20'000);
  std::vector<std::string> texts;
  for (size_t i = 0; i < words.size(); i += 10) {
    std::string text;
    for (size_t k = i; k < i + 10; ++k) text += words[k] + ' ';
    texts.push_back(text);
  }
  for (const int64_t most : {70, 1000}) {
    TextVectorization layer;
    layer.max_tokens = most;
    VocabularyCounter free(layer), bound(layer, {.memory = most == 70 ? 80'000 : 500'000});
    for (size_t i = 0; i < texts.size(); ++i) {
      EXPECT_EQ(free.add(texts[i]), bound.add(texts[i]));
      if (i % 700 == 699) {  // in the middle, too
        EXPECT_EQ(free.distinct(), bound.distinct());
      }
    }
    EXPECT_GT(free.distinct(), 4000);
    EXPECT_EQ(free.distinct(), bound.distinct());
    EXPECT_EQ(free.vocabulary(), bound.vocabulary());
  }
}

TEST(VocabularyCounter, TiesAreFromTheLastToTheFirstByBytesFromDiskToo) {
  TextVectorization layer;
  layer.max_tokens = 6;
  VocabularyCounter counter(layer, {.memory = 1'600});  // a run for every fifteen words
  for (int i = 10; i < 99; ++i) counter.add(std::to_string(i * 37 % 89 + 10));
  for (const char* text : {"15 97", "98 20", "20"}) counter.add(text);
  EXPECT_THAT(counter.vocabulary(), ElementsAre("20", "98", "97", "15"));
  EXPECT_EQ(counter.distinct(), 89);
}

TEST(VocabularyCounter, RefusesWordsThatAreTooMuchForTheMemory) {
  TextVectorization layer;
  VocabularyCounter counter(layer, {.memory = 8'000});
  for (int i = 0; i < 100; ++i) counter.add(std::to_string(i) + std::string(60, 'w'));
  expect_error(ErrorCode::invalid_argument,
               "[TextVectorization] vocabulary: expected words of at most 1000 bytes in all",
               [&] { counter.vocabulary(); });
}

}  // namespace
}  // namespace eddy::token_counts_test
