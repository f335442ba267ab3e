// SPDX-License-Identifier: MIT
// Files without a name for what does not fit into memory, and bytes that move there when they
// become too many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eddy/scratch.h"

namespace eddy {

class ScratchFile {
 public:
  // Throws Error{io}, as append() and read() do. An empty folder is chosen as ScratchOptions says.
  explicit ScratchFile(const std::filesystem::path& folder);
  ~ScratchFile();
  ScratchFile(ScratchFile&&) noexcept;
  ScratchFile& operator=(ScratchFile&&) noexcept;

  void append(const void* bytes, size_t count);
  // On any thread, not beside append().
  void read(int64_t offset, void* to, size_t count) const;
  int64_t size() const { return size_; }

 private:
  std::filesystem::path folder_;
  int file_ = -1;
  int64_t size_ = 0;
};

// Grows at its end, and is read anywhere.
class Spool {
 public:
  explicit Spool(ScratchOptions options) : options_(std::move(options)) {}

  void append(const void* bytes, size_t count);
  // On any thread, not beside append().
  void read(int64_t offset, void* to, size_t count) const;
  int64_t size() const { return size_; }
  int64_t scratch_bytes() const { return file_ ? file_->size() : 0; }
  // What it holds besides is known to the caller: the bound is what is left for the bytes.
  void set_memory(int64_t bytes) { options_.memory = bytes; }

  // It holds one piece of this size at least, whatever the bound.
  static constexpr size_t kPiece = size_t{1} << 16;

 private:
  void make_room();

  ScratchOptions options_;
  std::optional<ScratchFile> file_;
  std::vector<std::unique_ptr<std::byte[]>> pieces_;  // of what stands behind the file's bytes
  size_t used_ = kPiece;                              // of the last one
  int64_t size_ = 0;
};

}  // namespace eddy
