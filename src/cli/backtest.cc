// SPDX-License-Identifier: MIT
#include "backtest.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace eddy::cli {
namespace {

constexpr int64_t kMostRows = 24;        // of the table by steps ahead
constexpr size_t kMostForecasts = 12;    // in the picture
constexpr int64_t kLeastPictured = 100;  // steps in the picture

// Digits that tell errors of this size apart.
std::string four_digits(double value) { return fmt::format("{:#.4g}", value); }

}  // namespace

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') quoted += '"';
  }
  return quoted + '"';
}

Backtest::Backtest(Model& model, const ForecastTable& table, const ForecastSetup& setup,
                   const ForecastSamples& test)
    : table_(table), setup_(setup), test_(test) {
  const auto& sequences = table.table.sequences;
  all_.push_back({"network", "network", model.predict(test.x, 256), {}});
  all_.push_back({"last value",
                  "last_value",
                  last_value_forecast(sequences, test.places, table.target, setup.horizon),
                  {}});
  if (setup.season > 0) {
    all_.push_back(
        {fmt::format("seasonal naive ({})", setup.season),
         "seasonal_naive",
         seasonal_naive_forecast(sequences, test.places, table.target, setup.horizon, setup.season),
         {}});
  }
  for (Forecaster& one : all_) one.errors = forecast_errors(test.y, one.values);
}

const Backtest::Forecaster& Backtest::best_naive() const {
  return *std::min_element(
      all_.begin() + 1, all_.end(),
      [](const Forecaster& a, const Forecaster& b) { return a.errors.mae < b.errors.mae; });
}

std::string Backtest::steps_text() const {
  std::string text = "\nMean absolute error by steps ahead\n";
  for (const Forecaster& one : all_) {
    text += fmt::format("{}{:>20}", text.ends_with('\n') ? "      " : "", one.name);
  }
  text += '\n';
  const int64_t stride = (setup_.horizon + kMostRows - 1) / kMostRows;
  for (int64_t h = 0; h < setup_.horizon; ++h) {
    if (h % stride != 0 && h + 1 != setup_.horizon) continue;
    text += fmt::format("{:>6}", h + 1);
    for (const Forecaster& one : all_) {
      text += fmt::format("{:>20}", four_digits(one.errors.mae_at[static_cast<size_t>(h)]));
    }
    text += '\n';
  }
  return text;
}

std::string Backtest::text() const {
  std::string text = fmt::format(
      "Backtest    {} forecasts of {} step{} on the held-out end, errors in the units of '{}'\n\n"
      "{:<22}{:>12}{:>12}   network's MAE to this\n",
      fmt::group_digits(test_.places.size()), setup_.horizon, setup_.horizon == 1 ? "" : "s",
      setup_.target, "", "MAE", "RMSE");
  const double network = all_[0].errors.mae;
  for (const Forecaster& one : all_) {
    text += fmt::format("{:<22}{:>12}{:>12}", one.name, four_digits(one.errors.mae),
                        four_digits(one.errors.rmse));
    if (&one != all_.data()) text += fmt::format("{:>10.2f}", network / one.errors.mae);
    text += '\n';
  }
  if (setup_.horizon > 1) text += steps_text();
  const Forecaster& naive = best_naive();
  if (network < naive.errors.mae) {
    return text + fmt::format(
                      "\nThe network beats the better naive forecast, {}: {:.2f} of its "
                      "mean absolute error.\n",
                      naive.name, network / naive.errors.mae);
  }
  return text +
         fmt::format(
             "\nThe network does NOT beat {}, which costs nothing. Use that, or try a longer "
             "--window, more --epochs, other --units or more data.\n",
             naive.name);
}

nlohmann::json Backtest::record() const {
  nlohmann::json record = {{"forecasts", test_.places.size()}, {"horizon", setup_.horizon}};
  for (const Forecaster& one : all_) {
    record[one.key] = {{"mae", one.errors.mae},
                       {"rmse", one.errors.rmse},
                       {"mae_by_step", one.errors.mae_at},
                       {"rmse_by_step", one.errors.rmse_at}};
  }
  return record;
}

// Every forecast that begins where the one before it ends.
std::string Backtest::forecast_csv() const {
  const bool many = table_.table.sequences.size() > 1;
  const bool timed = !setup_.time.empty();
  std::string csv = many ? "id," : "";
  csv += timed ? "step," + csv_field(setup_.time) + ",ahead,truth" : "step,ahead,truth";
  for (const Forecaster& one : all_) csv += "," + one.key;
  csv += '\n';
  ForecastPlace next{-1, 0};
  for (size_t p = 0; p < test_.places.size(); ++p) {
    const ForecastPlace place = test_.places[p];
    if (place.sequence == next.sequence && place.first < next.first) continue;
    next = {place.sequence, place.first + setup_.horizon};
    const auto& sequence = table_.table.sequences[static_cast<size_t>(place.sequence)];
    for (int64_t h = 0; h < setup_.horizon; ++h) {
      const int64_t step = place.first + h, at = static_cast<int64_t>(p) * setup_.horizon + h;
      if (many) csv += csv_field(sequence.id) + ",";
      csv += fmt::format("{},", step + 1);
      if (timed) csv += csv_field(sequence.time[static_cast<size_t>(step)]) + ",";
      csv += fmt::format("{},{}", h + 1, test_.y[at]);
      for (const Forecaster& one : all_) csv += fmt::format(",{}", one.values[at]);
      csv += '\n';
    }
  }
  return csv;
}

std::string Backtest::errors_csv() const {
  std::string csv = "ahead";
  for (const Forecaster& one : all_) csv += fmt::format(",{0}_mae,{0}_rmse", one.key);
  csv += '\n';
  for (size_t h = 0; h < static_cast<size_t>(setup_.horizon); ++h) {
    csv += fmt::format("{}", h + 1);
    for (const Forecaster& one : all_) {
      csv += fmt::format(",{},{}", one.errors.mae_at[h], one.errors.rmse_at[h]);
    }
    csv += '\n';
  }
  return csv;
}

// The end of the first sequence that is tested.
ForecastPicture Backtest::picture() const {
  const int64_t number = test_.places[0].sequence;
  const auto& sequence = table_.table.sequences[static_cast<size_t>(number)];
  std::vector<size_t> chosen;  // one after another, from the end
  const auto last = std::find_if(test_.places.rbegin(), test_.places.rend(),
                                 [&](const auto& place) { return place.sequence == number; });
  int64_t until = INT64_MAX, covered = 0;
  for (auto p = static_cast<size_t>(test_.places.rend() - last); p-- > 0;) {
    if (test_.places[p].first + setup_.horizon > until) continue;
    if (chosen.size() >= kMostForecasts && covered >= kLeastPictured) break;
    chosen.push_back(p);
    until = test_.places[p].first;
    covered += setup_.horizon;
  }
  std::reverse(chosen.begin(), chosen.end());
  ForecastPicture picture;
  picture.title = fmt::format("{}: forecasts of {} step{}, held-out end", setup_.target,
                              setup_.horizon, setup_.horizon == 1 ? "" : "s");
  picture.quantity = setup_.target;
  picture.time = setup_.time.empty() ? "Step" : setup_.time;
  const int64_t first = until, end = test_.places[chosen.back()].first + setup_.horizon;
  picture.first = first + 1;
  const int64_t columns = sequence.values.dim(1);
  for (int64_t t = first; t < end; ++t) {
    picture.truth.push_back(static_cast<double>(sequence.values[t * columns + table_.target]));
    if (!sequence.time.empty()) picture.labels.push_back(sequence.time[static_cast<size_t>(t)]);
  }
  for (const size_t p : chosen) {
    const float* values = all_[0].values.data() + static_cast<int64_t>(p) * setup_.horizon;
    picture.forecasts.push_back(
        {test_.places[p].first + 1, std::vector<double>(values, values + setup_.horizon)});
  }
  return picture;
}

void Backtest::write(const std::filesystem::path& folder, bool pictures) const {
  write_file(folder / "forecast.csv", forecast_csv());
  write_file(folder / "backtest.csv", errors_csv());
  if (!pictures) return;
  const std::string prefix = (folder / "").string();
  plot_forecast(picture(), prefix);
  std::vector<NamedErrors> errors;
  for (const Forecaster& one : all_) errors.push_back({one.name, one.errors.mae_at});
  plot_forecast_errors(errors, "Mean absolute error of forecasts, held-out end", setup_.target,
                       prefix);
}

}  // namespace eddy::cli
