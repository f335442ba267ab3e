// SPDX-License-Identifier: MIT
// read_numbers(): the form by the name.
#include <algorithm>
#include <system_error>
#include <utility>

#include "data/ascii_lower.h"
#include "data/number_table.h"

namespace eddy {
namespace data {

std::string ending_of(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw Error(ErrorCode::io, path.string(),
                fmt::format("data: expected a file, got \"{}\".",
                            error ? error.message() : "No such file or directory"),
                "check the path.");
  }
  return ascii_lower(path.extension().string());
}

void keep_columns(const std::string& file, const std::vector<std::string>& columns,
                  datasets::NumberTable& table) {
  if (columns.empty()) return;
  std::vector<size_t> chosen;
  chosen.reserve(columns.size());
  for (const std::string& name : columns) {
    chosen.push_back(find_column(file, "columns", name, table.columns));
  }
  for (datasets::Sequence& sequence : table.sequences) {
    const int64_t steps = sequence.values.dim(0), width = sequence.values.dim(1);
    std::vector<float> kept;
    for (int64_t t = 0; t < steps; ++t) {
      for (const size_t column : chosen) {
        kept.push_back(sequence.values[t * width + static_cast<int64_t>(column)]);
      }
    }
    sequence.values = Tensor({steps, static_cast<int64_t>(chosen.size())}, std::move(kept));
  }
  table.columns = columns;
}

}  // namespace data

namespace datasets {

int64_t NumberTable::column(const std::string& name) const {
  return static_cast<int64_t>(data::find_column("table", "column", name, columns));
}

NumberTable read_numbers(const std::filesystem::path& path, const NumbersOptions& options) {
  const std::string ending = data::ending_of(path);
  if (ending == ".csv" || ending == ".tsv" || ending == ".tab") {
    data::NumberCsv csv(path, ending == ".csv" ? ',' : '\t', options, false);
    return data::read_number_csv(csv);
  }
  if (ending != ".npy" && ending != ".npz") {
    throw Error(ErrorCode::not_supported, path.string(),
                fmt::format("data: expected .csv, .tsv, .npy or .npz, got '{}'.", ending),
                "name the file after what it holds, or convert it.");
  }
  if (!options.id.empty() || !options.time.empty() || !options.label.empty()) {
    throw Error(ErrorCode::invalid_argument, path.string(),
                "columns: expected none for id and time in an array, got one.",
                "leave them out: an array has numbers alone.");
  }
  NumberTable table = ending == ".npy" ? data::read_number_npy(path) : data::read_number_npz(path);
  data::keep_columns(path.string(), options.columns, table);
  return table;
}

}  // namespace datasets
}  // namespace eddy
