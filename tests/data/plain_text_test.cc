// SPDX-License-Identifier: MIT
// Plain texts as ids and as windows of streams; n-grams against counts by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "data/data_support.h"
#include "eddy/language_model.h"
#include "message_of.h"

namespace eddy::plain_text_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<int32_t> some_ids(size_t count, int32_t ids) {
  std::vector<int32_t> text(count);
  uint32_t state = 7;
  for (int32_t& id : text) {
    state = state * 1664525U + 1013904223U;
    id = static_cast<int32_t>((state >> 16) % static_cast<uint32_t>(ids));
  }
  return text;
}

TEST(PlainText, IsReadWhole) {
  const data::TempDir folder;
  data::write(folder / "text.txt",
              "\xef\xbb\xbf"
              "a\r\nb\xff\xc3\xa9\xed\xa0\x80");
  const datasets::PlainText text = datasets::read_text(folder / "text.txt");
  EXPECT_EQ(text.text, "a\r\nb\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(text.invalid_bytes, 4U);
  EXPECT_EQ(text.sha256.size(), 64U);
}

TEST(PlainText, RefusesWhatIsNoText) {
  const data::TempDir folder;
  const auto refused = [&](const std::string& bytes) {
    data::write(folder / "bad", bytes);
    return message_of([&] { datasets::read_text(folder / "bad"); });
  };
  EXPECT_THAT(refused(""), HasSubstr("expected a text, got an empty file"));
  EXPECT_THAT(refused("\xef\xbb\xbf"), HasSubstr("got a byte-order mark alone"));
  EXPECT_THAT(refused(std::string("ab\0c", 4)), HasSubstr("got a zero byte at 2"));
  EXPECT_THAT(refused("\xff\xfe"
                      "a"),
              HasSubstr("got UTF-16"));
  EXPECT_THAT(message_of([&] { datasets::read_text(folder / "none"); }),
              HasSubstr("expected readable bytes"));
  EXPECT_THAT(message_of([&] { datasets::read_text(folder.path()); }),
              HasSubstr("got a folder or a device"));
}

TEST(Characters, HaveIdsByFrequency) {
  const std::string text = "banana\xc3\xa9\xc3\xa9";
  const TextEncoder encoder = character_encoder(text);
  EXPECT_THAT(encoder.vectorization->vocabulary, ElementsAre("a", "\xc3\xa9", "n", "b"));
  EXPECT_THAT(character_ids(encoder, "Ba\xc3\xa9n"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(character_encoder(text, 4).vectorization->vocabulary, ElementsAre("a", "\xc3\xa9"));
}

TEST(Characters, OfALongTextAreThoseOfItsPieces) {
  // Three bytes a character: no piece of a power of two ends between two of them by itself.
  std::string text;
  for (int i = 0; i < 800'000; ++i) text += i % 3 == 0 ? "\xe2\x82\xac" : "\xe2\x82\xad";
  const TextEncoder encoder = character_encoder(text);
  EXPECT_EQ(encoder.vectorization->vocabulary.size(), 2U);
  const auto ids = character_ids(encoder, text);
  ASSERT_EQ(ids.size(), 800'000U);
  for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], i % 3 == 0 ? 3 : 2) << i;
}

TEST(TextWindows, GoOnWhereTheWindowBeforeHasEnded) {
  const auto ids = some_ids(65, 1000);
  const TextWindows windows = text_windows(ids, 3, 5);
  EXPECT_EQ(windows.stream_length, 21);  // 64 targets, a third each
  EXPECT_EQ(windows.windows, 4);
  EXPECT_EQ(windows.targets(), 60);
  ASSERT_EQ(windows.x.shape(), (Shape{12, 5}));
  for (int64_t s = 0; s < 3; ++s) {
    for (int64_t i = 0; i < 20; ++i) {
      const int64_t cell = (i / 5 * 3 + s) * 5 + i % 5;
      const auto at = static_cast<size_t>(s * 21 + i);
      EXPECT_EQ(windows.x[cell], ids[at]);
      EXPECT_EQ(windows.y[cell], static_cast<float>(ids[at + 1]));
    }
  }
  EXPECT_THAT(
      message_of([&] { text_windows(ids, 13, 5); }),
      HasSubstr("expected more than 65 characters, one window of 5 for each of 13 streams"));
  EXPECT_EQ(text_windows(ids, 16, 4).windows, 1);
  EXPECT_THAT(message_of([&] { text_windows({}, 1, 1); }), HasSubstr("got 0"));
  EXPECT_THAT(message_of([&] { text_windows(ids, 0, 5); }), HasSubstr("streams"));
}

// Witten and Bell's rule from counts in a map, context by context.
double by_hand(const std::vector<int32_t>& learned, const std::vector<int32_t>& text, size_t at,
               size_t length, int32_t ids) {
  if (length > at) length = at;
  double p = 1.0 / ids;
  for (size_t n = 0; n <= length; ++n) {
    const std::vector<int32_t> context(text.begin() + static_cast<int64_t>(at - n),
                                       text.begin() + static_cast<int64_t>(at));
    std::map<int32_t, int> behind;
    int count = 0;
    for (size_t i = n; i < learned.size(); ++i) {
      if (!std::equal(context.begin(), context.end(),
                      learned.begin() + static_cast<int64_t>(i - n)))
        continue;
      ++behind[learned[i]];
      ++count;
    }
    if (count == 0) break;
    const auto types = static_cast<double>(behind.size());
    p = (behind[text[at]] + types * p) / (count + types);
  }
  return p;
}

TEST(Ngrams, AreCountsByHand) {
  constexpr int32_t kIds = 5;
  const auto learned = some_ids(90, 4), text = some_ids(31, kIds);
  for (const int64_t order : {1, 2, 3, 4}) {
    NgramModel model(order, kIds);
    model.add(learned);
    double bits = 0, all = 0;
    for (size_t at = 1; at < text.size(); ++at) {
      bits -= std::log2(by_hand(learned, text, at, static_cast<size_t>(order - 1), kIds));
    }
    EXPECT_NEAR(model.bits(text), bits, 1e-9) << order;
    for (int32_t id = 0; id < kIds; ++id) {  // probabilities of all ids that may follow
      std::vector<int32_t> pair = {learned[3], learned[4], learned[5], id};
      const std::vector<int32_t> start(pair.begin(), pair.end() - 1);
      all += std::exp2(model.bits(start) - model.bits(pair));
    }
    EXPECT_NEAR(all, 1, 1e-9) << order;
  }
}

TEST(PlainTexts, ThatAreTooLargeAreLeftUnread) {
  const data::TempDir folder;
  const auto path = folder / "long.txt";
  data::write(path, "a");
  std::filesystem::resize_file(path,
                               uint64_t{1} << 30);  // a hole, which takes no place on the disk
  const std::string message = message_of([&] { datasets::read_text(path); });
  EXPECT_THAT(message, HasSubstr("expected at most 268435456 bytes, got 1073741824 bytes"));
  EXPECT_THAT(message, HasSubstr("take a part of it"));
}

TEST(Ngrams, LearnOnTheWay) {
  constexpr int32_t kIds = 4;
  const auto text = some_ids(40, kIds);
  double bits = 0;
  for (size_t at = 1; at < text.size(); ++at) {
    const std::vector<int32_t> past(text.begin(), text.begin() + static_cast<int64_t>(at));
    bits -= std::log2(by_hand(past, text, at, 2, kIds));
  }
  EXPECT_NEAR(NgramModel(3, kIds).adaptive_bits(text), bits, 1e-9);
}

TEST(Ngrams, RefuseWhatTheyCannotCount) {
  EXPECT_THAT(message_of([] { NgramModel(5, 3); }), HasSubstr("order: expected 1 to 4, got 5"));
  EXPECT_THAT(message_of([] { NgramModel(2, 0); }), HasSubstr("ids: expected 1 to"));
  EXPECT_THAT(message_of([] {
                NgramModel(2, 3).add(std::vector<int32_t>{0, 3});
              }),
              HasSubstr("expected 0 to 2, got 3"));
}

}  // namespace
}  // namespace eddy::plain_text_test
