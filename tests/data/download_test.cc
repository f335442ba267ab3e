// SPDX-License-Identifier: MIT
// Transfers from file:// addresses: no test needs a network.
#include "data/download.h"

#include <gmock/gmock.h>

#include "core/sha256.h"
#include "data_support.h"

namespace eddy::data::download_test {
namespace {

namespace fs = std::filesystem;

const std::string kContents = std::string(300000, 'x') + "end";

class Download : public testing::Test {
 protected:
  void SetUp() override { write(folder_ / "source.bin", kContents); }
  DownloadRequest request() const {
    return {"file://" + (folder_ / "source.bin").string(), folder_ / "new/folder/copy.bin",
            sha256_hex(std::as_bytes(std::span(kContents))), kContents.size()};
  }
  // The target's folder has this file and nothing else, not even a temporary one.
  void expect_files(const std::vector<std::string>& expected) const {
    std::vector<std::string> names;
    if (fs::exists(folder_ / "new/folder")) {
      for (const auto& entry : fs::directory_iterator(folder_ / "new/folder")) {
        names.push_back(entry.path().filename());
      }
    }
    EXPECT_EQ(names, expected);
  }

  TempDir folder_;
};

TEST_F(Download, WritesTheFileAndTellsProgress) {
  auto wanted = request();
  uint64_t last = 0;
  wanted.progress = [&](const std::string& name, uint64_t now, uint64_t total) {
    EXPECT_EQ(name, "copy.bin");
    EXPECT_GE(now, last);
    EXPECT_EQ(total, kContents.size());
    last = now;
  };
  download(wanted);
  EXPECT_EQ(last, kContents.size());
  EXPECT_EQ(read(wanted.to), kContents);
  expect_files({"copy.bin"});
}

TEST_F(Download, AnotherDigestLeavesNothing) {
  auto wanted = request();
  wanted.sha256[0] = wanted.sha256[0] == '0' ? '1' : '0';
  expect_error(ErrorCode::bad_file, "SHA-256 " + wanted.sha256, [&] { download(wanted); });
  expect_files({});
}

TEST_F(Download, AMissingFileIsNamed) {
  auto wanted = request();
  wanted.url += ".missing";
  expect_error(ErrorCode::io, "source.bin.missing", [&] { download(wanted); });
  expect_files({});
}

TEST_F(Download, RefusesMoreBytesThanAllowed) {
  auto wanted = request();
  wanted.max_bytes = kContents.size() - 1;
  expect_error(ErrorCode::bad_file, "expected at most 300002 bytes", [&] { download(wanted); });
  expect_files({});
}

TEST_F(Download, RefusesOtherProtocols) {
  auto wanted = request();
  wanted.url = "ftp://localhost/source.bin";
  expect_error(ErrorCode::io, "ftp://localhost/source.bin", [&] { download(wanted); });
  expect_files({});
}

TEST_F(Download, AProgressThatThrowsEndsIt) {
  auto wanted = request();
  wanted.progress = [](const std::string&, uint64_t, uint64_t) {
    throw std::runtime_error("stop");
  };
  EXPECT_THROW(download(wanted), std::runtime_error);
  expect_files({});
}

TEST_F(Download, KeepsTheOldFileWhenItFails) {
  auto wanted = request();
  write(wanted.to, "old");
  wanted.url += ".missing";
  expect_error(ErrorCode::io, "download: expected the file", [&] { download(wanted); });
  EXPECT_EQ(read(wanted.to), "old");
  expect_files({"copy.bin"});
}

TEST_F(Download, AFolderThatCannotBeMadeIsNamed) {
  auto wanted = request();
  wanted.to = folder_ / "source.bin/below/copy.bin";  // below a file
  expect_error(ErrorCode::io, "folder: expected it or leave to create it",
               [&] { download(wanted); });
}

}  // namespace
}  // namespace eddy::data::download_test
