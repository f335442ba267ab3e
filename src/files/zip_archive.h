// SPDX-License-Identifier: MIT
// Zip archives: members stored without compression, as Keras writes them; both kinds are read.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "files/bad_file.h"

namespace eddy::files {

struct ZipMember {
  std::string name;
  std::string_view bytes;  // must live until write_zip returns
};

// Hands the archive to `sink`, piece by piece, members in the given order, dated 1980-01-01 as
// Keras' own: the same members give the same bytes.
void write_zip(const std::vector<ZipMember>& members,
               const std::function<void(std::string_view)>& sink);

class ZipReader {
 public:
  // Throws Error{bad_file} when it is no zip archive or names a member twice.
  explicit ZipReader(const std::filesystem::path& path);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  const std::string& file() const { return file_; }
  bool has(const std::string& name) const;

  // Throws Error{bad_file} when it is missing, damaged, longer than `limit` bytes, or 100 times as
  // long as what stands in the archive.
  std::string read(const std::string& name, uint64_t limit) const;

 private:
  struct Archive;
  std::string file_;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;  // sorted
};

}  // namespace eddy::files
