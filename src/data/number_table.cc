// SPDX-License-Identifier: MIT
// Tables of numbers: rows of the same id become a sequence.
#include "data/number_table.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/nearest.h"
#include "data/sequence_rows.h"

namespace eddy::data {

size_t find_column(const std::string& file, const char* flag, const std::string& name,
                   const std::vector<std::string>& known) {
  const auto count = std::count(known.begin(), known.end(), name);
  if (count != 1) {
    throw Error(ErrorCode::invalid_argument, file,
                fmt::format("{}: expected one column '{}', got {}.", flag, name,
                            count > 1 ? "several of that name" : "none"),
                count > 1 ? "give every column a name of its own." : suggest(name, known));
  }
  return static_cast<size_t>(std::find(known.begin(), known.end(), name) - known.begin());
}

datasets::NumberTable read_number_csv(NumberCsv& csv) {
  std::map<std::string, size_t> places;
  std::vector<SequenceRows> sequences;
  std::vector<bool> scattered;
  size_t last = 0;  // place of the row before
  for (NumberRow row; csv.next(row);) {
    const auto [found, is_new] = places.try_emplace(row.id, sequences.size());
    const size_t place = std::exchange(last, found->second);
    if (is_new) {
      sequences.emplace_back(csv, row);
      scattered.push_back(false);
    } else {
      scattered[last] = scattered[last] || place != last;
      sequences[last].add(csv, row);
    }
  }
  datasets::NumberTable table = csv.facts();
  table.scattered = std::count(scattered.begin(), scattered.end(), true);
  for (SequenceRows& rows : sequences) table.sequences.push_back(rows.take(csv));
  return table;
}

}  // namespace eddy::data
