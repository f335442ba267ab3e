// SPDX-License-Identifier: MIT
// Files that grow by whole records: what is there stays whole, and a record that does not fit
// leaves nothing of itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace eddy {

class AppendedFile {
 public:
  // Opens or makes it; `keep`: with what it holds. `where` and the texts below stand in messages.
  // Throws Error{io}.
  AppendedFile(std::filesystem::path path, bool keep, std::string where);
  ~AppendedFile();
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;

  // The whole record at the end. Throws Error{io} when it does not fit; then the file is as it was
  // before.
  void append(std::string_view record, bool synced = true);
  // Cuts off what is beyond `size` bytes. Throws Error{io}.
  void cut(int64_t size);

  int64_t size() const { return size_; }
  bool ends_a_line() const;  // or is empty
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::string where_;
  int file_ = -1;
  int64_t size_ = 0;
};

}  // namespace eddy
