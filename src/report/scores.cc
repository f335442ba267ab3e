// SPDX-License-Identifier: MIT
#include "eddy/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "eddy/error.h"

namespace eddy {
namespace {

void expect(bool good, const char* where, const std::string& what, const char* fix) {
  if (!good) throw Error(ErrorCode::invalid_argument, where, what, fix);
}

void expect_pairs(size_t one, size_t other, const char* where) {
  expect(one == other, where,
         fmt::format("samples: expected as many answers as truths, got {} and {}.", other, one),
         "pass one answer for each sample.");
}

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

// How many samples of each kind have a score from each threshold on, thresholds falling.
struct Count {
  double threshold, positives, negatives;
};
std::vector<Count> count_down(const std::vector<bool>& positive, const std::vector<double>& score,
                              const char* where) {
  expect_pairs(positive.size(), score.size(), where);
  for (const double value : score) {
    expect(!std::isnan(value), where, "score: expected a number, got NaN.",
           "look at the model: `eddy inspect` counts its NaN.");
  }
  const auto all = std::count(positive.begin(), positive.end(), true);
  expect(all > 0 && all < static_cast<std::ptrdiff_t>(positive.size()), where,
         fmt::format("samples: expected some of the class and some not, got {} of {}.", all,
                     positive.size()),
         "leave the curve out for a class that is all or nothing.");
  std::vector<size_t> order(score.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return score[a] > score[b]; });
  std::vector<Count> counts = {{std::numeric_limits<double>::infinity(), 0, 0}};
  for (const size_t i : order) {
    if (score[i] != counts.back().threshold || counts.size() == 1) {
      counts.push_back({score[i], counts.back().positives, counts.back().negatives});
    }
    ++(positive[i] ? counts.back().positives : counts.back().negatives);
  }
  return counts;
}

}  // namespace

Confusion confusion_matrix(const std::vector<int64_t>& truth, const std::vector<int64_t>& answer,
                           int64_t classes) {
  constexpr const char* kWhere = "confusion_matrix";
  expect_pairs(truth.size(), answer.size(), kWhere);
  expect(classes >= 1 && classes <= 10'000, kWhere,
         fmt::format("classes: expected 1 to 10000, got {}.", classes), "count the classes.");
  const auto size = static_cast<size_t>(classes);
  Confusion counts(size, std::vector<int64_t>(size, 0));
  for (size_t i = 0; i < truth.size(); ++i) {
    for (const int64_t number : {truth[i], answer[i]}) {
      expect(number >= 0 && number < classes, kWhere,
             fmt::format("class: expected 0 to {}, got {}.", classes - 1, number),
             "number the classes from 0.");
    }
    ++counts[static_cast<size_t>(truth[i])][static_cast<size_t>(answer[i])];
  }
  return counts;
}

std::vector<ClassScore> class_scores(const Confusion& confusion) {
  std::vector<ClassScore> scores(confusion.size());
  for (size_t k = 0; k < confusion.size(); ++k) {
    ClassScore& score = scores[k];
    int64_t answered = 0;
    for (size_t other = 0; other < confusion.size(); ++other) {
      score.support += confusion[k][other];
      answered += confusion[other][k];
    }
    const auto right = static_cast<double>(confusion[k][k]);
    score.precision = ratio(right, static_cast<double>(answered));
    score.recall = ratio(right, static_cast<double>(score.support));
    score.f1 = ratio(2 * right, static_cast<double>(answered + score.support));
  }
  return scores;
}

double accuracy(const Confusion& confusion) {
  int64_t right = 0, all = 0;
  for (size_t k = 0; k < confusion.size(); ++k) {
    right += confusion[k][k];
    all = std::accumulate(confusion[k].begin(), confusion[k].end(), all);
  }
  return ratio(static_cast<double>(right), static_cast<double>(all));
}

ClassScore macro_average(const std::vector<ClassScore>& scores) {
  ClassScore mean;
  const auto count = static_cast<double>(std::max<size_t>(scores.size(), 1));
  for (const ClassScore& score : scores) {
    mean.support += score.support;
    mean.precision += score.precision / count;
    mean.recall += score.recall / count;
    mean.f1 += score.f1 / count;
  }
  return mean;
}

Curve roc_curve(const std::vector<bool>& positive, const std::vector<double>& score) {
  const auto counts = count_down(positive, score, "roc_curve");
  const Count& all = counts.back();
  Curve curve;
  for (const Count& count : counts) {
    const CurvePoint point{count.negatives / all.negatives, count.positives / all.positives,
                           count.threshold};
    if (!curve.points.empty()) {
      const CurvePoint& before = curve.points.back();
      curve.area += (point.x - before.x) * (point.y + before.y) / 2;
    }
    curve.points.push_back(point);
  }
  return curve;
}

Curve precision_recall_curve(const std::vector<bool>& positive, const std::vector<double>& score) {
  const auto counts = count_down(positive, score, "precision_recall_curve");
  const Count& all = counts.back();
  Curve curve;
  for (const Count& count : counts) {
    const double answered = count.positives + count.negatives;
    const CurvePoint point{count.positives / all.positives,
                           answered == 0 ? 1 : count.positives / answered, count.threshold};
    if (!curve.points.empty()) curve.area += (point.x - curve.points.back().x) * point.y;
    curve.points.push_back(point);
  }
  return curve;
}

Calibration calibration(const std::vector<bool>& came_true, const std::vector<double>& probability,
                        int64_t bins) {
  constexpr const char* kWhere = "calibration";
  expect_pairs(came_true.size(), probability.size(), kWhere);
  expect(!came_true.empty(), kWhere, "samples: expected at least one, got 0.", "pass some.");
  expect(bins >= 1 && bins <= 10'000, kWhere,
         fmt::format("bins: expected 1 to 10000, got {}.", bins), "10 is usual.");
  std::vector<CalibrationBin> all(static_cast<size_t>(bins));
  const auto count = static_cast<double>(bins);
  for (size_t i = 0; i < came_true.size(); ++i) {
    const double p = probability[i];
    expect(p >= 0 && p <= 1, kWhere, fmt::format("probability: expected 0 to 1, got {}.", p),
           "pass what a sigmoid or softmax gives.");
    const double place = std::ceil(p * count) - 1;
    CalibrationBin& bin = all[static_cast<size_t>(std::clamp(place, 0.0, count - 1))];
    ++bin.count;
    bin.predicted += p;
    bin.observed += came_true[i] ? 1 : 0;
  }
  Calibration result;
  for (size_t k = 0; k < all.size(); ++k) {
    CalibrationBin& bin = all[k];
    if (bin.count == 0) continue;
    bin.low = static_cast<double>(k) / count;
    bin.high = static_cast<double>(k + 1) / count;
    bin.predicted /= static_cast<double>(bin.count);
    bin.observed /= static_cast<double>(bin.count);
    result.error += std::fabs(bin.observed - bin.predicted) * static_cast<double>(bin.count) /
                    static_cast<double>(came_true.size());
    result.bins.push_back(bin);
  }
  return result;
}

NumberScore number_score(const std::vector<double>& truth, const std::vector<double>& answer) {
  expect_pairs(truth.size(), answer.size(), "number_score");
  expect(!truth.empty(), "number_score", "samples: expected at least one, got 0.", "pass some.");
  const auto count = static_cast<double>(truth.size());
  const double mean = std::accumulate(truth.begin(), truth.end(), 0.0) / count;
  NumberScore score;
  double squares = 0, spread = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    const double error = answer[i] - truth[i];
    score.mae += std::fabs(error) / count;
    score.bias += error / count;
    squares += error * error;
    spread += (truth[i] - mean) * (truth[i] - mean);
  }
  score.rmse = std::sqrt(squares / count);
  score.r2 = spread == 0 ? 0 : 1 - squares / spread;
  return score;
}

}  // namespace eddy
