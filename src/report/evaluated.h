// SPDX-License-Identifier: MIT
// What a report of answers shows, apart from how.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eddy/evaluation.h"
#include "eddy/scores.h"

namespace eddy {

struct LengthBin {
  int64_t from = 0, to = 0;  // lengths, both inclusive
  int64_t count = 0, right = 0;
  double accuracy() const { return static_cast<double>(right) / static_cast<double>(count); }
};

struct Evaluated {
  const ClassifierAnswers& answers;
  Confusion confusion;
  std::vector<ClassScore> scores;
  // By class; nothing where all samples are of the class, or none. Of two classes the second alone.
  std::vector<std::optional<Curve>> roc, precision_recall;
  Calibration calibration;
  std::vector<LengthBin> lengths;
  double macro_roc = 0, macro_precision = 0;  // means of the areas there are

  int64_t samples() const { return static_cast<int64_t>(answers.truth.size()); }
  bool two() const { return answers.classes.size() == 2; }
};

// Throws as write_report().
Evaluated evaluate_answers(const ClassifierAnswers& answers);

struct ReportPicture {
  std::string name;  // of the files: "roc"
  std::string title, description;
  std::string svg, png;  // bytes of the files
};
// Drawn by gnuplot. Throws Error{io}.
std::vector<ReportPicture> report_pictures(const Evaluated& evaluated, const ReportView& view);

// The page.
std::string report_html(const Evaluated& evaluated, const ReportView& view,
                        const std::vector<ReportPicture>& pictures);

}  // namespace eddy
