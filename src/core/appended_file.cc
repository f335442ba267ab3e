// SPDX-License-Identifier: MIT
#include "core/appended_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "eddy/error.h"

namespace eddy {

AppendedFile::AppendedFile(std::filesystem::path path, bool keep, std::string where)
    : path_(std::move(path)), where_(std::move(where)) {
  file_ =
      ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | (keep ? 0 : O_TRUNC), 0666);
  // Something that can only be written to, a pipe for instance.
  if (file_ < 0 && errno != EISDIR) {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  }
  struct stat now = {};
  if (file_ < 0 || ::fstat(file_, &now) != 0) {
    throw Error(
        ErrorCode::io, where_,
        fmt::format("file '{}': expected one that can be written, got none.", path_.string()),
        "choose a path in a folder that exists.");
  }
  size_ = now.st_size;
}

AppendedFile::~AppendedFile() {
  if (file_ >= 0) ::close(file_);
}

void AppendedFile::append(std::string_view record, bool synced) {
  std::string_view left = record;
  while (!left.empty()) {
    const ssize_t written = ::write(file_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const int error = errno;
      [[maybe_unused]] const int ignored = ::ftruncate(file_, size_);
      throw Error(ErrorCode::io, where_,
                  fmt::format("file '{}': expected room for a row, got none ({}).", path_.string(),
                              std::generic_category().message(error)),
                  "free space on the disk.");
    }
    left.remove_prefix(static_cast<size_t>(written));
  }
  size_ += static_cast<int64_t>(record.size());
  if (synced) ::fsync(file_);  // a pipe cannot, and need not
}

void AppendedFile::cut(int64_t size) {
  if (size >= size_) return;
  if (::ftruncate(file_, size) != 0) {
    throw Error(ErrorCode::io, where_,
                fmt::format("file '{}': expected one that can be shortened to {} bytes, got: {}.",
                            path_.string(), size, std::generic_category().message(errno)),
                "name a regular file.");
  }
  size_ = size;
}

bool AppendedFile::ends_a_line() const {
  char last = '\n';
  return size_ == 0 || ::pread(file_, &last, 1, size_ - 1) != 1 || last == '\n';
}

}  // namespace eddy
