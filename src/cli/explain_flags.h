// SPDX-License-Identifier: MIT
// The command line of `eddy explain`, and what is done for texts and for series alike.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eddy/eddy.h"
#include "flags.h"

namespace eddy::cli {

struct ExplainFlags {
  std::string model, input, file, class_name, series, gates, html;
  std::string method = "leave-one-out", baseline = "auto";
  std::optional<int64_t> steps, step, unit;
  int64_t top = 10, threads = 0;
  bool logit = false, json = false;

  void declare(Flags& flags);
  ExplainOptions options() const;
  // For a terminal as stdout is one.
  ExplanationView view(std::string title, std::string quantity) const;
};

int explain_one_text(const ExplainFlags& flags, Model& model);
int explain_series(const ExplainFlags& flags, Model& model);

// What explain() and its kin refuse about options is a mistake in the command line.
void with_usage_errors(const std::function<void()>& body);

// The pictures of --gates into its folder; none without the flag.
std::vector<std::string> draw_gates(const ExplainFlags& flags,
                                    const std::vector<LayerTrace>& traces,
                                    const TracePicture& picture);
nlohmann::ordered_json json_of(const std::vector<LayerTrace>& traces);
// A number, or null for NaN.
nlohmann::ordered_json json_number(double value);
void print_json(const nlohmann::ordered_json& json);
void print_files(const std::vector<std::string>& files);

}  // namespace eddy::cli
