// SPDX-License-Identifier: MIT
// Expected words are those of Python's str.lower(), translate() and split().
#include "eddy/text.h"

#include <gmock/gmock.h>

#include "data_support.h"

namespace eddy::text_test {
namespace {

using data::expect_error;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Tokenize, LowersAndSplitsAtKerasFilterCharacters) {
  EXPECT_THAT(tokenize("This film WAS just brilliant, wasn't it?"),
              ElementsAre("this", "film", "was", "just", "brilliant", "wasn't", "it"));
  EXPECT_THAT(tokenize("a!b\"c#d$e%f&g(h)i*j+k,l-m.n/o:p;q<r=s>t?u@v[w\\x]y^z_0`1{2|3}4~5\t6\n7"),
              testing::SizeIs(34));
  EXPECT_THAT(tokenize("  \t one \r\n\v\f two\x1c"
                       "three  "),
              ElementsAre("one", "two", "three"));
}

TEST(Tokenize, AnHtmlLineBreakLeavesTheWordBr) {
  EXPECT_THAT(tokenize("End.<br /><br />Next"), ElementsAre("end", "br", "br", "next"));
}

TEST(Tokenize, KeepsApostrophesAndHighPunctuation) {
  EXPECT_THAT(tokenize("'Tis the \xe2\x80\x9c"
                       "best\xe2\x80\x9d"),
              ElementsAre("'tis", "the",
                          "\xe2\x80\x9c"
                          "best\xe2\x80\x9d"));
}

TEST(Tokenize, LowersEveryScript) {
  EXPECT_THAT(tokenize("\xc3\x81NGELA \xc3\x89t\xc3\xa9 \xd0\x9c\xd0\x98\xd0\xa0"),
              ElementsAre("\xc3\xa1ngela", "\xc3\xa9t\xc3\xa9", "\xd0\xbc\xd0\xb8\xd1\x80"));
  EXPECT_THAT(tokenize("\xc4\xb0zmir"), ElementsAre("i\xcc\x87zmir"));  // capital I with a dot
  EXPECT_THAT(tokenize("\xc8\xba"), ElementsAre("\xe2\xb1\xa5"));       // longer in lower case
}

TEST(Tokenize, SplitsAtEveryBlankOfUnicode) {
  EXPECT_THAT(tokenize("a\xc2\x85"
                       "b\xc2\xa0"
                       "c\xe2\x80\xa8"
                       "d\xe3\x80\x80"
                       "e"),
              ElementsAre("a", "b", "c", "d", "e"));
}

TEST(Tokenize, AnInvalidByteIsABlank) {
  EXPECT_THAT(tokenize("good\xff"
                       "film"),
              ElementsAre("good", "film"));
  EXPECT_THAT(tokenize("cut\xe2\x80"), ElementsAre("cut"));
  EXPECT_THAT(tokenize(std::string_view("\xed\xa0\x80 x", 5)), ElementsAre("x"));  // a surrogate
}

TEST(Tokenize, AnEmptyTextHasNoWords) {
  EXPECT_THAT(tokenize(""), IsEmpty());
  EXPECT_THAT(tokenize("... !?"), IsEmpty());
}

TextEncoder encoder() {
  TextEncoder made;
  made.words = {"the", "film", "was", "good"};
  return made;
}

TEST(Encode, GivesKerasIds) {
  EXPECT_THAT(encode(encoder(), {"The film was GOOD.", "Film!"}),
              ElementsAre(ElementsAre(1, 4, 5, 6, 7), ElementsAre(1, 5)));
}

TEST(Encode, UnknownWordsAreDroppedAndRareOnesBecomeOov) {
  auto limited = encoder();
  limited.num_words = 6;
  EXPECT_THAT(encode(limited, {"the splendid film was good", "splendid"}),
              ElementsAre(ElementsAre(1, 4, 5, 2, 2), ElementsAre(1)));
}

TEST(Encode, FollowsItsOptions) {
  auto other = encoder();
  other.start_char = 9;
  other.index_from = 10;
  other.oov_char = 8;
  other.num_words = 13;
  EXPECT_THAT(encode(other, {"the film was"}), ElementsAre(ElementsAre(9, 11, 12, 8)));
}

TEST(Encode, RefusesATextWithoutLetterOrDigit) {
  expect_error(ErrorCode::bad_data, "text 1: expected at least one letter or digit, got an empty",
               [] {
                 encode(encoder(), {"fine", ""});
               });
  for (const char* text : {" \n", "?!", "\xff\xfe", "'"}) {
    expect_error(ErrorCode::bad_data, "text 0: expected at least one letter or digit",
                 [&] { encode(encoder(), {text}); });
  }
  EXPECT_THAT(encode(encoder(), {"7", "\xd0\xbc"}), ElementsAre(ElementsAre(1), ElementsAre(1)));
}

TEST(RankOfWords, CountsFromOneAndRefusesRepeatedWords) {
  const auto ranks = rank_of_words(encoder());
  EXPECT_EQ(ranks.size(), 4U);
  EXPECT_EQ(ranks.at("the"), 1);
  EXPECT_EQ(ranks.at("good"), 4);
  auto twice = encoder();
  twice.words.push_back("film");
  expect_error(ErrorCode::bad_data, "\"film\" twice", [&] { rank_of_words(twice); });
  expect_error(ErrorCode::bad_data, "\"film\" twice", [&] { encode(twice, {"a"}); });
}

TEST(Encode, RefusesIdsBeyond32Bits) {
  auto huge = encoder();
  huge.index_from = 2147483647;
  expect_error(ErrorCode::invalid_argument, "index_from", [&] { encode(huge, {"film"}); });
  huge.index_from = -1;
  expect_error(ErrorCode::invalid_argument, "index_from", [&] { encode(huge, {"film"}); });
}

}  // namespace
}  // namespace eddy::text_test
