// SPDX-License-Identifier: MIT
// The Reuters newswires as keras.datasets.reuters gives them, from a small reuters.npz.
#include "eddy/reuters.h"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "data/imdb_source.h"
#include "data_support.h"
#include "training/golden_support.h"

namespace eddy::data::reuters_test {
namespace {

using datasets::ReutersOptions;
using nlohmann::json;

std::string reuters_npz(const Lists& x, const std::vector<int>& y) {
  return zip({{"x.npy", npy_lists(x)}, {"y.npy", npy_labels(y)}});
}

class Reuters : public testing::Test {
 protected:
  void write_npz(const Lists& x, const std::vector<int>& y) {
    write(folder_ / "reuters.npz", reuters_npz(x, y));
  }
  ReutersOptions here() const { return {.data_dir = folder_.path(), .download = false}; }
  void refuse(ErrorCode code, const std::string& part) {
    expect_error(code, part, [&] { datasets::reuters(here()); });
  }

  TempDir folder_, home_;
  ScopedVariable variable_{"EDDY_DATA_DIR", nullptr};
  ScopedVariable home_variable_{"HOME", home_.path().c_str()};
};

TEST_F(Reuters, GivesWhatKerasGives) {
  const json cases = golden_cases("reuters");
  EXPECT_EQ(json(datasets::reuters_label_names()), cases[0]["label_names"]);
  write_npz(cases[0]["x"], cases[0]["y"]);
  int seen = 0;
  for (const auto& golden : cases) {
    if (!golden.contains("options")) continue;
    ++seen;
    const json& given = golden["options"];
    SCOPED_TRACE(given.dump());
    ReutersOptions options = here();
    if (given.contains("num_words")) options.num_words = given["num_words"];
    if (given.contains("maxlen")) options.maxlen = given["maxlen"];
    options.skip_top = given.value("skip_top", options.skip_top);
    options.test_split = given.value("test_split", options.test_split);
    options.seed = given.value("seed", options.seed);
    options.index_from = given.value("index_from", options.index_from);
    for (const auto& [key, option] :
         {std::pair("start_char", &options.start_char), std::pair("oov_char", &options.oov_char)}) {
      if (!given.contains(key)) continue;
      option->reset();
      if (!given[key].is_null()) *option = given[key].get<int32_t>();
    }
    datasets::Info info;
    const auto [train, test] = datasets::reuters(options, &info);
    EXPECT_EQ(json(train.x), golden["x_train"]);
    EXPECT_EQ(json(test.x), golden["x_test"]);
    EXPECT_EQ(train.y.values(), golden["y_train"].get<std::vector<float>>());
    EXPECT_EQ(test.y.values(), golden["y_test"].get<std::vector<float>>());
    EXPECT_EQ(info.sha256, sha256_file(folder_ / "reuters.npz"));
  }
  EXPECT_GE(seen, 12);
}

TEST_F(Reuters, WordsStandByRank) {
  write(folder_ / "reuters_word_index.json", R"({"of": 2, "the": 1})");
  EXPECT_THAT(datasets::reuters_words(here()), testing::ElementsAre("the", "of"));
}

TEST_F(Reuters, BothFilesAreDownloadedAndTheirDigestsChecked) {
  TempDir source;
  write(source / "reuters.npz", reuters_npz({{1}}, {45}));
  write(source / "reuters_word_index.json", "{\"the\": 1}\n");
  ReutersOrigin origin = {.url = "file://" + source.path().string() + "/",
                          .npz_sha256 = sha256_file(source / "reuters.npz"),
                          .index_md5 = "c1dd5c9afc8cc71eea8b9e2a4ee4ed2f"};
  EXPECT_EQ(find_reuters({}, origin), home_ / ".keras/datasets/reuters.npz");
  expect_error(ErrorCode::io, "expected MD5 c1dd5c9afc8cc71eea8b9e2a4ee4ed2f, got",
               [&] { find_reuters_word_index({}, origin); });
  EXPECT_FALSE(std::filesystem::exists(home_ / ".keras/datasets/reuters_word_index.json"));
  Digest digest(Digest::Kind::md5);
  digest.add(read(source / "reuters_word_index.json"));
  origin.index_md5 = digest.hex();
  const auto cached = home_ / ".keras/datasets/reuters_word_index.json";
  EXPECT_EQ(find_reuters_word_index({}, origin), cached);
  EXPECT_EQ(read(cached), "{\"the\": 1}\n");
}

TEST(Md5, OfAKnownText) {  // RFC 1321, A.5
  Digest digest(Digest::Kind::md5);
  digest.add("message digest");
  EXPECT_EQ(digest.hex(), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_F(Reuters, RefusesOtherData) {
  refuse(ErrorCode::io, "expected reuters.npz in one of");
  write_npz({{1, 2}, {3}}, {45, 46});
  refuse(ErrorCode::bad_data, "y.npy: expected labels 0 to 45, got another one at index 1");
  write_npz({{1, 2}, {3}}, {45});
  refuse(ErrorCode::bad_file, "y.npy: expected 2 labels, one a newswire, got 1");
  write_npz({{1, 1'000'001}}, {4});
  refuse(ErrorCode::bad_data, "x.npy: expected ids 0 to 1000000, got 1000001");
  write(folder_ / "reuters.npz", "no archive");
  refuse(ErrorCode::bad_file, "reuters.npz");
  write_npz({{1, 2, 3}}, {4});
  for (const double share : {-0.1, 1.5, std::nan("")}) {
    expect_error(ErrorCode::invalid_argument, "test_split: expected 0 to 1, got", [&] {
      ReutersOptions options = here();
      options.test_split = share;
      datasets::reuters(options);
    });
  }
  expect_error(ErrorCode::invalid_argument, "maxlen: expected one that keeps some texts", [&] {
    ReutersOptions options = here();
    options.maxlen = 3;
    datasets::reuters(options);
  });
}

}  // namespace
}  // namespace eddy::data::reuters_test
