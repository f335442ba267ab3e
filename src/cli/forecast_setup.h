// SPDX-License-Identifier: MIT
// What a forecaster was made for: it travels inside its model file, so that the file is all that a
// later forecast needs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/eddy.h"

namespace eddy::cli {

struct ForecastSetup {
  std::vector<std::string> inputs;  // columns that the model sees, in this order
  std::string target, id, time;
  int64_t window = 0, horizon = 0, season = 0;  // season 0: none

  void store(Model& model) const;
  // Of a model that `eddy forecast` has saved; empty columns and zeros for another one. Throws
  // Error{bad_file}.
  static ForecastSetup of(const Model& model, const std::string& file);
};

// A table with the columns that the setup asks for, and where these are in it.
struct ForecastTable {
  datasets::NumberTable table;
  std::vector<int64_t> inputs;
  int64_t target = 0;
};

// Reads the data and completes the setup: without inputs all columns are; without a target the only
// column is. Throws UsageError for columns that are not there.
ForecastTable read_forecast_table(const std::string& data, ForecastSetup& setup);

// "a,b" without the blanks around the names.
std::vector<std::string> split_names(const std::string& flag, const std::string& list);

}  // namespace eddy::cli
