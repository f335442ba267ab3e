// SPDX-License-Identifier: MIT
// Metrics by description, with Keras' names, arguments and defaults.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "eddy/spec.h"

namespace eddy {

// name                              arguments with their defaults
// accuracy (acc)                    binary, sparse or categorical by the shapes, as Keras
// binary_accuracy                   threshold 0.5
// categorical_accuracy, sparse_categorical_accuracy
// top_k_categorical_accuracy, sparse_top_k_categorical_accuracy   k 5
// precision, recall                 thresholds (a number), top_k, class_id
// true_positives, true_negatives, false_positives, false_negatives   thresholds (a number)
// auc                               num_thresholds 200, "curve" ROC | PR | PRGAIN,
//                                   "summation_method" interpolation | minoring | majoring,
//                                   from_logits 0, multi_label 0; lists: thresholds, label_weights
// precision_at_recall (recall), recall_at_precision (precision), sensitivity_at_specificity
// (specificity), specificity_at_sensitivity (sensitivity)   num_thresholds 200, class_id
// f1_score, fbeta_score (beta 1)    "average" micro | macro | weighted, threshold
// mean_squared_error (mse), mean_absolute_error (mae), mean_absolute_percentage_error (mape),
// mean_squared_logarithmic_error (msle), root_mean_squared_error, log_cosh_error,
// cosine_similarity, r2_score ("class_aggregation", num_regressors 0)
// binary_crossentropy (bce), categorical_crossentropy (from_logits 0, label_smoothing 0),
// sparse_categorical_crossentropy (from_logits 0)
// hinge, squared_hinge, categorical_hinge, kl_divergence, poisson
struct MetricSpec : Spec {
  using Spec::Spec;
  MetricSpec() = default;
  // The key in logs and history. Empty: what the user wrote ("acc"), or for a metric with
  // arguments Keras' name of the object ("auc").
  std::string label = {};

  MetricSpec named(std::string key) const {
    MetricSpec copy = *this;
    copy.label = std::move(key);
    return copy;
  }
  bool operator==(const MetricSpec&) const = default;
};

// The metrics of a model: a list for its only output, or a list an output.
struct MetricLists {
  std::vector<std::vector<MetricSpec>> lists;
  // Names of the outputs that the lists belong to, parallel to `lists`; empty: the model's order.
  std::vector<std::string> outputs;

  MetricLists() = default;
  MetricLists(std::initializer_list<MetricSpec> metrics) {
    if (metrics.size() > 0) lists.emplace_back(metrics);
  }
  MetricLists(std::vector<MetricSpec> metrics) {  // NOLINT(google-explicit-constructor)
    if (!metrics.empty()) lists.push_back(std::move(metrics));
  }
  MetricLists(std::vector<std::string> names) {  // NOLINT(google-explicit-constructor)
    if (!names.empty()) lists.emplace_back(names.begin(), names.end());
  }
  static MetricLists per_output(std::vector<std::vector<MetricSpec>> lists) {
    MetricLists metrics;
    metrics.lists = std::move(lists);
    return metrics;
  }
  static MetricLists by_name(
      const std::vector<std::pair<std::string, std::vector<MetricSpec>>>& named) {
    MetricLists metrics;
    for (const auto& [output, list] : named) {
      metrics.outputs.push_back(output);
      metrics.lists.push_back(list);
    }
    return metrics;
  }

  bool empty() const { return lists.empty(); }
  friend bool operator==(const MetricLists&, const MetricLists&) = default;
};

}  // namespace eddy
