// SPDX-License-Identifier: MIT
#include "data/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "data/bad_file.h"

namespace eddy::data {
namespace {

[[noreturn]] void cannot_read(const std::filesystem::path& path, int error) {
  throw Error(ErrorCode::io, path.string(),
              fmt::format("file: expected readable bytes, got \"{}\".",
                          std::generic_category().message(error)),
              "check the path and its permissions.");
}

// Owns a descriptor: 50,000 small texts are read, and a stream would allocate for each.
class Descriptor {
 public:
  explicit Descriptor(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) cannot_read(path, errno);
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

void read_file(const std::filesystem::path& path, uint64_t limit, std::vector<uint8_t>& bytes) {
  const Descriptor file(path);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) cannot_read(path, errno);
  if (!S_ISREG(status.st_mode)) {
    bad_file({path.string(), ""}, "a regular file", "a folder or a device", "check the path.");
  }
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size > limit) {
    bad_file({path.string(), ""}, fmt::format("at most {} bytes", limit),
             fmt::format("{} bytes", size),
             "check that it is the right file, or take a part of it.");
  }
  bytes.resize(size);
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot_read(path, errno);
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  bytes.resize(have);  // the file may have become shorter since
}

}  // namespace eddy::data
