// SPDX-License-Identifier: MIT
// How well a forecaster does on the held-out end of its data, beside forecasts that cost nothing.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "forecast_setup.h"

namespace eddy::cli {

class Backtest {
 public:
  // Foretells all of test.places.
  Backtest(Model& model, const ForecastTable& table, const ForecastSetup& setup,
           const ForecastSamples& test);

  // The table of errors and what follows from it, said as it is.
  std::string text() const;
  nlohmann::json record() const;
  // forecast.csv (one forecast after another), backtest.csv (errors by steps ahead) and, if gnuplot
  // is there, the pictures.
  void write(const std::filesystem::path& folder, bool pictures) const;

 private:
  struct Forecaster {
    std::string name, key;
    Tensor values;  // [places, horizon]
    ForecastErrors errors;
  };
  const Forecaster& best_naive() const;
  std::string steps_text() const;
  std::string forecast_csv() const;
  std::string errors_csv() const;
  ForecastPicture picture() const;

  const ForecastTable& table_;
  const ForecastSetup& setup_;
  const ForecastSamples& test_;
  std::vector<Forecaster> all_;  // the network, then the others
};

// A field of a .csv file, in quotes where it needs them.
std::string csv_field(const std::string& text);

}  // namespace eddy::cli
