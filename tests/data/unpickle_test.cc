// SPDX-License-Identifier: MIT
// What the unpickler reads, and that broken bytes of it do no harm.
#include "data/unpickle.h"

#include <gmock/gmock.h>

#include "pickles_support.h"

namespace eddy::data::unpickle_test {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Unpickle, ReadsEveryProtocolFromTwoToFive) {
  for (const auto& pickle : all_protocols()) {
    EXPECT_THAT(unpickle(pickle),
                ElementsAre(ElementsAre(1, 300, 70000), ElementsAre(5), IsEmpty()));
  }
}

TEST(Unpickle, RefusesEveryTruncation) {
  for (const auto& pickle : all_protocols()) {
    for (size_t length = 0; length < pickle.size(); ++length) {
      SCOPED_TRACE(length);
      refused(pickle.substr(0, length), "");
    }
    refused(pickle + "x", "more bytes after its end");
  }
}

TEST(Unpickle, SurvivesChangedBytes) {
  for (const auto& pickle : all_protocols()) {
    for (size_t i = 0; i < pickle.size(); ++i) {
      for (size_t value = i % 3; value < 256; value += 3) {
        std::string changed = pickle;
        changed[i] = static_cast<char>(value);
        try {
          EXPECT_LE(unpickle(changed).size(), 3U);
        } catch (const Error& error) {
          EXPECT_THAT(error.what(), HasSubstr("x.npy"));
        }
      }
    }
  }
}

TEST(Unpickle, ReadsLongIntegersThatFit) {
  EXPECT_EQ(unpickle(with_first_list("](K\x01\x8a\x02\xe8\x03K\x02"
                                     "e"sv))[0],
            (std::vector<int32_t>{1, 1000, 2}));
  EXPECT_EQ(unpickle(with_first_list("]\x8a\x00"
                                     "a"sv))[0],
            (std::vector<int32_t>{0}));
  EXPECT_EQ(unpickle(with_first_list("]\x8a\x01\xff"
                                     "a"sv))[0],
            (std::vector<int32_t>{-1}));
  EXPECT_EQ(unpickle(with_first_list("](J\xff\xff\xff\xff"
                                     "e"sv))[0],
            (std::vector<int32_t>{-1}));
  expect_error(ErrorCode::bad_data, "32-bit integers, got 2147483648", [] {
    unpickle(
        with_first_list("](K\x01\x8a\x05\x00\x00\x00\x80\x00"
                        "e"sv));
  });
  expect_error(ErrorCode::bad_data, "one of 9 bytes", [] {
    unpickle(
        with_first_list("](\x8a\x09\x00\x00\x00\x80\x00\x00\x00\x00\x01"
                        "e"sv));
  });
}

TEST(Unpickle, ReadsListsLongerThanABatch) {
  Lists lists(2100);
  for (size_t i = 0; i < lists.size(); ++i) lists[i] = {static_cast<int32_t>(i), 7};
  lists[0].clear();
  for (int32_t k = 0; k < 3001; ++k) lists[0].push_back(k * 40);
  for (const int protocol : {3, 4}) {
    const auto bytes = to_bytes(npy_lists(lists, protocol));
    SpanReader in({"test.npz", "x.npy"}, bytes);
    const Ragged ragged = read_npy_lists(in);
    ASSERT_EQ(ragged.size(), lists.size());
    for (size_t i = 0; i < lists.size(); ++i) {
      EXPECT_THAT(ragged[i], testing::ElementsAreArray(lists[i]));
    }
  }
}

TEST(Unpickle, ReadsAListThatStandsTwice) {
  // MEMOIZE numbers the first list 19: BINGET 19 instead of the second.
  std::string twice(kProtocol4);
  const size_t at = twice.find(
      "]\x94K\x05"
      "a");
  ASSERT_NE(at, std::string::npos);
  twice.replace(at, 5, "h\x13");
  EXPECT_THAT(unpickle(twice),
              ElementsAre(ElementsAre(1, 300, 70000), ElementsAre(1, 300, 70000), IsEmpty()));
}

}  // namespace
}  // namespace eddy::data::unpickle_test
