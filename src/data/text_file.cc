// SPDX-License-Identifier: MIT
#include "data/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "data/bad_file.h"

namespace eddy::data {
namespace {

constexpr size_t kBuffer = size_t{1} << 16;

[[noreturn]] void cannot_read(const std::string& name, int error) {
  throw Error(ErrorCode::io, name,
              fmt::format("file: expected readable bytes, got \"{}\".",
                          std::generic_category().message(error)),
              "check the path and its permissions.");
}

}  // namespace

TextFile::TextFile(const std::filesystem::path& path)
    : name_(path.string()),
      descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
      buffer_(kBuffer) {
  if (descriptor_ < 0) cannot_read(name_, errno);
  struct stat status = {};
  const bool regular = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  try {
    if (!regular) {
      bad_file({name_, ""}, "a regular file", "a folder or a device",
               "the file is read several times: write what comes from a pipe to a file.");
    }
    rewind();
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

TextFile::~TextFile() { ::close(descriptor_); }

void TextFile::rewind() {
  if (::lseek(descriptor_, 0, SEEK_SET) < 0) cannot_read(name_, errno);
  at_ = end_ = 0;
  line_ = 1;
  fill();
  const std::string_view head(buffer_.data(), end_);
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) {
    bad_file({name_, ""}, "UTF-8", "UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW.");
  }
  if (head.starts_with("\xef\xbb\xbf")) at_ = 3;
}

bool TextFile::fill() {
  ssize_t count = 0;
  do {
    count = ::read(descriptor_, buffer_.data(), buffer_.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) cannot_read(name_, errno);
  at_ = 0;
  end_ = static_cast<size_t>(count);
  return count > 0;
}

void TextFile::zero_byte() const {
  bad_file({name_, fmt::format("line {}", line_)}, "text", "a zero byte, as binary files have",
           "name a text file; UTF-16 becomes UTF-8 with iconv.");
}

}  // namespace eddy::data
