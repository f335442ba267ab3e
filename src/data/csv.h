// SPDX-License-Identifier: MIT
// Tables by RFC 4180: rows of fields, in bounded memory.
#pragma once

#include <string>
#include <vector>

#include "data/record_reader.h"
#include "data/text_file.h"

namespace eddy::data {

// Quoted fields may hold separators, line ends and doubled quotes. Beyond the RFC: lines may end in
// LF or CR alone, empty lines are passed over, and a quote inside of a field that does not begin
// with one stands for itself.
class CsvRows {
 public:
  CsvRows(const std::filesystem::path& path, char separator, size_t max_bytes = kMaxRecord)
      : file_(path), separator_(separator), max_bytes_(max_bytes) {}

  // Replaces `fields`; false at the end. Throws Error{bad_data} for a quote without its partner,
  // text behind a closing quote, a row above max_bytes or kMaxColumns fields.
  bool next(std::vector<std::string>& fields);
  void rewind() { file_.rewind(); }

  // The line on which the row begins that next() gave last.
  Where where() const { return {file_.name(), "line " + std::to_string(row_line_)}; }

 private:
  void quoted(std::string& field);
  void plain(std::string& field);
  void add(std::string& field, int byte);
  bool end_of_line();

  TextFile file_;
  char separator_;
  size_t max_bytes_;
  int64_t row_line_ = 1;
  size_t bytes_ = 0;  // of this row
};

}  // namespace eddy::data
