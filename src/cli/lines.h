// SPDX-License-Identifier: MIT
// Texts from a file or a pipe, one a line: whatever has arrived is handed on at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace eddy::cli {

class LineReader {
 public:
  // `name` stands in messages: a file's name or "stdin". The descriptor stays the caller's.
  LineReader(int file_descriptor, std::string name)
      : file_(file_descriptor), name_(std::move(name)) {}

  // Waits for at least one line and returns up to `most` that are there, without their ends; none
  // at the end of the input. Throws Error{io} when reading fails, Error{bad_data} for a line above
  // a million bytes; the lines before that one are returned first.
  std::vector<std::string> next(size_t most);
  // "stdin, line 3", of the i-th line that next() returned last.
  std::string place(size_t i) const;

 private:
  bool fill();
  bool take(std::string& line);

  int file_;
  std::string name_;
  std::string buffer_;
  size_t begin_ = 0;    // of what is not yet taken
  size_t scanned_ = 0;  // no line ends before it
  bool ended_ = false;
  int64_t taken_ = 0, before_ = 0;  // lines in all, lines before the last next()
};

}  // namespace eddy::cli
