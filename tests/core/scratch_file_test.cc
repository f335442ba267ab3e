// SPDX-License-Identifier: MIT
#include "core/scratch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "eddy/error.h"

namespace eddy::scratch_file_test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

// One of its own: tests run side by side.
class Folder {
 public:
  Folder() {
    std::string name = (fs::path(testing::TempDir()) / "eddy-scratch-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the test");
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::vector<uint8_t> random_bytes(size_t count) {
  std::mt19937 random(3);
  std::vector<uint8_t> bytes(count);
  for (auto& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

// Pieces of every length up to 5,000, as they come.
void fill(Spool& spool, const std::vector<uint8_t>& bytes) {
  for (size_t at = 0, length = 1; at < bytes.size(); at += length, length = length * 7 % 5003) {
    length = std::min(length, bytes.size() - at);
    spool.append(bytes.data() + at, length);
  }
}

void expect_reads(const Spool& spool, const std::vector<uint8_t>& bytes) {
  ASSERT_EQ(spool.size(), static_cast<int64_t>(bytes.size()));
  std::mt19937 random(5);
  for (int i = 0; i < 400; ++i) {
    const size_t offset = random() % bytes.size();
    std::vector<uint8_t> read(random() % std::min<size_t>(bytes.size() - offset, 150'000));
    spool.read(static_cast<int64_t>(offset), read.data(), read.size());
    ASSERT_TRUE(std::equal(read.begin(), read.end(), bytes.data() + offset)) << offset;
  }
}

TEST(Spool, GivesBackItsBytesFromMemoryAndFromTheFile) {
  const Folder folder;
  const auto bytes = random_bytes(1'000'003);
  Spool in_memory({.folder = folder.path()}), in_file({200'000, folder.path()});
  fill(in_memory, bytes);
  fill(in_file, bytes);
  EXPECT_EQ(in_memory.scratch_bytes(), 0);
  EXPECT_GT(in_file.scratch_bytes(), 1'000'003 - 200'000);
  expect_reads(in_memory, bytes);
  expect_reads(in_file, bytes);
  EXPECT_TRUE(fs::is_empty(folder.path()));  // the file has lost its name
}

TEST(Spool, HoldsWhatItMayBeforeThereIsAFile) {
  const Folder folder;
  Spool spool({3 * Spool::kPiece, folder.path()});
  const std::vector<uint8_t> piece(Spool::kPiece);
  for (int i = 0; i < 3; ++i) spool.append(piece.data(), piece.size());
  EXPECT_EQ(spool.scratch_bytes(), 0);
  spool.append(piece.data(), 1);
  EXPECT_EQ(spool.scratch_bytes(), 3 * static_cast<int64_t>(Spool::kPiece));
}

std::string message_of_spilling(const fs::path& folder) {
  try {
    Spool spool({1, folder});
    fill(spool, random_bytes(300'000));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    return error.what();
  }
  return "no error";
}

TEST(Spool, AFolderThatIsNotThereIsNamed) {
  EXPECT_THAT(
      message_of_spilling("/nowhere/at all"),
      AllOf(HasSubstr("[/nowhere/at all] new scratch file in this folder: expected success"),
            HasSubstr("No such file"), HasSubstr("TMPDIR")));
}

TEST(Spool, AFullDiskIsSaid) {
  const Folder folder;
  void (*handler)(int) = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{100'000, old.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = message_of_spilling(folder.path());
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message,
              AllOf(HasSubstr("writing the scratch file: expected success, got \"File too"),
                    HasSubstr("Fix: free some space")));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace eddy::scratch_file_test
