// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "data/imdb_raw.h"
#include "data_support.h"
#include "eddy/datasets.h"

namespace eddy::data::imdb_folder_test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::ElementsAreArray;

const std::vector<std::string> kWords = {"the", "br", "film", "good", "bad", "caf\xc3\xa9"};

class ImdbFolder : public testing::Test {
 protected:
  void SetUp() override {
    put("train/pos/10_9.txt", "A GOOD film!");
    put("train/pos/2_7.txt", "the film<br /><br />Good, good.");
    put("train/neg/0_1.txt", "bad \xc3\x89 CAF\xc3\x89");
    put("test/pos/0_10.txt", "film-film");
    put("test/neg/7_2.txt", "the\tbad\r\nfilm");
  }
  void put(const std::string& name, const std::string& text) { write(acl_ / name, text); }
  RawImdb load() { return read_imdb_folder(acl_, kWords); }
  void refused(ErrorCode code, const std::string& part) {
    expect_error(code, part, [&] { load(); });
  }

  TempDir folder_;
  fs::path acl_ = folder_ / "aclImdb";
};

TEST_F(ImdbFolder, GivesRanksPositiveReviewsByNameThenNegativeOnes) {
  const RawImdb raw = load();
  ASSERT_EQ(raw.train.x.size(), 3U);
  EXPECT_THAT(raw.train.x[0], ElementsAre(4, 3));  // 10_9 comes before 2_7: names, not numbers
  EXPECT_THAT(raw.train.x[1], ElementsAre(1, 3, 2, 2, 4, 4));
  EXPECT_THAT(raw.train.x[2], ElementsAre(5, 6));
  EXPECT_THAT(raw.train.y, ElementsAre(1, 1, 0));
  ASSERT_EQ(raw.test.x.size(), 2U);
  EXPECT_THAT(raw.test.x[0], ElementsAre(3, 3));
  EXPECT_THAT(raw.test.x[1], ElementsAre(1, 5, 3));
  EXPECT_THAT(raw.test.y, ElementsAre(1, 0));
}

TEST_F(ImdbFolder, ManyFilesKeepTheirOrder) {
  std::vector<std::string> names;
  for (int i = 0; i < 700; ++i) {  // more than two tasks
    names.push_back(std::to_string(i) + "_8.txt");
    put("test/pos/" + names.back(), i % 2 == 0 ? "good" : "film the");
  }
  names.push_back("0_10.txt");
  std::sort(names.begin(), names.end());
  const RawImdb raw = load();
  ASSERT_EQ(raw.test.x.size(), 702U);
  for (size_t i = 0; i < names.size(); ++i) {
    const bool first = names[i] == "0_10.txt";
    const bool even = std::stoi(names[i]) % 2 == 0;
    const std::vector<int32_t> expected =
        first ? std::vector<int32_t>{3, 3} : (even ? std::vector{4} : std::vector{3, 1});
    EXPECT_THAT(raw.test.x[i], ElementsAreArray(expected)) << names[i];
  }
}

TEST_F(ImdbFolder, IsTakenWhereThereIsNoArchive) {
  write(folder_ / "imdb_word_index.json",
        R"({"the": 1, "br": 2, "film": 3, "good": 4, "bad": 5, "caf\u00e9": 6})");
  datasets::Info info;
  const auto [train, test] =
      datasets::imdb({.num_words = 100, .data_dir = folder_.path(), .download = false}, &info);
  EXPECT_EQ(info.source, acl_.string());
  EXPECT_EQ(info.sha256.size(), 64U);
  EXPECT_THAT(train.x, testing::UnorderedElementsAre(ElementsAre(1, 7, 6), ElementsAre(1, 8, 9),
                                                     ElementsAre(1, 4, 6, 5, 5, 7, 7)));
  const std::string before = info.sha256;
  put("test/neg/7_2.txt", "the film");
  datasets::imdb({.data_dir = folder_.path(), .download = false}, &info);
  EXPECT_NE(info.sha256, before);
}

TEST_F(ImdbFolder, WithoutTheWordIndexSaysSo) {
  const ScopedVariable home("HOME", folder_.path().c_str());
  const ScopedVariable data("EDDY_DATA_DIR", nullptr);
  expect_error(ErrorCode::io, "imdb_word_index.json",
               [&] { datasets::imdb({.data_dir = folder_.path(), .download = false}); });
}

TEST_F(ImdbFolder, HiddenFilesAreIgnored) {
  put("train/pos/.DS_Store", "x");
  EXPECT_EQ(load().train.x.size(), 3U);
}

TEST_F(ImdbFolder, RefusesOtherFiles) {
  put("train/neg/readme.txt", "good");
  refused(ErrorCode::bad_file, "names ID_RATING.txt, got \"readme.txt\"");
  fs::remove(acl_ / "train/neg/readme.txt");
  fs::create_directories(acl_ / "train/neg/5_5.txt");
  refused(ErrorCode::bad_file, "a regular file");
}

TEST_F(ImdbFolder, RefusesMissingAndEmptyFolders) {
  fs::remove(acl_ / "test/neg/7_2.txt");
  refused(ErrorCode::bad_file, "reviews ID_RATING.txt, got an empty folder");
  fs::remove(acl_ / "test/neg");
  refused(ErrorCode::io, "test/neg");
}

TEST_F(ImdbFolder, RefusesEmptyReviews) {
  put("train/neg/0_1.txt", "");
  refused(ErrorCode::bad_data, "a review with known words, got an empty file");
  put("train/neg/0_1.txt", "nothing known, ...");
  refused(ErrorCode::bad_data, "train/neg/0_1.txt");
}

TEST_F(ImdbFolder, RefusesATextOfAbsurdSize) {
  fs::resize_file(acl_ / "train/neg/0_1.txt", uint64_t{1} << 33);  // sparse
  refused(ErrorCode::bad_file, "at most 16777216 bytes");
}

}  // namespace
}  // namespace eddy::data::imdb_folder_test
