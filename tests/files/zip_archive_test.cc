// SPDX-License-Identifier: MIT
#include "files/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include "files_support.h"

namespace eddy::files::zip_archive_test {
namespace {

using testing::HasSubstr;

constexpr uint64_t kLimit = uint64_t{1} << 30;

std::string archive_of(const std::vector<ZipMember>& members) {
  std::string bytes;
  write_zip(members, [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

TEST(ZipArchive, ReadsWhatItWrites) {
  const TestFolder folder;
  const std::string large(3'000'000, 'x'), binary("\0\1\xff", 3);
  const std::string bytes =
      archive_of({{"b.json", "{}"}, {"a.h5", large}, {"c/d", binary}, {"e", ""}});
  EXPECT_EQ(bytes, archive_of({{"b.json", "{}"}, {"a.h5", large}, {"c/d", binary}, {"e", ""}}));
  write_bytes(folder / "x.zip", bytes);
  const ZipReader zip(folder / "x.zip");
  EXPECT_TRUE(zip.has("c/d"));
  EXPECT_FALSE(zip.has("c"));
  EXPECT_EQ(zip.read("b.json", kLimit), "{}");
  EXPECT_EQ(zip.read("a.h5", kLimit), large);
  EXPECT_EQ(zip.read("c/d", kLimit), binary);
  EXPECT_EQ(zip.read("e", kLimit), "");
}

TEST(ZipArchive, MembersAreStoredInOrderAndDated1980) {
  const std::string bytes = archive_of({{"metadata.json", "{\"a\": 1}"}, {"config.json", "[]"}});
  const size_t first = bytes.find("metadata.json{\"a\": 1}"), second = bytes.find("config.json[]");
  ASSERT_NE(first, std::string::npos);
  ASSERT_NE(second, std::string::npos);
  EXPECT_LT(first, second);
  // Local header: method 0, time 0, date 1980-01-01.
  EXPECT_EQ(bytes.substr(first - 30 + 8, 6), std::string("\0\0\0\0\x21\0", 6));
}

TEST(ZipArchive, ForeignFiles) {
  const TestFolder folder;
  EXPECT_EQ(error_of([&] { ZipReader(folder / "none.keras"); }).code(), ErrorCode::bad_file);
  write_bytes(folder / "text.keras", "hello");
  EXPECT_EQ(error_of([&] { ZipReader(folder / "text.keras"); }).code(), ErrorCode::bad_file);
  write_bytes(folder / "empty.keras", "");
  EXPECT_EQ(error_of([&] { ZipReader(folder / "empty.keras"); }).code(), ErrorCode::bad_file);
}

TEST(ZipArchive, MissingMemberAndLimit) {
  const TestFolder folder;
  write_bytes(folder / "x.zip", archive_of({{"a", "12345"}}));
  const ZipReader zip(folder / "x.zip");
  EXPECT_THAT(error_of([&] { zip.read("b", kLimit); }).what(), HasSubstr("b: expected a member"));
  EXPECT_EQ(error_of([&] { zip.read("a", 4); }).code(), ErrorCode::bad_file);
  EXPECT_EQ(zip.read("a", 5), "12345");
}

TEST(ZipArchive, WrongChecksum) {
  const TestFolder folder;
  std::string bytes = archive_of({{"a", "12345"}});
  bytes[bytes.find("12345")] = '0';
  write_bytes(folder / "x.zip", bytes);
  const ZipReader zip(folder / "x.zip");
  EXPECT_EQ(error_of([&] { zip.read("a", kLimit); }).code(), ErrorCode::bad_file);
}

TEST(ZipArchive, AMemberTwiceIsRefused) {
  const TestFolder folder;
  std::string bytes = archive_of({{"ab", "1"}, {"cd", "2"}});
  for (size_t at = 0; (at = bytes.find("cd", at)) != std::string::npos;) bytes.replace(at, 2, "ab");
  write_bytes(folder / "x.zip", bytes);
  EXPECT_THAT(error_of([&] { ZipReader(folder / "x.zip"); }).subject(),
              HasSubstr("each member once"));
}

TEST(ZipArchive, CompressedMembersAreReadAndBombsAreNot) {
  const TestFolder folder;
  std::string text, zeros;
  zeros.resize(60'000'000);
  for (int i = 0; i < 300'000; ++i) text += std::to_string(int64_t{i} * 7919 % 100'003);
  const auto path = folder / "x.zip";
  zip_t* zip = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  zip_file_add(zip, "text", zip_source_buffer(zip, text.data(), text.size(), 0), 0);
  zip_file_add(zip, "bomb", zip_source_buffer(zip, zeros.data(), zeros.size(), 0), 0);
  ASSERT_EQ(zip_close(zip), 0);
  const ZipReader reader(path);
  EXPECT_EQ(reader.read("text", kLimit), text);
  EXPECT_EQ(error_of([&] { reader.read("bomb", kLimit); }).code(), ErrorCode::bad_file);
}

}  // namespace
}  // namespace eddy::files::zip_archive_test
