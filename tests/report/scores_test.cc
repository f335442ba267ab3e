// SPDX-License-Identifier: MIT
// Scores against scikit-learn's (scripts/scores_golden.py) and numbers by hand.
#include "eddy/scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "eddy/error.h"

namespace eddy::scores_test {
namespace {

using nlohmann::json;
using testing::ElementsAre;

constexpr double kTolerance = 1e-12;  // sums of some tens of numbers near 1, in another order

json golden() {
  std::ifstream file(EDDY_REPORT_GOLDEN "/scores.json");
  return json::parse(file);
}

std::vector<bool> flags(const json& list) {
  std::vector<bool> values;
  for (const auto& value : list) values.push_back(value.get<int>() != 0);
  return values;
}

void expect_near(const std::vector<double>& got, const json& want, const char* what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], want[i].get<double>(), kTolerance) << what << " " << i;
  }
}

std::vector<double> column(const Curve& curve, double CurvePoint::*member) {
  std::vector<double> values;
  for (const auto& point : curve.points) values.push_back(point.*member);
  return values;
}

TEST(Scores, CurvesAreThoseOfScikitLearn) {
  const json cases = golden();
  for (const json& at : cases["binary"]) {
    const auto truth = flags(at["truth"]);
    const auto score = at["score"].get<std::vector<double>>();
    const Curve roc = roc_curve(truth, score);
    expect_near(column(roc, &CurvePoint::x), at["roc"][0], "false positives");
    expect_near(column(roc, &CurvePoint::y), at["roc"][1], "true positives");
    EXPECT_NEAR(roc.area, at["auc"].get<double>(), kTolerance);
    const Curve both = precision_recall_curve(truth, score);
    // scikit-learn leaves thresholds out once all of the class are found, or keeps them, by its
    // version; ours has them all.
    ASSERT_GE(both.points.size(), at["recall"].size());
    for (size_t i = 0; i < at["recall"].size(); ++i) {
      EXPECT_NEAR(both.points[i].x, at["recall"][i].get<double>(), kTolerance) << i;
      EXPECT_NEAR(both.points[i].y, at["precision"][i].get<double>(), kTolerance) << i;
    }
    EXPECT_NEAR(both.area, at["average_precision"].get<double>(), kTolerance);
  }
}

TEST(Scores, CalibrationIsThatOfScikitLearn) {
  const json cases = golden();
  for (const json& at : cases["binary"]) {
    const auto truth = flags(at["truth"]);
    const Calibration found = calibration(truth, at["score"].get<std::vector<double>>());
    std::vector<double> observed, predicted;
    double error = 0;
    for (const auto& bin : found.bins) {
      observed.push_back(bin.observed);
      predicted.push_back(bin.predicted);
      error += std::fabs(bin.observed - bin.predicted) * static_cast<double>(bin.count);
    }
    expect_near(observed, at["observed"], "observed");
    expect_near(predicted, at["predicted"], "predicted");
    EXPECT_NEAR(found.error, error / static_cast<double>(truth.size()), kTolerance);
  }
}

TEST(Scores, ClassesAreThoseOfScikitLearn) {
  const json cases = golden();
  for (const json& at : cases["classes"]) {
    const Confusion confusion =
        confusion_matrix(at["truth"].get<std::vector<int64_t>>(),
                         at["answer"].get<std::vector<int64_t>>(), at["classes"].get<int64_t>());
    EXPECT_EQ(json(confusion), at["confusion"]);
    EXPECT_NEAR(accuracy(confusion), at["accuracy"].get<double>(), kTolerance);
    const auto scores = class_scores(confusion);
    for (size_t k = 0; k < scores.size(); ++k) {
      EXPECT_EQ(scores[k].support, at["support"][k].get<int64_t>());
      EXPECT_NEAR(scores[k].precision, at["precision"][k].get<double>(), kTolerance);
      EXPECT_NEAR(scores[k].recall, at["recall"][k].get<double>(), kTolerance);
      EXPECT_NEAR(scores[k].f1, at["f1"][k].get<double>(), kTolerance);
    }
    EXPECT_NEAR(macro_average(scores).f1, at["macro_f1"].get<double>(), kTolerance);
  }
}

TEST(Scores, NumbersAreThoseOfScikitLearn) {
  const json cases = golden();
  for (const json& at : cases["numbers"]) {
    const NumberScore score = number_score(at["truth"].get<std::vector<double>>(),
                                           at["answer"].get<std::vector<double>>());
    EXPECT_NEAR(score.mae, at["mae"].get<double>(), kTolerance);
    EXPECT_NEAR(score.rmse, at["rmse"].get<double>(), kTolerance);
    EXPECT_NEAR(score.r2, at["r2"].get<double>(), kTolerance);
  }
  EXPECT_EQ(number_score({2, 2}, {2, 5}).r2, 0);
  EXPECT_EQ(number_score({2, 2}, {2, 5}).bias, 1.5);
}

TEST(Scores, ByHand) {
  // Scores 0.9+ 0.8- 0.8+ 0.3-: of the four pairs two and a half are in order... and one ties.
  const Curve roc = roc_curve({true, false, true, false}, {0.9, 0.8, 0.8, 0.3});
  EXPECT_THAT(column(roc, &CurvePoint::x), ElementsAre(0, 0, 0.5, 1));
  EXPECT_THAT(column(roc, &CurvePoint::y), ElementsAre(0, 0.5, 1, 1));
  EXPECT_DOUBLE_EQ(roc.area, 3.5 / 4);
  const Calibration found =
      calibration({true, false, true, true}, {0.1, 0.1, 0.75, 1.0}, 4);  // edges: the bin below
  ASSERT_EQ(found.bins.size(), 3U);
  EXPECT_DOUBLE_EQ(found.bins[0].observed, 0.5);
  EXPECT_DOUBLE_EQ(found.bins[1].high, 0.75);
  EXPECT_DOUBLE_EQ(found.error, (0.4 * 2 + 0.25 + 0) / 4);
}

TEST(Scores, WhatCannotBeScoredIsRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(confusion_matrix({0, 1}, {0}, 2), Error);
  EXPECT_THROW(confusion_matrix({0, 2}, {0, 1}, 2), Error);
  EXPECT_THROW(confusion_matrix({0, -1}, {0, 1}, 2), Error);
  EXPECT_THROW(roc_curve({true, true}, {0.1, 0.2}), Error);
  EXPECT_THROW(roc_curve({true, false}, {0.1, nan}), Error);
  EXPECT_THROW(precision_recall_curve({false, false}, {0.1, 0.2}), Error);
  EXPECT_THROW(calibration({true}, {1.5}), Error);
  EXPECT_THROW(calibration({true}, {nan}), Error);
  EXPECT_THROW(calibration({}, {}), Error);
  EXPECT_THROW(calibration({true}, {0.5}, 0), Error);
  EXPECT_THROW(number_score({}, {}), Error);
}

}  // namespace
}  // namespace eddy::scores_test
