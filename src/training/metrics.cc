// SPDX-License-Identifier: MIT
// The table of Keras' metrics and their names in logs.
#include "training/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/nearest.h"

namespace eddy {
namespace {

using Default = NumberRow::Default;
using Kind = NumberRow::Kind;

struct MetricRow {
  SpecRow spec;
  const char* key;  // Keras' name of the object
  int direction;
  bool class_labels = false;  // targets are class numbers
};

NumberRow none(const char* name, double low, double high, Kind kind = Kind::real) {
  return {name, 0, low, high, kind, Default::none};
}
NumberRow boolean_row(const char* name) { return {name, 0, 0, 1, Kind::boolean}; }
NumberRow needed(const char* name) { return {name, 0, 0, 1, Kind::real, Default::needed}; }

std::vector<MetricRow> accuracy_rows() {
  const NumberRow k = {"k", 5, 1, 1e9, Kind::integer};
  return {
      {{"binary_accuracy", "BinaryAccuracy", {}, {{"threshold", 0.5, -kAnyLarge}}},
       "binary_accuracy",
       1},
      {{"categorical_accuracy", "CategoricalAccuracy"}, "categorical_accuracy", 1},
      {{"sparse_categorical_accuracy", "SparseCategoricalAccuracy"},
       "sparse_categorical_accuracy",
       1,
       true},
      {{"top_k_categorical_accuracy", "TopKCategoricalAccuracy", {}, {k}},
       "top_k_categorical_accuracy",
       1},
      {{"sparse_top_k_categorical_accuracy", "SparseTopKCategoricalAccuracy", {}, {k}},
       "sparse_top_k_categorical_accuracy",
       1,
       true},
  };
}

std::vector<MetricRow> mean_rows() {
  const NumberRow logits = boolean_row("from_logits"), smoothing = {"label_smoothing", 0, 0, 1};
  return {
      {{"mean_squared_error", "MeanSquaredError", {"mse"}}, "mean_squared_error", -1},
      {{"root_mean_squared_error", "RootMeanSquaredError"}, "root_mean_squared_error", -1},
      {{"mean_absolute_error", "MeanAbsoluteError", {"mae"}}, "mean_absolute_error", -1},
      {{"mean_absolute_percentage_error", "MeanAbsolutePercentageError", {"mape"}},
       "mean_absolute_percentage_error",
       -1},
      {{"mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", {"msle"}},
       "mean_squared_logarithmic_error",
       -1},
      {{"cosine_similarity", "CosineSimilarity"}, "cosine_similarity", 1},
      {{"log_cosh_error", "LogCoshError"}, "logcosh", -1},
      {{"hinge", "Hinge"}, "hinge", -1},
      {{"squared_hinge", "SquaredHinge"}, "squared_hinge", -1},
      {{"categorical_hinge", "CategoricalHinge"}, "categorical_hinge", -1},
      {{"kl_divergence", "KLDivergence"}, "kl_divergence", -1},
      {{"poisson", "Poisson"}, "poisson", -1},
      {{"binary_crossentropy", "BinaryCrossentropy", {"bce"}, {logits, smoothing}},
       "binary_crossentropy",
       -1},
      {{"categorical_crossentropy", "CategoricalCrossentropy", {}, {logits, smoothing}},
       "categorical_crossentropy",
       -1},
      {{"sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", {}, {logits}},
       "sparse_categorical_crossentropy",
       -1,
       true},
  };
}

std::vector<MetricRow> count_rows() {
  const NumberRow threshold = none("thresholds", 0, 1);
  const NumberRow top_k = none("top_k", 1, 1e9, Kind::integer);
  const NumberRow class_id = none("class_id", 0, 1e9, Kind::integer);
  const NumberRow count = {"num_thresholds", 200, 1, 1e7, Kind::integer};
  return {
      {{"precision", "Precision", {}, {threshold, top_k, class_id}}, "precision", 1},
      {{"recall", "Recall", {}, {threshold, top_k, class_id}}, "recall", 1},
      {{"true_positives", "TruePositives", {}, {threshold}}, "true_positives", 0},
      {{"true_negatives", "TrueNegatives", {}, {threshold}}, "true_negatives", 0},
      {{"false_positives", "FalsePositives", {}, {threshold}}, "false_positives", 0},
      {{"false_negatives", "FalseNegatives", {}, {threshold}}, "false_negatives", 0},
      {{"auc",
        "AUC",
        {},
        {{"num_thresholds", 200, 2, 1e7, Kind::integer},
         boolean_row("multi_label"),
         none("num_labels", 1, 1e9, Kind::integer),
         boolean_row("from_logits")},
        {{"curve", {"ROC", "PR", "PRGAIN"}},
         {"summation_method", {"interpolation", "minoring", "majoring"}}},
        {"thresholds", "label_weights"}},
       "auc",
       1},
      {{"sensitivity_at_specificity",
        "SensitivityAtSpecificity",
        {},
        {needed("specificity"), count, class_id}},
       "sensitivity_at_specificity",
       1},
      {{"specificity_at_sensitivity",
        "SpecificityAtSensitivity",
        {},
        {needed("sensitivity"), count, class_id}},
       "specificity_at_sensitivity",
       1},
      {{"precision_at_recall", "PrecisionAtRecall", {}, {needed("recall"), count, class_id}},
       "precision_at_recall",
       1},
      {{"recall_at_precision", "RecallAtPrecision", {}, {needed("precision"), count, class_id}},
       "recall_at_precision",
       1},
  };
}

std::vector<MetricRow> score_rows() {
  const NumberRow threshold = none("threshold", 1e-30, 1);
  const WordRow average = {"average", {"", "micro", "macro", "weighted"}};
  return {
      {{"f1_score", "F1Score", {}, {threshold}, {average}}, "f1_score", 1},
      {{"fbeta_score", "FBetaScore", {}, {{"beta", 1, 1e-30}, threshold}, {average}},
       "fbeta_score",
       1},
      {{"r2_score",
        "R2Score",
        {},
        {{"num_regressors", 0, 0, 1e9, Kind::integer}},
        {{"class_aggregation", {"uniform_average", "variance_weighted_average"}}}},
       "r2_score",
       1},
  };
}

const std::vector<MetricRow>& rows() {
  static const std::vector<MetricRow> all = [] {
    std::vector<MetricRow> parts;
    for (const auto& part : {accuracy_rows(), mean_rows(), count_rows(), score_rows()}) {
      parts.insert(parts.end(), part.begin(), part.end());
    }
    return parts;
  }();
  return all;
}

// "accuracy" and "acc" in any case: Keras' rule.
std::string accuracy_for(const Shape& prediction, const Shape& targets) {
  if (prediction.back() == 1) return "binary_accuracy";
  if (targets.size() < prediction.size() || targets.back() == 1) {
    return "sparse_categorical_accuracy";
  }
  return "categorical_accuracy";
}

size_t row_of(const std::string& name, const Shape& prediction, const Shape& targets) {
  std::string wanted = name;
  const std::string plain = plain_name(name);
  if (plain == "accuracy" || plain == "acc") wanted = accuracy_for(prediction, targets);
  // "accuracy" and "acc" belong to the suggestions without being rows.
  std::vector<std::string> known = {"accuracy", "acc"};
  for (const MetricRow& row : rows()) known.push_back(row.spec.name);
  try {
    return find_row(metric_rows(), wanted, "compile", "metric");
  } catch (const Error&) {
    throw Error(ErrorCode::invalid_argument, "compile",
                fmt::format("metrics: expected a known metric, got '{}'.", name),
                suggest(name, known));
  }
}

void check_shapes(const MetricRow& row, const Shape& prediction, const Shape& targets) {
  Shape wanted = prediction;
  if (row.class_labels) wanted.back() = 1;
  Shape squeezed = wanted;
  if (wanted.back() == 1 && wanted.size() > 1) squeezed.pop_back();
  const auto fits = [&](const Shape& shape) {
    if (targets.size() != shape.size()) return false;
    for (size_t i = 1; i < shape.size(); ++i) {
      if (shape[i] != kNone && targets[i] != kNone && targets[i] != shape[i]) return false;
    }
    return true;
  };
  if (fits(wanted) || fits(squeezed)) return;
  throw Error(ErrorCode::shape_mismatch, row.spec.name,
              fmt::format("targets: expected {}, got {}.", to_string(wanted), to_string(targets)),
              row.class_labels
                  ? "give class numbers, or use the metric without 'sparse'."
                  : "give one target for every output, or use a metric of class numbers.");
}

}  // namespace

const std::vector<SpecRow>& metric_rows() {
  static const std::vector<SpecRow> specs = [] {
    std::vector<SpecRow> all;
    for (const MetricRow& row : rows()) all.push_back(row.spec);
    return all;
  }();
  return specs;
}

Metric::Metric(const MetricSpec& spec, const Shape& prediction, const Shape& targets)
    : spec_(spec) {
  const MetricRow& row = rows()[row_of(spec.name, prediction, targets)];
  static_cast<Spec&>(spec_) = resolve_spec(row.spec, spec);
  check_shapes(row, prediction, targets);
  name_ = spec.has_arguments() ? row.key : spec.name;
  if (!spec.label.empty()) name_ = spec.label;
  direction_ = row.direction;
  state_ = make_mean_metric(spec_);
  if (!state_) state_ = make_confusion_metric(spec_);
  if (!state_) state_ = make_score_metric(spec_, prediction.back());
}

}  // namespace eddy
