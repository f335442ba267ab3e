// SPDX-License-Identifier: MIT
#include "forecast_future.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "backtest.h"
#include "flags.h"
#include "run_folder.h"

namespace eddy::cli {
namespace {

constexpr int64_t kLeastPast = 48;  // steps before the forecast in the picture

ForecastSetup setup_of(const Model& model, const FutureOptions& options) {
  ForecastSetup setup = ForecastSetup::of(model, options.model);
  if (!options.inputs.empty()) setup.inputs = options.inputs;
  if (!options.target.empty()) setup.target = options.target;
  if (!options.id.empty()) setup.id = options.id;
  setup.time = options.time;  // dates are read by nobody here: the data may come without them
  if (options.window > 0) setup.window = options.window;
  if (setup.window < 1) {
    throw UsageError("--window",
                     "value: expected the steps that the model sees, got none, and the model does "
                     "not say.",
                     "name --window, --columns and --target for a model that `eddy forecast` did "
                     "not make.");
  }
  return setup;
}

std::string csv_of(const ForecastTable& data, const ForecastSetup& setup, const Tensor& y) {
  const auto& sequences = data.table.sequences;
  const bool many = !setup.id.empty() || sequences.size() > 1;
  std::string csv = many ? csv_field(setup.id.empty() ? "id" : setup.id) + "," : "";
  csv += "step,ahead," + csv_field(setup.target) + "\n";
  const int64_t horizon = y.dim(1);
  for (size_t s = 0; s < sequences.size(); ++s) {
    for (int64_t h = 0; h < horizon; ++h) {
      if (many) csv += csv_field(sequences[s].id) + ",";
      csv += fmt::format("{},{},{}\n", sequences[s].values.dim(0) + h + 1, h + 1,
                         y[static_cast<int64_t>(s) * horizon + h]);
    }
  }
  return csv;
}

// Of the first series.
ForecastPicture picture_of(const ForecastTable& data, const ForecastSetup& setup, const Tensor& y) {
  const auto& sequence = data.table.sequences[0];
  const int64_t steps = sequence.values.dim(0), columns = sequence.values.dim(1);
  const int64_t past = std::min(steps, std::max({kLeastPast, setup.window, 2 * y.dim(1)}));
  ForecastPicture picture{.title = fmt::format("{}: the next {} step{}", setup.target, y.dim(1),
                                               y.dim(1) == 1 ? "" : "s"),
                          .quantity = setup.target,
                          .first = steps - past + 1};
  for (int64_t t = steps - past; t < steps; ++t) {
    picture.truth.push_back(static_cast<double>(sequence.values[t * columns + data.target]));
  }
  picture.forecasts.push_back({steps + 1, std::vector<double>(y.data(), y.data() + y.dim(1))});
  return picture;
}

}  // namespace

Tensor last_windows(const ForecastTable& data, const ForecastSetup& setup,
                    const std::string& file) {
  const auto& sequences = data.table.sequences;
  Tensor x({static_cast<int64_t>(sequences.size()), setup.window,
            static_cast<int64_t>(data.inputs.size())});
  float* to = x.data();
  for (const auto& sequence : sequences) {
    const int64_t steps = sequence.values.dim(0), columns = sequence.values.dim(1);
    if (steps < setup.window) {
      throw Error(ErrorCode::bad_data, file,
                  fmt::format("{}: expected at least {} steps, the model's window, got {}.",
                              sequence.id.empty() ? std::string("series")
                                                  : fmt::format("series '{}'", sequence.id),
                              setup.window, steps),
                  "give more of the past.");
    }
    for (int64_t t = steps - setup.window; t < steps; ++t) {
      for (const int64_t column : data.inputs) *to++ = sequence.values[t * columns + column];
    }
  }
  return x;
}

int forecast_future(const FutureOptions& options) {
  Model model = Model::load(options.model, false);
  ForecastSetup setup = setup_of(model, options);
  const ForecastTable data = read_forecast_table(options.data, setup);
  const Tensor y = model.predict(last_windows(data, setup, options.data), 256);
  if (y.rank() != 2) {
    throw Error(ErrorCode::not_supported, options.model,
                fmt::format("output: expected [batch, steps], got {}.", to_string(y.shape())),
                "use a model that `eddy forecast` has made.");
  }
  const std::string csv = csv_of(data, setup, y);
  std::cout << csv;
  if (options.out.empty()) return 0;
  const RunFolder folder(options.out, true);
  write_file(folder.path() / "forecast.csv", csv);
  if (can_plot()) {
    plot_forecast(picture_of(data, setup, y), (folder.path() / "").string());
  } else {
    std::cerr << "note: there is no picture, gnuplot cannot be started. Fix: apt-get install "
                 "gnuplot-nox.\n";
  }
  return 0;
}

}  // namespace eddy::cli
