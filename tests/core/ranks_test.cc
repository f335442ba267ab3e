// SPDX-License-Identifier: MIT
#include "core/ranks.h"

#include <gtest/gtest.h>

namespace eddy::ranks_test {
namespace {

TEST(Ranks, FindsWordsAndTheRepeatedOne) {
  const std::vector<std::string> words = {"a", "b", "a", "", "b"};
  const Ranks ranks(words);
  EXPECT_EQ(ranks.find("a"), 1);
  EXPECT_EQ(ranks.find("b"), 2);
  EXPECT_EQ(ranks.find(""), 4);
  EXPECT_EQ(ranks.find("c"), 0);
  EXPECT_EQ(ranks.repeated(), 2);
}

TEST(Ranks, OfNoWords) {
  const std::vector<std::string> words;
  EXPECT_EQ(Ranks(words).find("a"), 0);
  EXPECT_EQ(Ranks(words).repeated(), -1);
}

// Many share a place of the table.
TEST(Ranks, OfManyWords) {
  std::vector<std::string> words;
  for (int i = 0; i < 50'000; ++i) words.push_back(std::to_string(i * 7));
  const Ranks ranks(words);
  for (size_t i = 0; i < words.size(); ++i) {
    ASSERT_EQ(ranks.find(words[i]), static_cast<int32_t>(i) + 1);
    ASSERT_EQ(ranks.find(words[i] + "x"), 0);
  }
  EXPECT_EQ(ranks.repeated(), -1);
  const std::vector<std::string> moved = std::move(words);  // the words themselves stay
  EXPECT_EQ(ranks.find("7"), 2);
}

}  // namespace
}  // namespace eddy::ranks_test
