// SPDX-License-Identifier: MIT
// A classifier's answers to labelled samples as one page of scores and pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "eddy/export.h"

namespace eddy {

// Of N samples.
struct ClassifierAnswers {
  std::vector<std::string> classes = {};  // two or more
  std::vector<int64_t> truth = {};        // [N]  class numbers
  std::vector<int64_t> answer = {};       // [N]
  std::vector<float> probabilities = {};  // [N, classes]
  std::vector<int64_t> lengths = {};      // [N]  words or steps; empty: not known
};

// The numbers of at most `most` samples with a wrong answer, the most confident first; of equal
// ones the first sample. Throws Error{invalid_argument} as write_report().
EDDY_API std::vector<int64_t> worst_mistakes(const ClassifierAnswers& answers, size_t most = 20);

struct ReportView {
  std::string title = "Evaluation";
  std::vector<std::pair<std::string, std::string>> facts = {};  // name and value, above all else
  std::string samples = "texts";                                // what they are called
  std::string unit = "words";                                   // of the lengths
  // Sample and its text, of which the page has 2,000 characters, in the order in which they are to
  // stand.
  std::vector<std::pair<int64_t, std::string>> mistakes = {};
};

// Writes into `folder`, which is made if need be: confusion, roc, precision_recall, calibration and
// lengths, each as .svg and .png, and report.html, which holds the pictures and needs nothing else.
// Without gnuplot (can_plot()) the page alone, with its tables. Two classes: curves and calibration
// are those of the second one. More: curves of each class against the others, calibration of the
// answered class. Returns the paths, the page last. Throws Error{invalid_argument} for lists that
// do not fit each other, classes out of range, probabilities outside 0 to 1 and no samples;
// Error{io}.
EDDY_API std::vector<std::filesystem::path> write_report(const ClassifierAnswers& answers,
                                                         const ReportView& view,
                                                         const std::filesystem::path& folder);

}  // namespace eddy
