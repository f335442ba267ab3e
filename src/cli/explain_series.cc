// SPDX-License-Identifier: MIT
// eddy explain for the models of eddy forecast: the last window of a series.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>

#include "command.h"
#include "explain_flags.h"
#include "forecast_future.h"
#include "forecast_setup.h"

namespace eddy::cli {
namespace {

size_t series_of(const ExplainFlags& flags, const datasets::NumberTable& table) {
  if (flags.series.empty()) return 0;
  std::vector<std::string> ids;
  for (const auto& sequence : table.sequences) ids.push_back(sequence.id);
  const auto found = std::find(ids.begin(), ids.end(), flags.series);
  if (found != ids.end()) return static_cast<size_t>(found - ids.begin());
  throw UsageError("--series",
                   fmt::format("id: expected a series of the data, got '{}'.", flags.series),
                   did_you_mean(flags.series, ids));
}

// What a text model would take.
void refuse_text_flags(const ExplainFlags& flags) {
  if (flags.class_name.empty() && flags.file.empty()) return;
  throw UsageError(flags.file.empty() ? "--class" : "--file",
                   "model: expected one of texts, got one of `eddy forecast`.",
                   "leave the flag out; the data are the second argument.");
}

nlohmann::ordered_json json_of(const SeriesExplanation& series, const ExplainFlags& flags,
                               const ForecastSetup& setup, int64_t step) {
  const Explanation& explanation = series.explanation;
  nlohmann::ordered_json json = {{"model", flags.model},
                                 {"data", flags.input},
                                 {"target", setup.target},
                                 {"step", step},
                                 {"method", flags.method},
                                 {"answer", explanation.answer},
                                 {"baseline", explanation.baseline}};
  if (flags.method == "integrated") {
    json["steps"] = flags.options().steps;
    json["baseline_answer"] = json_number(explanation.baseline_answer);
    json["completeness_error"] = json_number(explanation.completeness_error);
  }
  json["columns"] = series.columns;
  json["labels"] = series.labels;
  auto values = nlohmann::ordered_json::array(), shares = values, after = values;
  for (int64_t t = 0; t < explanation.steps; ++t) {
    auto row = nlohmann::ordered_json::array();
    auto share = nlohmann::ordered_json::array();
    for (int64_t k = 0; k < explanation.features; ++k) {
      const int64_t i = t * explanation.features + k;
      row.push_back(json_number(static_cast<double>(series.values[i])));
      share.push_back(json_number(explanation.shares[static_cast<size_t>(i)]));
    }
    values.push_back(std::move(row));
    shares.push_back(std::move(share));
  }
  for (const double value : explanation.after) after.push_back(json_number(value));
  json["values"] = std::move(values);
  json["shares"] = std::move(shares);
  if (!explanation.after.empty()) json["after"] = std::move(after);
  return json;
}

}  // namespace

int explain_series(const ExplainFlags& flags, Model& model) {
  refuse_text_flags(flags);
  require(flags.input, "explain", "data (.csv, .tsv, .npy or .npz)");
  ForecastSetup setup = ForecastSetup::of(model, flags.model);
  setup.time.clear();  // guessed; the data may come without
  const int64_t step = flags.step.value_or(1);
  if (step > setup.horizon) {
    throw UsageError(
        "--step",
        fmt::format("value: expected 1 to {}, the model's horizon, got {}.", setup.horizon, step),
        "name a step that the model foretells.");
  }
  const ForecastTable data = read_forecast_table(flags.input, setup);
  const size_t chosen = series_of(flags, data.table);
  const Tensor windows = last_windows(data, setup, flags.input);
  const auto columns = static_cast<int64_t>(setup.inputs.size());
  const float* from = windows.data() + static_cast<int64_t>(chosen) * setup.window * columns;
  const Tensor x({1, setup.window, columns},
                 std::vector<float>(from, from + setup.window * columns));
  SeriesExplanation series;
  series.columns = setup.inputs;
  series.values = Tensor({setup.window, columns}, x.values());
  const auto& sequence = data.table.sequences[chosen];
  for (int64_t t = sequence.values.dim(0) - setup.window; t < sequence.values.dim(0); ++t) {
    series.labels.push_back(sequence.time.empty() ? std::to_string(t + 1)
                                                  : sequence.time[static_cast<size_t>(t)]);
  }
  ExplainOptions options = flags.options();
  options.output = step - 1;
  ExplanationView view = flags.view(
      "How the model reads this window",
      fmt::format("{}, {} step{} after the end{}", setup.target, step, step == 1 ? "" : "s",
                  sequence.id.empty() ? "" : fmt::format(" of '{}'", sequence.id)));
  view.probability = false;
  with_usage_errors([&] {
    series.explanation = explain(model, x, options);
    std::vector<LayerTrace> traces;
    if (!flags.gates.empty()) traces = trace(model, x);
    TracePicture picture{.labels = series.labels, .steps = {}, .unit = flags.unit.value_or(-1)};
    for (int64_t t = 0; t < setup.window; ++t) picture.steps.push_back(t);
    std::vector<std::string> files = draw_gates(flags, traces, picture);
    if (!flags.html.empty()) {
      write_file(flags.html, explanation_html(series, view));
      files.push_back(flags.html);
    }
    if (!flags.json) {
      std::cout << explanation_text(series, view);
      print_files(files);
      return;
    }
    nlohmann::ordered_json json = json_of(series, flags, setup, step);
    if (!flags.gates.empty()) json["trace"] = cli::json_of(traces);
    if (!files.empty()) json["files"] = files;
    print_json(json);
  });
  return kOk;
}

}  // namespace eddy::cli
