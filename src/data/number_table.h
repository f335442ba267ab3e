// SPDX-License-Identifier: MIT
// Tables of numbers by form of the file; see read_numbers() in eddy/timeseries.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/byte_reader.h"
#include "data/npy.h"
#include "data/number_csv.h"
#include "eddy/sequences.h"
#include "eddy/timeseries.h"

namespace eddy::data {

datasets::NumberTable read_number_csv(NumberCsv& csv);
// All columns; the ids are "" for one sequence, else "0", "1", ... or the arrays' names.
datasets::NumberTable read_number_npy(const std::filesystem::path& path);
datasets::NumberTable read_number_npz(const std::filesystem::path& path);

// Adds sequences that follow one another in an array.
//   numbers  [steps, columns] or [sequences, steps, columns], seen as rows of columns
//   pieces   first row and number of rows, within the array; what lies outside is not looked at
struct ArrayPiece {
  int64_t first, steps;
  std::string id;
};
void add_sequences(const Where& where, const NpyNumbers& numbers,
                   const std::vector<ArrayPiece>& pieces, datasets::NumberTable& table);

// Throws as read_sequences(), and Error{not_supported} for arrays.
NumberCsv open_sequence_table(const std::filesystem::path& path,
                              const datasets::SequencesOptions& options);

// ".csv" of "Walk.CSV". Throws Error{io} when there is nothing of that name.
std::string ending_of(const std::filesystem::path& path);

// One or more columns of a table that has no time and no id column, in the order asked for.
void keep_columns(const std::string& file, const std::vector<std::string>& columns,
                  datasets::NumberTable& table);

// Throws Error{invalid_argument} with the nearest name unless there is just one column `name`.
//   flag  "columns", "id", ...: who asks for it
size_t find_column(const std::string& file, const char* flag, const std::string& name,
                   const std::vector<std::string>& known);

}  // namespace eddy::data
