// SPDX-License-Identifier: MIT
// Where IMDB is found, what is refused, and the real data where EDDY_DATA_DIR has them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <numeric>

#include "core/sha256.h"
#include "data/imdb_raw.h"
#include "data/imdb_source.h"
#include "data/read_file.h"
#include "data/word_index.h"
#include "data_support.h"
#include "eddy/datasets.h"

namespace eddy::data::imdb_test {
namespace {

namespace fs = std::filesystem;
using datasets::ImdbOptions;
using datasets::Info;
using testing::ElementsAre;
using testing::HasSubstr;

const Lists kTrain = {{1, 2, 3}, {4, 5}, {6}};
const Lists kTest = {{7, 8}, {9}};

std::string good_npz() { return imdb_npz(kTrain, {1, 1, 0}, kTest, {1, 0}); }

RawImdb read_npz(const std::string& archive) {
  const auto bytes = to_bytes(archive);
  return read_imdb_npz("imdb.npz", bytes);
}

// Nothing of this machine's own: an empty home, no variable.
class ImdbPlacesTest : public testing::Test {
 protected:
  TempDir home_, given_, variable_;
  ScopedVariable home_variable_{"HOME", home_.path().c_str()};
  ScopedVariable data_variable_{"EDDY_DATA_DIR", nullptr};
};

using Imdb = ImdbPlacesTest;

TEST_F(Imdb, IsLookedForInTheOrderOfTheManual) {
  write(home_ / ".keras/datasets/imdb.npz", imdb_npz({{3}}, {0}, {{3}}, {0}));
  write(variable_ / "imdb.npz", imdb_npz({{2}}, {0}, {{2}}, {0}));
  write(given_ / "imdb.npz", imdb_npz({{1}}, {0}, {{1}}, {0}));
  const auto first_id = [](const std::string& data_dir) {
    return datasets::imdb({.num_words = 100, .data_dir = data_dir, .download = false})
        .train.x[0][1];
  };
  EXPECT_EQ(first_id(""), 3 + 3);
  setenv("EDDY_DATA_DIR", variable_.path().c_str(), 1);
  EXPECT_EQ(first_id(""), 2 + 3);
  EXPECT_EQ(first_id(given_.path()), 1 + 3);
  fs::remove(given_ / "imdb.npz");  // a place without data is passed over
  EXPECT_EQ(first_id(given_.path()), 2 + 3);
}

TEST_F(Imdb, TellsItsSourceAndDigest) {
  write(given_ / "imdb.npz", good_npz());
  Info info;
  const auto [train, test] =
      datasets::imdb({.num_words = 100, .data_dir = given_.path(), .download = false}, &info);
  EXPECT_EQ(info.name, "imdb");
  EXPECT_EQ(info.source, (given_ / "imdb.npz").string());
  EXPECT_EQ(info.sha256, sha256_file(given_ / "imdb.npz"));
  EXPECT_EQ(train.x.size(), 3U);
  EXPECT_EQ(test.x.size(), 2U);
}

TEST_F(Imdb, NowhereNamesEveryPlaceAndTheWayOut) {
  setenv("EDDY_DATA_DIR", variable_.path().c_str(), 1);
  const ImdbOptions options = {.data_dir = given_.path(), .download = false};
  for (const auto& place :
       {given_.path().string(), variable_.path().string(), (home_ / ".keras/datasets").string()}) {
    expect_error(ErrorCode::io, place, [&] { datasets::imdb(options); });
    expect_error(ErrorCode::io, place, [&] { datasets::imdb_words(options); });
  }
  expect_error(ErrorCode::io, "imdb.npz or a folder aclImdb", [&] { datasets::imdb(options); });
  expect_error(ErrorCode::io, "EDDY_DATA_DIR", [&] { datasets::imdb(options); });
  expect_error(ErrorCode::io, "imdb_word_index.json", [&] { datasets::imdb_words(options); });
}

TEST_F(Imdb, AnUnreachableAddressIsNamedToo) {
  const ImdbOrigin origin = {.url = "file:///nonexistent/", .npz_sha256 = "", .index_sha256 = ""};
  expect_error(ErrorCode::io, "file:///nonexistent/imdb.npz", [&] { find_imdb({}, origin); });
  EXPECT_FALSE(fs::exists(home_ / ".keras/datasets/imdb.npz"));
}

TEST_F(Imdb, IsDownloadedIntoTheCacheOnce) {
  write(given_ / "imdb.npz", good_npz());
  const ImdbOrigin origin = {.url = "file://" + given_.path().string() + "/",
                             .npz_sha256 = sha256_file(given_ / "imdb.npz"),
                             .index_sha256 = ""};
  int calls = 0;
  const ImdbOptions options = {.progress = [&](const std::string& name, uint64_t, uint64_t) {
    EXPECT_EQ(name, "imdb.npz");
    ++calls;
  }};
  const fs::path cached = home_ / ".keras/datasets/imdb.npz";
  EXPECT_EQ(find_imdb(options, origin), cached);
  EXPECT_GT(calls, 0);
  EXPECT_EQ(read(cached), good_npz());
  fs::remove(given_ / "imdb.npz");
  EXPECT_EQ(find_imdb(options, origin), cached);
}

TEST_F(Imdb, RefusesADataDirThatIsNoFolder) {
  expect_error(ErrorCode::io, "data_dir: expected a folder, got \"/nonexistent/typo\"",
               [] { datasets::imdb({.data_dir = "/nonexistent/typo", .download = false}); });
}

TEST_F(Imdb, RefusesForeignAndTruncatedFiles) {
  const auto refused = [&](std::string_view bytes, const std::string& part) {
    write(given_ / "imdb.npz", bytes);
    expect_error(ErrorCode::bad_file, part,
                 [&] { datasets::imdb({.data_dir = given_.path(), .download = false}); });
  };
  refused("", "an empty file");
  refused("<html>sign in to the network</html>", "a zip archive of .npy arrays");
  refused(zip({{"config.json", "{}"}}), "got only config.json");
  const std::string whole = good_npz();
  for (size_t length = 0; length < whole.size(); length += 7) {
    refused(std::string_view(whole).substr(0, length), "imdb.npz");
  }
  fs::remove(given_ / "imdb.npz");
  fs::create_directories(given_ / "imdb.npz" / "pos");
  expect_error(ErrorCode::io, "",
               [&] { datasets::imdb({.data_dir = given_.path(), .download = false}); });
}

TEST(ImdbNpz, RefusesIdsOutsideTheVocabulary) {
  const auto refused = [](int32_t id, const std::string& part) {
    expect_error(ErrorCode::bad_data, part, [&] {
      read_npz(imdb_npz(kTrain, {1, 1, 0}, {{7, id}, {9}}, {1, 0}));
    });
  };
  refused(88585, "x_test.npy: expected ids 0 to 88584, the vocabulary's, got 88585");
  refused(-1, "got -1");
  refused(2147483647, "got 2147483647");
  EXPECT_EQ(read_npz(imdb_npz({{88584}}, {1}, {{1}}, {0})).train.x[0][0], 88584);
}

TEST(ImdbNpz, RefusesOtherLabelsAndEmptyReviews) {
  expect_error(ErrorCode::bad_data, "y_train.npy: expected labels 0 and 1", [] {
    read_npz(imdb_npz(kTrain, {1, 2, 0}, kTest, {1, 0}));
  });
  expect_error(ErrorCode::bad_data, "y_test.npy: expected labels 0 and 1", [] {
    read_npz(imdb_npz(kTrain, {1, 1, 0}, kTest, {1, -1}));
  });
  expect_error(ErrorCode::bad_data,
               "x_train.npy: expected words in every review, got none in review 1", [] {
                 read_npz(imdb_npz({{1}, {}}, {1, 0}, kTest, {1, 0}));
               });
}

TEST(ImdbNpz, RefusesOtherCounts) {
  expect_error(ErrorCode::bad_file, "y_train.npy: expected 3 labels, one a review, got 2", [] {
    read_npz(imdb_npz(kTrain, {1, 1}, kTest, {1, 0}));
  });
  expect_error(ErrorCode::bad_file, "x_test.npy: expected reviews, got none", [] {
    read_npz(imdb_npz(kTrain, {1, 1, 0}, {}, {}));
  });
}

TEST(ImdbNpz, RefusesABombOfIntegers) {
  // 70 million ids that deflate to a few hundred kilobytes.
  std::string bomb = npy_lists({{1}});
  const std::string one =
      "]q\x0eK\x01"
      "a";
  const size_t at = bomb.find(one);
  ASSERT_NE(at, std::string::npos);
  std::string many = "]q\x0e(";
  many.reserve(size_t{140} << 20);
  for (int i = 0; i < 70'000'000; ++i) many += "K\x01";
  bomb.replace(at, one.size(), many + "e");
  const std::string archive = zip({{"x_train.npy", bomb}});
  ASSERT_LT(archive.size(), size_t{1} << 20);
  expect_error(ErrorCode::bad_file, "more than 67108864 integers", [&] { read_npz(archive); });
}

// The real data.

class RealImdb : public testing::Test {
 protected:
  void SetUp() override {
    if (real_data().empty()) GTEST_SKIP() << "EDDY_DATA_DIR is not set";
    options_ = {.data_dir = real_data(), .download = false};
  }
  ImdbOptions options_;
};

TEST_F(RealImdb, GivesKerasReviewsInKerasOrder) {
  options_.num_words = 10000;
  const auto [train, test] = datasets::imdb(options_);
  ASSERT_EQ(train.x.size(), 25000U);
  ASSERT_EQ(test.x.size(), 25000U);
  EXPECT_EQ(train.y.shape(), (Shape{25000}));
  const auto labels = [](const Tensor& y) {
    return std::vector<float>(y.values().begin(), y.values().begin() + 10);
  };
  EXPECT_THAT(labels(train.y), ElementsAre(1, 0, 0, 1, 0, 0, 1, 0, 1, 0));
  EXPECT_THAT(labels(test.y), ElementsAre(0, 1, 1, 0, 1, 1, 1, 0, 0, 1));
  const auto head = [](const std::vector<int32_t>& ids, long n) {
    return std::vector<int32_t>(ids.begin(), ids.begin() + n);
  };
  EXPECT_THAT(head(train.x[0], 10), ElementsAre(1, 14, 22, 16, 43, 530, 973, 1622, 1385, 65));
  EXPECT_THAT(head(test.x[0], 9), ElementsAre(1, 591, 202, 14, 31, 6, 717, 10, 10));
  EXPECT_EQ(train.x[0].size(), 218U);
  size_t longest = 0;
  for (const auto& review : train.x) {
    longest = std::max(longest, review.size());
    for (const int32_t id : review) ASSERT_LT(id, 10000);
  }
  EXPECT_EQ(longest, 2494U);
  EXPECT_EQ(std::accumulate(train.y.values().begin(), train.y.values().end(), 0.0), 12500);
}

TEST_F(RealImdb, TheWordIndexHasItsWords) {
  const auto words = datasets::imdb_words(options_);
  ASSERT_EQ(words.size(), static_cast<size_t>(kImdbWords));
  EXPECT_THAT(std::vector<std::string>(words.begin(), words.begin() + 7),
              ElementsAre("the", "and", "a", "of", "to", "is", "br"));
}

TEST_F(RealImdb, EncodeGivesTheIdsOfAReview) {
  const auto [train, test] = datasets::imdb(options_);
  TextEncoder encoder;
  encoder.words = datasets::imdb_words(options_);
  std::string text;
  for (size_t i = 1; i < train.x[0].size(); ++i) {
    text += encoder.words[static_cast<size_t>(train.x[0][i] - 4)] + " ";
  }
  EXPECT_THAT(text, HasSubstr("this film was just brilliant"));
  EXPECT_EQ(encode(encoder, {text})[0], train.x[0]);
}

// 50,000 files are made in seconds in memory, on a busy disk in minutes.
fs::path many_files_place() {
  std::error_code error;
  const fs::space_info memory = fs::space("/dev/shm", error);
  const bool roomy = !error && memory.available > uint64_t{1} << 30;
  return roomy ? "/dev/shm" : fs::temp_directory_path();
}

TEST_F(RealImdb, TheRawTextsGiveTheIdsOfTheArrays) {
  const fs::path archive = fs::path(real_data()) / "aclImdb.tar.xz";
  if (!fs::exists(archive)) GTEST_SKIP() << archive << " is not there";
  const TempDir folder(many_files_place());
  const std::string command =
      "tar -xJf '" + archive.string() + "' -C '" + folder.path().string() + "'";
  if (std::system(command.c_str()) != 0) GTEST_SKIP() << "tar could not unpack " << archive;

  std::vector<uint8_t> bytes;
  read_file(fs::path(real_data()) / "imdb.npz", uint64_t{1} << 28, bytes);
  const RawImdb arrays = read_imdb_npz("imdb.npz", bytes);
  const RawImdb texts = read_imdb_folder(folder / "aclImdb", datasets::imdb_words(options_));
  size_t reviews = 0, different = 0;
  for (const auto part : {&RawImdb::train, &RawImdb::test}) {
    const RawSplit& a = arrays.*part;
    const RawSplit& b = texts.*part;
    ASSERT_EQ(a.x.size(), b.x.size());
    EXPECT_EQ(a.y, b.y);
    for (size_t i = 0; i < a.x.size(); ++i) {
      ++reviews;
      different += std::equal(a.x[i].begin(), a.x[i].end(), b.x[i].begin(), b.x[i].end()) ? 0 : 1;
    }
  }
  EXPECT_EQ(reviews, 50000U);
  EXPECT_EQ(different, 0U);
}

}  // namespace
}  // namespace eddy::data::imdb_test
