// SPDX-License-Identifier: MIT
// Pictures of training histories: training as dots, validation as a line. Drawn by gnuplot (Debian
// package gnuplot-nox), which must be on the PATH: otherwise every function here that draws throws
// Error{io} saying so.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "eddy/model.h"

namespace eddy {

// A history with the name that the legend shows.
struct NamedHistory {
  std::string name;
  History history;
};

// One picture per quantity that a history has, as PREFIX-accuracy.svg/.png, PREFIX-loss.svg/.png,
// ...; without the dash when the prefix ends in '/'. Returns the paths.
EDDY_API std::vector<std::filesystem::path> plot(const History& history, const std::string& prefix);
// Several runs in one picture each, one colour a run.
EDDY_API std::vector<std::filesystem::path> plot(const std::vector<NamedHistory>& runs,
                                                 const std::string& prefix);

struct TextPlotOptions {
  int64_t width = 80;   // columns, at least 40
  int64_t height = 22;  // rows of each plot, at least 10
  bool color = false;   // 256-colour escape codes
};

// The same plots drawn with characters, one below the other.
EDDY_API std::string plot_text(const std::vector<NamedHistory>& runs,
                               const TextPlotOptions& options = {});

// Forecasts beside what came. Steps are counted on, whatever their number.
struct ForecastPicture {
  std::string title;
  std::string quantity;                  // of the values: the name of the target
  std::string time = "Step";             // of the steps
  int64_t first = 0;                     // number of the first step
  std::vector<std::string> labels = {};  // of the steps of `truth`; empty: their numbers
  std::vector<double> truth = {};        // NaN: not known
  struct Part {
    int64_t first = 0;  // its first step
    std::vector<double> values;
  };
  std::vector<Part> forecasts = {};  // each made at once, from what was known before it
};

// One line a forecaster: its error by steps ahead, from 1.
struct NamedErrors {
  std::string name;
  std::vector<double> errors;
};

// PREFIX-forecast.svg and .png; without the dash when the prefix ends in '/'. Returns the paths.
// Throws Error{invalid_argument} for a picture without values.
EDDY_API std::vector<std::filesystem::path> plot_forecast(const ForecastPicture& picture,
                                                          const std::string& prefix);
// PREFIX-errors.svg and .png. Throws Error{invalid_argument} for a picture without values.
EDDY_API std::vector<std::filesystem::path> plot_forecast_errors(
    const std::vector<NamedErrors>& errors, const std::string& title, const std::string& quantity,
    const std::string& prefix);

// Whether gnuplot can be started.
EDDY_API bool can_plot();

}  // namespace eddy
