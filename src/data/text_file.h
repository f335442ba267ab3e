// SPDX-License-Identifier: MIT
// A text file byte by byte, in the memory of one buffer, with the number of the line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace eddy::data {

class TextFile {
 public:
  // A byte-order mark of UTF-8 is passed over. Throws Error{io} when the file cannot be read,
  // Error{bad_file} for a folder, a device or UTF-16.
  explicit TextFile(const std::filesystem::path& path);
  ~TextFile();
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  static constexpr int kEnd = -1;
  // The next byte without taking it, or kEnd.
  int peek() {
    if (at_ == end_ && !fill()) return kEnd;
    return static_cast<unsigned char>(buffer_[at_]);
  }
  // The next byte, or kEnd. Throws Error{bad_file} for a zero byte: no text has one.
  int take() {
    const int byte = peek();
    if (byte <= 0 && byte != kEnd) zero_byte();
    if (byte == kEnd) return kEnd;
    ++at_;
    if (byte == '\n' || (byte == '\r' && peek() != '\n')) ++line_;  // LF, CR LF or CR
    return byte;
  }
  void rewind();

  int64_t line() const { return line_; }  // of the next byte, from 1
  const std::string& name() const { return name_; }

 private:
  bool fill();
  [[noreturn]] void zero_byte() const;

  std::string name_;
  int descriptor_;
  std::vector<char> buffer_;
  size_t at_ = 0, end_ = 0;
  int64_t line_ = 1;
};

}  // namespace eddy::data
