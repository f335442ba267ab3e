// SPDX-License-Identifier: MIT
#include "core/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "eddy/error.h"

namespace eddy::atomic_file_test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFileTest() {
    std::string name = (fs::temp_directory_path() / "eddy-atomic-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~AtomicFileTest() override {
    fs::permissions(folder_, fs::perms::owner_all);
    fs::remove_all(folder_);
  }

  static std::string contents(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  size_t files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  static Error error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& e) {
      return e;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::internal, "", "", ""};
  }

  fs::path folder_;
};

// Files of this process cannot grow beyond `bytes` while it lives: a full disk for one process.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit = {bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_ = {};
  void (*handler_)(int);
};

// Root may write everywhere; as nobody it may not.
class NoPrivileges {
 public:
  NoPrivileges() : old_(::geteuid()), left_(old_ != 0 || ::seteuid(65534) == 0) {}
  ~NoPrivileges() {
    if (::geteuid() != old_) left_ = ::seteuid(old_) == 0;
  }
  bool left() const { return left_; }

 private:
  uid_t old_;
  bool left_;
};

TEST_F(AtomicFileTest, WritesAndReplaces) {
  const fs::path path = folder_ / "model.keras";
  write_file_atomically(path, "first");
  EXPECT_EQ(contents(path), "first");
  const std::string binary("\0\xff second", 9);
  write_file_atomically(path, binary);
  EXPECT_EQ(contents(path), binary);
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, OldFileStaysWhenNothingIsCommitted) {
  const fs::path path = folder_ / "history.csv";
  write_file_atomically(path, "old");
  {
    AtomicFile file(path);
    file.write("half of the ne");
    EXPECT_EQ(files(), 2u);
    EXPECT_EQ(contents(path), "old");
  }
  EXPECT_EQ(contents(path), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, FullDiskLeavesTheOldFile) {
  const fs::path path = folder_ / "model.keras";
  write_file_atomically(path, "old");
  const std::string large(100000, 'x');
  const Error error = error_of([&] {
    const FileSizeLimit limit(4096);
    write_file_atomically(path, large);
  });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_THAT(error.what(), HasSubstr(path.string()));
  EXPECT_THAT(error.fix(), HasSubstr("free some space"));
  EXPECT_EQ(contents(path), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, MissingFolder) {
  const Error error = error_of([&] { write_file_atomically(folder_ / "no" / "file", "x"); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_THAT(error.subject(), HasSubstr("No such file"));
}

TEST_F(AtomicFileTest, UnwritableFolder) {
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec | fs::perms::others_read |
                               fs::perms::others_exec);
  const NoPrivileges nobody;
  if (!nobody.left()) GTEST_SKIP() << "root that cannot become another user";
  const Error error = error_of([&] { write_file_atomically(folder_ / "file", "x"); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_THAT(error.subject(), HasSubstr("Permission denied"));
}

TEST_F(AtomicFileTest, FolderThatNobodyCanWrite) {
  const Error error = error_of([] { write_file_atomically("/proc/eddy-model.keras", "x"); });
  EXPECT_EQ(error.code(), ErrorCode::io);
}

TEST_F(AtomicFileTest, FoldersAndDevicesAreNotReplaced) {
  EXPECT_EQ(error_of([&] { write_file_atomically(folder_, "x"); }).code(), ErrorCode::io);
  EXPECT_EQ(error_of([&] { write_file_atomically(folder_ / "", "x"); }).code(), ErrorCode::io);
  EXPECT_EQ(error_of([] { write_file_atomically("/dev/full", "x"); }).code(), ErrorCode::io);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  EXPECT_EQ(error_of([] { write_file_atomically("", "x"); }).code(), ErrorCode::io);
}

TEST_F(AtomicFileTest, PermissionsAndLinksStay) {
  const fs::path path = folder_ / "file", link = folder_ / "link";
  write_file_atomically(path, "old");
  ::chmod(path.c_str(), 0640);
  fs::create_symlink("file", link);
  write_file_atomically(link, "new");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(contents(path), "new");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms{0640});
}

TEST_F(AtomicFileTest, AnotherProgramMayWriteByName) {
  const fs::path path = folder_ / "loss.svg";
  AtomicFile file(path);
  std::ofstream(file.temporary()) << "<svg/>";
  file.commit();
  EXPECT_EQ(contents(path), "<svg/>");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, AProgramThatRemovedItsFileIsAnError) {
  AtomicFile file(folder_ / "loss.png");
  fs::remove(file.temporary());
  EXPECT_EQ(error_of([&] { file.commit(); }).code(), ErrorCode::io);
}

}  // namespace
}  // namespace eddy::atomic_file_test
