// SPDX-License-Identifier: MIT
// Expected digests are the examples of FIPS 180-4.
#include "core/sha256.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "eddy/error.h"

namespace eddy::sha256_test {
namespace {

constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillionA =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

std::string digest(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text))); }

TEST(Sha256, GivesTheStandardsDigests) {
  EXPECT_EQ(digest(""), kEmpty);
  EXPECT_EQ(digest("abc"), kAbc);
  EXPECT_EQ(digest(std::string(1000000, 'a')), kMillionA);
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 pieces;
  pieces.add("a");
  pieces.add(std::string_view());
  pieces.add("bc");
  EXPECT_EQ(pieces.hex(), kAbc);
}

TEST(Sha256, ReadsFiles) {
  const auto path = std::filesystem::temp_directory_path() / "eddy-sha256-test.bin";
  std::ofstream(path, std::ios::binary) << std::string(1000000, 'a');
  EXPECT_EQ(sha256_file(path), kMillionA);
  std::filesystem::remove(path);
  try {
    sha256_file(path);
    ADD_FAILURE() << "no error for a missing file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
  }
  EXPECT_THROW(sha256_file(std::filesystem::temp_directory_path()), Error);
}

}  // namespace
}  // namespace eddy::sha256_test
