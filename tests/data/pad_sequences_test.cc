// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "data_support.h"
#include "eddy/datasets.h"

namespace eddy::pad_sequences_test {
namespace {

using data::expect_error;
using testing::ElementsAre;

const Sequences kSequences = {{1, 2, 3}, {}, {4}, {5, 6, 7, 8, 9}};

TEST(PadSequences, PadsAndCutsInFrontByDefault) {
  const IntTensor padded = pad_sequences(kSequences, {.maxlen = 4});
  EXPECT_EQ(padded.shape(), (Shape{4, 4}));
  EXPECT_THAT(padded.values(), ElementsAre(0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 4, 6, 7, 8, 9));
}

TEST(PadSequences, WithoutMaxlenTakesTheLongest) {
  EXPECT_EQ(pad_sequences(kSequences).shape(), (Shape{4, 5}));
}

TEST(PadSequences, PadsBehindWithAnotherValue) {
  const IntTensor padded = pad_sequences(kSequences, {.maxlen = 4, .padding = "post", .value = -1});
  EXPECT_THAT(padded.values(), ElementsAre(1, 2, 3, -1, -1, -1, -1, -1, 4, -1, -1, -1, 6, 7, 8, 9));
}

TEST(PadSequences, TruncatingPostKeepsTheFirstItems) {
  const IntTensor padded = pad_sequences(kSequences, {.maxlen = 2, .truncating = "post"});
  EXPECT_THAT(padded.values(), ElementsAre(1, 2, 0, 0, 0, 4, 5, 6));
}

TEST(PadSequences, NothingGivesNoRows) {
  EXPECT_EQ(pad_sequences({}).shape(), (Shape{0, 0}));
  EXPECT_EQ(pad_sequences({}, {.maxlen = 7}).shape(), (Shape{0, 7}));
  EXPECT_EQ(pad_sequences({{}, {}}).shape(), (Shape{2, 0}));
}

TEST(PadSequences, RefusesUnusableOptions) {
  const auto refused = [](PadOptions options, const std::string& part) {
    expect_error(ErrorCode::invalid_argument, part, [&] { pad_sequences(kSequences, options); });
  };
  refused({.maxlen = 0}, "maxlen: expected 1 or more, got 0");
  refused({.maxlen = -3}, "got -3");
  refused({.maxlen = int64_t{1} << 60}, "maxlen: expected at most");
  refused({.padding = "left"}, "padding: expected \"pre\" or \"post\", got \"left\"");
  refused({.truncating = ""}, "truncating: expected");
}

}  // namespace
}  // namespace eddy::pad_sequences_test
