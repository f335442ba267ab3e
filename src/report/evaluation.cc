// SPDX-License-Identifier: MIT
#include "eddy/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/atomic_file.h"
#include "eddy/error.h"
#include "eddy/plot.h"
#include "report/evaluated.h"

namespace eddy {
namespace {

constexpr size_t kLengthBins = 8;

void refuse_answers(bool wrong, const std::string& what) {
  if (wrong) {
    throw Error(ErrorCode::invalid_argument, "write_report", what,
                "give all lists of the same samples.");
  }
}

void check_answers(const ClassifierAnswers& answers) {
  const size_t samples = answers.truth.size(), classes = answers.classes.size();
  refuse_answers(classes < 2, fmt::format("classes: expected two or more, got {}.", classes));
  refuse_answers(samples == 0, "truth: expected one sample or more, got none.");
  refuse_answers(answers.answer.size() != samples,
                 fmt::format("answer: expected {}, got {}.", samples, answers.answer.size()));
  refuse_answers(answers.probabilities.size() != samples * classes,
                 fmt::format("probabilities: expected {} x {}, got {}.", samples, classes,
                             answers.probabilities.size()));
  refuse_answers(
      !answers.lengths.empty() && answers.lengths.size() != samples,
      fmt::format("lengths: expected {} or none, got {}.", samples, answers.lengths.size()));
  for (size_t i = 0; i < samples; ++i) {
    for (const int64_t label : {answers.truth[i], answers.answer[i]}) {
      refuse_answers(label < 0 || label >= std::ssize(answers.classes),
                     fmt::format("class: expected 0 to {}, got {}.", classes - 1, label));
    }
  }
  for (const float p : answers.probabilities) {
    refuse_answers(!(p >= 0 && p <= 1), fmt::format("probabilities: expected 0 to 1, got {}.", p));
  }
}

void check_mistakes(const ClassifierAnswers& answers, const ReportView& view) {
  const int64_t samples = std::ssize(answers.truth);
  for (const auto& mistake : view.mistakes) {
    refuse_answers(
        mistake.first < 0 || mistake.first >= samples,
        fmt::format("mistakes: expected samples 0 to {}, got {}.", samples - 1, mistake.first));
  }
}

double probability_of(const ClassifierAnswers& answers, size_t sample, size_t label) {
  return static_cast<double>(answers.probabilities[sample * answers.classes.size() + label]);
}

// Of one class against the others, unless there is but one kind.
void add_curves(size_t label, Evaluated& evaluated) {
  const ClassifierAnswers& answers = evaluated.answers;
  std::vector<bool> positive;
  std::vector<double> score;
  for (size_t i = 0; i < answers.truth.size(); ++i) {
    positive.push_back(answers.truth[i] == static_cast<int64_t>(label));
    score.push_back(probability_of(answers, i, label));
  }
  const auto count = std::count(positive.begin(), positive.end(), true);
  if (count == 0 || count == std::ssize(positive)) return;
  evaluated.roc[label] = roc_curve(positive, score);
  evaluated.precision_recall[label] = precision_recall_curve(positive, score);
}

double mean_area(const std::vector<std::optional<Curve>>& curves) {
  double sum = 0;
  int64_t count = 0;
  for (const auto& curve : curves) {
    if (!curve) continue;
    sum += curve->area;
    ++count;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

Calibration calibration_of(const ClassifierAnswers& answers) {
  std::vector<bool> came_true;
  std::vector<double> probability;
  const bool two = answers.classes.size() == 2;
  for (size_t i = 0; i < answers.truth.size(); ++i) {
    const auto label = two ? size_t{1} : static_cast<size_t>(answers.answer[i]);
    came_true.push_back(answers.truth[i] == static_cast<int64_t>(label));
    probability.push_back(probability_of(answers, i, label));
  }
  return calibration(came_true, probability);
}

// About as many samples in each; samples of one length stay together.
std::vector<LengthBin> length_bins(const ClassifierAnswers& answers) {
  std::vector<size_t> order(answers.lengths.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return answers.lengths[a] < answers.lengths[b]; });
  std::vector<LengthBin> bins;
  for (size_t i = 0; i < order.size(); ++i) {
    const int64_t length = answers.lengths[order[i]];
    const bool full = bins.size() * order.size() <= i * kLengthBins;
    if (bins.empty() || (full && bins.back().to != length)) {
      bins.push_back({.from = length, .to = length});
    }
    LengthBin& bin = bins.back();
    bin.to = length;
    ++bin.count;
    bin.right += answers.answer[order[i]] == answers.truth[order[i]] ? 1 : 0;
  }
  return bins;
}

}  // namespace

Evaluated evaluate_answers(const ClassifierAnswers& answers) {
  check_answers(answers);
  const size_t classes = answers.classes.size();
  Evaluated evaluated{
      .answers = answers,
      .confusion = confusion_matrix(answers.truth, answers.answer, static_cast<int64_t>(classes)),
      .scores = {},
      .roc = std::vector<std::optional<Curve>>(classes),
      .precision_recall = std::vector<std::optional<Curve>>(classes),
      .calibration = calibration_of(answers),
      .lengths = length_bins(answers)};
  evaluated.scores = class_scores(evaluated.confusion);
  for (size_t label = classes == 2 ? 1 : 0; label < classes; ++label) {
    add_curves(label, evaluated);
  }
  evaluated.macro_roc = mean_area(evaluated.roc);
  evaluated.macro_precision = mean_area(evaluated.precision_recall);
  return evaluated;
}

std::vector<int64_t> worst_mistakes(const ClassifierAnswers& answers, size_t most) {
  check_answers(answers);
  std::vector<int64_t> wrong;
  for (size_t i = 0; i < answers.truth.size(); ++i) {
    if (answers.truth[i] != answers.answer[i]) wrong.push_back(static_cast<int64_t>(i));
  }
  const auto confidence = [&](int64_t i) {
    const auto sample = static_cast<size_t>(i);
    return probability_of(answers, sample, static_cast<size_t>(answers.answer[sample]));
  };
  std::stable_sort(wrong.begin(), wrong.end(),
                   [&](int64_t a, int64_t b) { return confidence(a) > confidence(b); });
  if (wrong.size() > most) wrong.resize(most);
  return wrong;
}

std::vector<std::filesystem::path> write_report(const ClassifierAnswers& answers,
                                                const ReportView& view,
                                                const std::filesystem::path& folder) {
  const Evaluated evaluated = evaluate_answers(answers);
  check_mistakes(answers, view);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(ErrorCode::io, folder.string(),
                fmt::format("folder: expected to make it, got \"{}\".", error.message()),
                "name a place that can be written to.");
  }
  std::vector<ReportPicture> pictures;
  if (can_plot()) pictures = report_pictures(evaluated, view);
  std::vector<std::filesystem::path> written;
  const auto write = [&](const std::string& name, const std::string& content) {
    written.push_back(folder / name);
    write_file_atomically(written.back(), content);
  };
  for (const ReportPicture& picture : pictures) {
    write(picture.name + ".svg", picture.svg);
    write(picture.name + ".png", picture.png);
  }
  write("report.html", report_html(evaluated, view, pictures));
  return written;
}

}  // namespace eddy
