// SPDX-License-Identifier: MIT
// How good answers are: confusion, precision and recall, curves with their areas, calibration. The
// numbers of scikit-learn, by its names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/export.h"

namespace eddy {

// counts[truth][answer], [classes][classes].
using Confusion = std::vector<std::vector<int64_t>>;
//   truth, answer  [N]  class numbers from 0
// Throws Error{invalid_argument} for lists of two lengths and numbers outside the classes.
EDDY_API Confusion confusion_matrix(const std::vector<int64_t>& truth,
                                    const std::vector<int64_t>& answer, int64_t classes);

struct ClassScore {
  int64_t support = 0;                       // samples of the class
  double precision = 0, recall = 0, f1 = 0;  // 0 where nothing was answered or is of the class
};
EDDY_API std::vector<ClassScore> class_scores(const Confusion& confusion);
EDDY_API double accuracy(const Confusion& confusion);
// The mean over the classes, each counting the same.
EDDY_API ClassScore macro_average(const std::vector<ClassScore>& scores);

// One point for every distinct score, from the highest threshold to the lowest: samples with a
// score from it on are answered as positive.
struct CurvePoint {
  double x = 0, y = 0, threshold = 0;
};
struct Curve {
  std::vector<CurvePoint> points;
  double area = 0;
};
//   positive  [N]  whether the sample is of the class
//   score     [N]  how likely the model finds it
// Throws Error{invalid_argument} for lists of two lengths, a score that is NaN, or samples that are
// all of one kind.
//
// x false positives of all negatives, y true positives of all positives; begins at (0, 0) with an
// infinite threshold. area: by trapezoids, the chance that a positive scores above a negative.
EDDY_API Curve roc_curve(const std::vector<bool>& positive, const std::vector<double>& score);
// x recall, y precision; begins at (0, 1) with an infinite threshold. area: the average precision,
// sum of (recall - recall before) * precision.
EDDY_API Curve precision_recall_curve(const std::vector<bool>& positive,
                                      const std::vector<double>& score);

// Samples by the probability that they were given, in bins of one width over 0 to 1; an edge
// belongs to the bin below. Bins without samples are left out.
struct CalibrationBin {
  double low = 0, high = 0;
  int64_t count = 0;
  double predicted = 0;  // mean probability
  double observed = 0;   // share that came true
};
struct Calibration {
  std::vector<CalibrationBin> bins;
  // Expected calibration error: mean |observed - predicted|, weighted by the counts. Guo et al.,
  // "On Calibration of Modern Neural Networks", 2017.
  double error = 0;
};
//   came_true    [N]
//   probability  [N]  0 to 1
// Throws Error{invalid_argument} for lists of two lengths, none, other probabilities, or bins
// below 1.
EDDY_API Calibration calibration(const std::vector<bool>& came_true,
                                 const std::vector<double>& probability, int64_t bins = 10);

struct NumberScore {
  double mae = 0, rmse = 0;
  double r2 =
      0;  // 1 - squared errors / squared distances from the mean; 0 when all truths are equal
  double bias = 0;  // mean of answer - truth
};
// Throws Error{invalid_argument} for lists of two lengths, or none.
EDDY_API NumberScore number_score(const std::vector<double>& truth,
                                  const std::vector<double>& answer);

}  // namespace eddy
