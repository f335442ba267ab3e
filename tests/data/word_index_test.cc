// SPDX-License-Identifier: MIT
#include "data/word_index.h"

#include <gmock/gmock.h>

#include "data_support.h"

namespace eddy::data::word_index_test {
namespace {

using testing::ElementsAre;

std::vector<std::string> parse(const std::string& json) {
  return parse_word_index("index.json", to_bytes(json));
}

TEST(WordIndex, GivesTheWordsByRank) {
  EXPECT_THAT(parse(R"({"film": 2, "the": 1, "caf\u00e9": 3})"),
              ElementsAre("the", "film", "caf\xc3\xa9"));
}

TEST(WordIndex, RefusesGapsAndRepetitions) {
  const auto refused = [](const std::string& json, const std::string& part) {
    expect_error(ErrorCode::bad_file, part, [&] { parse(json); });
  };
  refused(R"({"a": 1, "b": 3})", "the ranks 1 to 2, each once, got rank 3");
  refused(R"({"a": 1, "b": 1})", "rank 1 twice");
  refused(R"({"a": 1, "a": 2})", "\"a\" twice");
  refused(R"({"a": 0})", "rank 0");
  refused(R"({"a": -1})", "rank -1");
  refused(R"({"a": 1152921504606846976})", "rank 1152921504606846976");
}

TEST(WordIndex, RefusesAnythingElse) {
  const auto refused = [](const std::string& json, const std::string& part) {
    expect_error(ErrorCode::bad_file, part, [&] { parse(json); });
  };
  refused("", "broken JSON");
  refused("{}", "no words");
  refused("[1]", "an array");
  refused("7", "a number");
  refused("PK\x03\x04", "broken JSON");
  refused(R"({"a": "1"})", "a string");
  refused(R"({"a": 1.5})", "the number 1.5");
  refused(R"({"a": {"b": 1}})", "another object");
  refused(R"({"a": null})", "null");
  refused(R"({"a": true})", "a boolean");
  refused("{\"\xff\": 1}", "broken JSON");
  refused(R"({"a": 1} x)", "broken JSON");
}

TEST(WordIndex, RefusesEveryTruncation) {
  const std::string whole = R"({"the": 1, "film": 2})";
  for (size_t length = 0; length < whole.size(); ++length) {
    expect_error(ErrorCode::bad_file, "broken JSON", [&] { parse(whole.substr(0, length)); });
  }
}

}  // namespace
}  // namespace eddy::data::word_index_test
