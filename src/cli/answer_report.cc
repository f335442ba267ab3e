// SPDX-License-Identifier: MIT
#include "answer_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <utility>

#include "eddy/plot.h"
#include "flags.h"

namespace eddy::cli {
AnswerReport::AnswerReport(std::string folder, const TextAnswers& answers)
    : folder_(std::move(folder)), answers_(answers) {
  if (is_asked_for() && answers.are_numbers()) {
    throw UsageError("--report", "model: expected one that answers with classes, got numbers.",
                     "leave the flag out: the errors are printed.");
  }
  collected_.classes = answers.classes();
  std::error_code error;  // before the work: a mistake should show at once
  if (is_asked_for()) std::filesystem::create_directories(folder_, error);
  if (!error) return;
  throw UsageError(
      "--report", fmt::format("folder: expected to make {}, got \"{}\".", folder_, error.message()),
      "name a place that can be written to.");
}

void AnswerReport::add(const Tensor& outputs, const float* truth, const int64_t* lengths) {
  if (!is_asked_for()) return;
  const size_t classes = collected_.classes.size();
  for (int64_t i = 0; i < outputs.dim(0); ++i) {
    const float* const output = outputs.data() + i * outputs.dim(1);
    collected_.truth.push_back(static_cast<int64_t>(truth[i]));
    collected_.answer.push_back(static_cast<int64_t>(answers_.best_class(output)));
    collected_.lengths.push_back(lengths[i]);
    for (size_t label = 0; label < classes; ++label) {
      const double p = answers_.probability(output, label);
      collected_.probabilities.push_back(static_cast<float>(std::clamp(p, 0.0, 1.0)));
    }
  }
}

std::vector<int64_t> AnswerReport::shown() const {
  std::vector<int64_t> samples = worst_mistakes(collected_);
  std::sort(samples.begin(), samples.end());
  return samples;
}

void AnswerReport::write(const About& about,
                         const std::function<std::string(int64_t)>& text_of) const {
  ReportView view;
  view.title = fmt::format("{} on {}", about.model, about.data);
  view.facts = {{about.samples, fmt::format("{}", fmt::group_digits(collected_.truth.size()))}};
  for (const auto& [name, value] : about.metrics) {
    view.facts.emplace_back(name == "acc" ? "accuracy" : name, fmt::format("{:.4f}", value));
  }
  if (!about.baseline.empty()) view.facts.emplace_back("baseline", about.baseline);
  view.samples = about.samples;
  view.unit = about.unit;
  for (const int64_t sample : worst_mistakes(collected_)) {
    view.mistakes.emplace_back(sample, text_of(sample));
  }
  if (!can_plot()) {
    std::cerr
        << "note: the report has no pictures, gnuplot cannot be started. Fix: apt-get install "
           "gnuplot-nox.\n";
  }
  const auto written = write_report(collected_, view, folder_);
  if (!about.quiet) std::cout << fmt::format("\nReport: {}\n", written.back().string());
}

}  // namespace eddy::cli
