// SPDX-License-Identifier: MIT
// The flags of `eddy forecast`, and what they say to its parts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flags.h"
#include "forecast_setup.h"
#include "forecaster.h"

namespace eddy::cli {

struct ForecastFlags {
  std::string data, columns, target, id, time, model, out;
  std::string cell = "lstm", optimizer = "adam";
  std::vector<int64_t> units = {32};
  int64_t window = 24, horizon = 1, season = 0, stride = 1;
  int64_t epochs = 50, batch_size = 32, patience = 5, threads = 0;
  double dropout = 0, learning_rate = 0.001, validation_split = 0.1, test_split = 0.2;
  std::optional<int64_t> seed;

  void declare(Flags& flags);
  // What can be wrong before there are data. Throws UsageError.
  void check() const;
  ForecastSetup setup() const;
  ForecastOptions samples(const ForecastTable& table) const;
  ForecasterOptions network() const;  // once there is a seed
};

}  // namespace eddy::cli
