// SPDX-License-Identifier: MIT
#include "core/appended_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "eddy/error.h"

namespace eddy::appended_file_test {
namespace {

namespace fs = std::filesystem;

class AppendedFileTest : public testing::Test {
 protected:
  AppendedFileTest() {
    std::string name = (fs::temp_directory_path() / "eddy-append-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "log.csv";
  }
  ~AppendedFileTest() override { fs::remove_all(folder_); }
  std::string contents() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path folder_, path_;
};

TEST_F(AppendedFileTest, GrowsAndIsCut) {
  AppendedFile(path_, false, "test").append("one\n");
  AppendedFile file(path_, true, "test");
  EXPECT_EQ(file.size(), 4);
  EXPECT_TRUE(file.ends_a_line());
  file.append("two");
  EXPECT_FALSE(file.ends_a_line());
  EXPECT_EQ(contents(), "one\ntwo");
  file.cut(100);
  EXPECT_EQ(file.size(), 7);
  file.cut(4);
  file.append("three\n");
  EXPECT_EQ(contents(), "one\nthree\n");
  EXPECT_EQ(AppendedFile(path_, false, "test").size(), 0);
}

TEST_F(AppendedFileTest, ARecordThatDoesNotFitLeavesNothingOfItself) {
  AppendedFile file(path_, false, "test");
  file.append("kept\n");
  rlimit old = {};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small = {100, old.rlim_max};
  void (*handler)(int) = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(file.append(std::string(200, 'x')), Error);
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(contents(), "kept\n");
  file.append("next\n");
  EXPECT_EQ(contents(), "kept\nnext\n");
}

}  // namespace
}  // namespace eddy::appended_file_test
