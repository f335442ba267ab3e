// SPDX-License-Identifier: MIT
// Tables with a row for every time step: which columns they are, and what every cell says.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/csv.h"
#include "eddy/timeseries.h"

namespace eddy::data {

struct NumberRow {
  std::string id, label, time;  // without blanks around; empty: no such column, or no label here
  std::vector<float> values;
};

class NumberCsv {
 public:
  //   labelled   without the name of a label's column a usual one is taken
  //   max_bytes  of a row
  // Throws as read_numbers().
  NumberCsv(const std::filesystem::path& path, char separator,
            const datasets::NumbersOptions& options, bool labelled, size_t max_bytes = kMaxRecord);

  // False at the end. Throws Error{bad_data}.
  bool next(NumberRow& row);
  void rewind();

  // The line of the row that next() gave last, and a cell of it.
  Where where() const { return rows_.where(); }
  Where where(const std::string& column) const { return in_column(where().member, column); }
  Where in_column(const std::string& line, const std::string& column) const;

  // Names of the columns in a table without sequences.
  const datasets::NumberTable& facts() const { return facts_; }

 private:
  void read_header();
  void check_width() const;
  bool is_taken(size_t column) const;
  void guess_time();
  void choose_label();
  void choose_columns();
  std::string text_in(size_t column) const;

  CsvRows rows_;
  std::string file_;
  datasets::NumbersOptions options_;
  bool labelled_;
  std::vector<std::string> names_, fields_;
  std::vector<size_t> chosen_;
  std::optional<size_t> id_, time_, label_;
  bool waiting_ = true;  // fields_ is the first row, which the columns were chosen by
  datasets::NumberTable facts_;
};

}  // namespace eddy::data
