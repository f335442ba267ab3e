// SPDX-License-Identifier: MIT
#include "core/saved_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "eddy/error.h"
#include "eddy/saved_state.h"

namespace eddy::saved_state_test {
namespace {

using testing::HasSubstr;

struct Everything {
  bool yes = false;
  int64_t whole = 0;
  uint64_t large = 0;
  double real = 0;
  std::optional<double> some = 3, none = 4;
  std::string text;
  std::vector<double> reals;
  std::vector<std::string> texts;
  std::vector<Tensor> tensors;
  float in_place[3] = {};

  void exchange(SavedState& state) {
    state.value("yes", yes);
    state.value("whole", whole);
    state.value("large", large);
    state.value("real", real);
    state.value("some", some);
    state.value("none", none);
    SavedState part = state.part("part");
    part.value("whole", text);
    part.value("reals", reals);
    part.value("texts", texts);
    part.value("tensors", tensors);
    part.value("in place", std::span<float>(in_place));
  }
};

std::string bytes_of(Everything everything) {
  SavedState state;
  everything.exchange(state);
  return state.bytes();
}

Error error_of(const std::string& bytes) {
  try {
    SavedState state(bytes, "a.eddy");
    Everything().exchange(state);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorCode::internal, "", "", ""};
}

TEST(SavedState, GivesBackWhatItTook) {
  Everything given = {.yes = true,
                      .whole = -5,
                      .large = UINT64_MAX,
                      .real = -0.1,
                      .some = INFINITY,
                      .none = std::nullopt,
                      .text = std::string("a\0b", 3),
                      .reals = {1, 2.5},
                      .texts = {"", "x"},
                      .tensors = {Tensor({2, 1}, {1, 2}), Tensor()},
                      .in_place = {1, 2, 3}};
  const std::string bytes = bytes_of(given);
  SavedState state(bytes, "a.eddy");
  EXPECT_TRUE(state.restores());
  Everything got;
  got.texts = {"stale"};
  got.exchange(state);
  EXPECT_EQ(got.some, given.some);
  EXPECT_EQ(got.none, std::nullopt);
  EXPECT_EQ(got.tensors[0].shape(), given.tensors[0].shape());
  EXPECT_EQ(bytes_of(got), bytes);
}

TEST(SavedState, EveryDamageIsFound) {
  const std::string bytes = bytes_of({});
  for (size_t i = 0; i < bytes.size(); i += 7) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 4);
    EXPECT_EQ(error_of(changed).code(), ErrorCode::bad_file);
    EXPECT_EQ(error_of(bytes.substr(0, i)).code(), ErrorCode::bad_file);
  }
}

TEST(SavedState, MissingAndOtherValuesAreNamed) {
  SavedState other;
  int64_t yes = 1;
  other.value("yes", yes);
  EXPECT_THAT(error_of(other.bytes()).what(),
              HasSubstr("[a.eddy] value 'yes': expected one, got one of another type. Fix: "));
  EXPECT_THAT(error_of(SavedState().bytes()).what(),
              HasSubstr("value 'yes': expected one, got none."));
  SavedState longer;
  std::vector<float> values(4);
  longer.value("values", values);
  SavedState state(longer.bytes(), "a.eddy");
  float three[3];
  EXPECT_THROW(state.value("values", std::span<float>(three)), Error);
}

// Behind the digest, as a file would be that somebody has made on purpose.
TEST(SavedState, LengthsBeyondTheEndAreRefused) {
  std::string body = encode_values({{"name", {'s', "value"}}});
  EXPECT_EQ(decode_values(body, "x").at("name").bytes, "value");
  for (size_t i = 13; i < body.size(); ++i) {
    std::string changed = body;
    changed[i] = '\xff';
    try {
      decode_values(changed, "x");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_file);
    }
    if (i == body.size() - 1) continue;
    EXPECT_THROW(decode_values(std::string_view(body).substr(0, i + 1), "x"), Error);
  }
}

}  // namespace
}  // namespace eddy::saved_state_test
