// SPDX-License-Identifier: MIT
// Files for the tests of the data room, built byte by byte: .npy arrays, pickles, zip archives.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eddy/error.h"

namespace eddy::data {

using Lists = std::vector<std::vector<int32_t>>;

// A folder of its own, removed at the end.
class TempDir {
 public:
  explicit TempDir(const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// An environment variable for the length of a test; nullptr removes it.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value);
  ~ScopedVariable();
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  std::string name_, old_;
  bool was_set_ = false;
};

void write(const std::filesystem::path& path, std::string_view bytes);
std::string read(const std::filesystem::path& path);
std::vector<uint8_t> to_bytes(std::string_view text);

// What numpy.save writes for an object array of lists, in pickle protocol 3 or (with frames and
// MEMOIZE) 4.
std::string npy_lists(const Lists& lists, int protocol = 3);
// A .npy array of this dtype and these raw bytes.
std::string npy(const std::string& descr, const std::string& shape, const std::string& raw);
// int64 labels.
std::string npy_labels(const std::vector<int>& labels);

using Members = std::vector<std::pair<std::string, std::string>>;
std::string zip(const Members& members);
std::string imdb_npz(const Lists& x_train, const std::vector<int>& y_train, const Lists& x_test,
                     const std::vector<int>& y_test);

// Runs `action`, which must throw an Error of this code whose message has `part` in it and ends
// with a fix.
void expect_error(ErrorCode code, const std::string& part, const std::function<void()>& action);

// $EDDY_DATA_DIR, or "" without it.
std::string real_data();

}  // namespace eddy::data
