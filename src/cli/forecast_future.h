// SPDX-License-Identifier: MIT
// eddy forecast --model: the steps after the end of the data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "forecast_setup.h"

namespace eddy::cli {

// Empty and 0: as the model file says.
struct FutureOptions {
  std::string data, model, out;
  std::vector<std::string> inputs;
  std::string target, id, time;
  int64_t window = 0;
};

// The last window of every series, [series, window, inputs]. Throws Error{bad_data} naming `file`
// for one that is shorter.
Tensor last_windows(const ForecastTable& data, const ForecastSetup& setup, const std::string& file);

// Prints the next steps as .csv, and writes them with a picture into the folder `out` if there is
// one. Returns the exit status.
int forecast_future(const FutureOptions& options);

}  // namespace eddy::cli
