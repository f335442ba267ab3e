// SPDX-License-Identifier: MIT
// Tables of numbers by form of the file; see read_numbers() in eddy/timeseries.h.
#pragma once

#include <filesystem>
#include <string>

#include "data/byte_reader.h"
#include "eddy/timeseries.h"

namespace eddy::data {

datasets::NumberTable read_number_csv(const std::filesystem::path& path, char separator,
                                      const datasets::NumbersOptions& options);
// All columns; the ids are "" for one sequence, else "0", "1", ... or the arrays' names.
datasets::NumberTable read_number_npy(const std::filesystem::path& path);
datasets::NumberTable read_number_npz(const std::filesystem::path& path);

// One or more columns of a table that has no time and no id column, in the order asked for.
void keep_columns(const std::string& file, const std::vector<std::string>& columns,
                  datasets::NumberTable& table);

// Throws Error{invalid_argument} with the nearest name unless there is just one column `name`.
//   flag  "columns", "id", ...: who asks for it
size_t find_column(const std::string& file, const char* flag, const std::string& name,
                   const std::vector<std::string>& known);

}  // namespace eddy::data
