// SPDX-License-Identifier: MIT
// A sequence of numbers while its rows are read from a table.
#pragma once

#include <cstdint>
#include <string>

#include "data/number_csv.h"

namespace eddy::data {

class SequenceRows {
 public:
  // Begins with the row that `csv` gave last, as add() takes it.
  SequenceRows(const NumberCsv& csv, const NumberRow& row);

  const std::string& id() const { return sequence_.id; }
  int64_t bytes() const;  // that it takes

  // Throws Error{bad_data} for another label than before.
  void add(const NumberCsv& csv, const NumberRow& row);
  // Throws Error{bad_data} when there is a column of labels, and no row had one.
  datasets::Sequence take(const NumberCsv& csv);

 private:
  datasets::Sequence sequence_;
  std::vector<float> values_;
  size_t time_bytes_ = 0;
  std::string first_line_, label_line_;
};

}  // namespace eddy::data
