// SPDX-License-Identifier: MIT
#include "core/scratch_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "eddy/error.h"

namespace eddy {
namespace {

[[noreturn]] void refuse_scratch(const std::filesystem::path& folder, const std::string& what,
                                 int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  throw Error(ErrorCode::io, folder.string(),
              fmt::format("{}: expected success, got \"{}\".", what,
                          std::generic_category().message(error)),
              full ? "free some space, name a folder with more of it by TMPDIR, or raise memory so "
                     "that less is written."
                   : "name a folder that may be written by TMPDIR.");
}

// /tmp is memory on many systems; /var/tmp lies on a disk.
std::filesystem::path folder_or_usual(const std::filesystem::path& folder) {
  if (!folder.empty()) return folder;
  if (const char* named = std::getenv("TMPDIR"); named != nullptr && *named != '\0') return named;
  return ::access("/var/tmp", W_OK | X_OK) == 0 ? "/var/tmp" : "/tmp";
}

}  // namespace

ScratchFile::ScratchFile(const std::filesystem::path& folder) : folder_(folder_or_usual(folder)) {
  std::string name = (folder_ / "eddy-XXXXXX").string();
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) refuse_scratch(folder_, "new scratch file in this folder", errno);
  ::unlink(name.c_str());
}

ScratchFile::~ScratchFile() {
  if (file_ >= 0) ::close(file_);
}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept
    : folder_(std::move(other.folder_)),
      file_(std::exchange(other.file_, -1)),
      size_(std::exchange(other.size_, 0)) {}

ScratchFile& ScratchFile::operator=(ScratchFile&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(file_, other.file_);
  std::swap(size_, other.size_);
  return *this;
}

void ScratchFile::append(const void* bytes, size_t count) {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::pwrite(file_, from, count, size_);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      refuse_scratch(folder_, "writing the scratch file", written < 0 ? errno : ENOSPC);
    from += written;
    count -= static_cast<size_t>(written);
    size_ += written;
  }
}

void ScratchFile::read(int64_t offset, void* to, size_t count) const {
  auto* at = static_cast<char*>(to);
  while (count > 0) {
    const ssize_t got = ::pread(file_, at, count, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) refuse_scratch(folder_, "reading the scratch file", got < 0 ? errno : EIO);
    at += got;
    offset += got;
    count -= static_cast<size_t>(got);
  }
}

// For at least one byte more.
void Spool::make_room() {
  if (used_ < kPiece) return;
  used_ = 0;
  const auto held = static_cast<int64_t>((pieces_.size() + 1) * kPiece);
  if (options_.memory == 0 || pieces_.empty() || held <= std::max<int64_t>(options_.memory, 0)) {
    pieces_.push_back(std::make_unique<std::byte[]>(kPiece));
    return;
  }
  if (!file_) file_.emplace(options_.folder);
  for (const auto& piece : pieces_) file_->append(piece.get(), kPiece);
  pieces_.resize(1);
  pieces_.shrink_to_fit();
}

void Spool::append(const void* bytes, size_t count) {
  const auto* from = static_cast<const std::byte*>(bytes);
  while (count > 0) {
    make_room();
    const size_t fits = std::min(count, kPiece - used_);
    std::memcpy(pieces_.back().get() + used_, from, fits);
    used_ += fits;
    from += fits;
    count -= fits;
    size_ += static_cast<int64_t>(fits);
  }
}

void Spool::read(int64_t offset, void* to, size_t count) const {
  auto* at = static_cast<std::byte*>(to);
  const int64_t in_file = scratch_bytes();
  if (offset < in_file) {
    const size_t from_file = std::min(count, static_cast<size_t>(in_file - offset));
    file_->read(offset, at, from_file);
    at += from_file;
    offset += static_cast<int64_t>(from_file);
    count -= from_file;
  }
  while (count > 0) {
    const auto behind = static_cast<size_t>(offset - in_file);
    const size_t inside = behind % kPiece, fits = std::min(count, kPiece - inside);
    std::memcpy(at, pieces_[behind / kPiece].get() + inside, fits);
    at += fits;
    offset += static_cast<int64_t>(fits);
    count -= fits;
  }
}

}  // namespace eddy
