// SPDX-License-Identifier: MIT
#include "lines.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "eddy/error.h"

namespace eddy::cli {
namespace {

constexpr size_t kMaxLine = size_t{1} << 20;
constexpr size_t kBlock = size_t{1} << 16;

}  // namespace

std::string LineReader::place(size_t i) const {
  return fmt::format("{}, line {}", name_, before_ + static_cast<int64_t>(i) + 1);
}

// Reads once; false at the end.
bool LineReader::fill() {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  const size_t old = buffer_.size();
  buffer_.resize(old + kBlock);
  ssize_t count = 0;
  do {
    count = read(file_, buffer_.data() + old, kBlock);
  } while (count < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(old + static_cast<size_t>(count > 0 ? count : 0));
  if (count < 0) {
    throw Error(ErrorCode::io, name_,
                fmt::format("input: expected to be read, got '{}'.", std::strerror(error)),
                "name a file with one text a line.");
  }
  return count > 0;
}

// A whole line that is in the buffer, or the rest at the end of the input.
bool LineReader::take(std::string& line) {
  const size_t end = buffer_.find('\n', scanned_);
  const bool whole = end != std::string::npos;
  scanned_ = whole ? end + 1 : buffer_.size();
  const size_t stop = whole ? end : buffer_.size();
  if (stop - begin_ > kMaxLine) {
    throw Error(ErrorCode::bad_data, fmt::format("{}, line {}", name_, taken_ + 1),
                fmt::format("text: expected at most {} bytes, got more.", kMaxLine),
                "put one text a line.");
  }
  if (!whole && (!ended_ || stop == begin_)) return false;
  line = buffer_.substr(begin_, stop - begin_);
  if (line.ends_with('\r')) line.pop_back();
  begin_ = scanned_;
  ++taken_;
  return true;
}

std::vector<std::string> LineReader::next(size_t most) {
  before_ = taken_;
  std::vector<std::string> lines;
  std::string line;
  try {
    while (lines.empty()) {
      while (lines.size() < most && take(line)) lines.push_back(std::move(line));
      if (!lines.empty() || ended_) break;
      ended_ = !fill();
    }
  } catch (const Error&) {
    if (lines.empty()) throw;
    scanned_ = begin_;  // the next call meets it again
  }
  return lines;
}

}  // namespace eddy::cli
