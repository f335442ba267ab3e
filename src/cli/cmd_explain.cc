// SPDX-License-Identifier: MIT
// eddy explain: what a model makes of one text, or of the last window of a series.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <memory>

#include "command.h"
#include "explain_flags.h"
#include "run_folder.h"

namespace eddy::cli {

void ExplainFlags::declare(Flags& flags) {
  flags.argument("model", model, "FILE",
                 "a .keras file that `eddy train` or `eddy forecast` wrote");
  flags.argument(
      "input", input, "TEXT|FILE",
      "one text, in quotes; - reads it from stdin. For a forecaster: the data (.csv, ...)");
  flags.text("--file", file, "FILE", "the text is what this file holds");
  flags.word("--method", method, {"leave-one-out", "gradient", "integrated"},
             "what a share is (docs/explain.md)");
  flags.whole("--steps", steps, {1, 10000}, "integrated: points on the way; default: 64");
  flags.word("--baseline", baseline, {"auto", "pad", "zero", "mean"},
             "what stands for nothing: padding, zeros, the mean that the model learned");
  flags.flag("--logit", logit,
             "explain what the last sigmoid or softmax takes, not the probability");
  flags.text("--class", class_name, "NAME",
             "the class to explain; default: the second of two, else the one that is answered");
  flags.whole("--step", step, {1, 1'000'000}, "forecaster: the step ahead to explain; default: 1");
  flags.text("--series", series, "ID", "forecaster: the series to explain; default: the first");
  flags.whole("--top", top, {0, 10000}, "rows of the table");
  flags.text("--html", html, "FILE", "write one page with everything inside");
  flags.text("--gates", gates, "DIR", "folder for pictures of gates and states over time");
  flags.whole("--unit", unit, {0, 1 << 20},
              "--gates: one unit as curves; default: all as heat maps");
  flags.whole("--threads", threads, {0, 1024}, "threads, 0 for all cores");
  flags.flag("--json", json,
             "print everything as JSON; with --gates the numbers behind the pictures");
}

ExplainOptions ExplainFlags::options() const {
  ExplainOptions options{.method = method, .logit = logit, .baseline = baseline};
  if (steps) options.steps = *steps;
  return options;
}

ExplanationView ExplainFlags::view(std::string title, std::string quantity) const {
  const Terminal screen = terminal(STDOUT_FILENO);
  ExplanationView view;
  view.title = std::move(title);
  view.model = model;
  view.quantity = std::move(quantity);
  view.method = method;
  view.top = top;
  view.width = std::clamp<int64_t>(screen.width, 40, 200);
  view.color = screen.color;
  return view;
}

void with_usage_errors(const std::function<void()>& body) {
  try {
    body();
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    throw UsageError(error.where(), error.subject(), error.fix());
  }
}

std::vector<std::string> draw_gates(const ExplainFlags& flags,
                                    const std::vector<LayerTrace>& traces,
                                    const TracePicture& picture) {
  std::vector<std::string> files;
  if (flags.gates.empty()) return files;
  for (const LayerTrace& trace : traces) {
    const int64_t units = trace.states[0].values.dim(1);
    if (picture.unit < units) continue;
    throw UsageError("--unit",
                     fmt::format("value: expected 0 to {}, the units of layer '{}', got {}.",
                                 units - 1, trace.layer, picture.unit),
                     "name a unit that every layer has.");
  }
  const RunFolder folder(flags.gates, true);
  for (const LayerTrace& trace : traces) {
    for (const auto& path : plot_trace(trace, picture, (folder.path() / "").string())) {
      files.push_back(path.string());
    }
  }
  return files;
}

nlohmann::ordered_json json_number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

nlohmann::ordered_json json_of(const std::vector<LayerTrace>& traces) {
  const auto rows = [](const Tensor& values) {
    auto list = nlohmann::ordered_json::array();
    for (int64_t t = 0; t < values.dim(0); ++t) {
      auto row = nlohmann::ordered_json::array();
      for (int64_t j = 0; j < values.dim(1); ++j) {
        row.push_back(json_number(static_cast<double>(values[t * values.dim(1) + j])));
      }
      list.push_back(std::move(row));
    }
    return list;
  };
  auto list = nlohmann::ordered_json::array();
  for (const LayerTrace& trace : traces) {
    nlohmann::ordered_json one = {
        {"layer", trace.layer}, {"cell", trace.cell}, {"backwards", trace.backwards}};
    one["gates"] = one["states"] = nlohmann::ordered_json::object();
    for (const auto& gate : trace.gates) one["gates"][gate.name] = rows(gate.values);
    for (const auto& state : trace.states) one["states"][state.name] = rows(state.values);
    list.push_back(std::move(one));
  }
  return list;
}

void print_json(const nlohmann::ordered_json& json) {
  // A name in another encoding than UTF-8 is still a name.
  std::cout << json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_files(const std::vector<std::string>& files) {
  if (!files.empty()) std::cout << '\n';
  for (const std::string& file : files) std::cout << file << '\n';
}

namespace {

int explain_input(const ExplainFlags& flags) {
  require(flags.model, "explain", "model");
  if (flags.unit && flags.gates.empty()) {
    throw UsageError("--unit", "folder: expected --gates DIR beside it, got none.",
                     "say where the pictures go.");
  }
  if (flags.steps && flags.method != "integrated") {
    throw UsageError("--steps", fmt::format("method: expected integrated, got {}.", flags.method),
                     "add --method integrated.");
  }
  set_num_threads(flags.threads);
  Model model = Model::load(flags.model, false);
  return model.note("forecast").empty() ? explain_one_text(flags, model)
                                        : explain_series(flags, model);
}

}  // namespace

void add_explain(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "explain", "Show what each word or value adds to a model's answer, and its gates.");
  auto flags = std::make_shared<ExplainFlags>();
  Flags declared(*command);
  flags->declare(declared);
  command->callback([&action, flags] { action = [flags] { return explain_input(*flags); }; });
}

}  // namespace eddy::cli
