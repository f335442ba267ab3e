// SPDX-License-Identifier: MIT
// F scores and R2: sums a class.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "training/epsilon.h"
#include "training/metrics.h"

namespace eddy {
namespace {

class FBeta final : public MetricState {
 public:
  FBeta(const MetricSpec& spec, int64_t classes)
      : average_(spec.words.count("average") > 0 ? spec.words.at("average") : ""),
        beta_(number_or(spec, "beta", 1)),
        threshold_(number_or(spec, "threshold", -1)) {
    if (average_.empty() && classes != 1) {
      throw Error(
          ErrorCode::not_supported, spec.name,
          fmt::format("average: expected micro, macro or weighted for {} outputs, got none.",
                      classes),
          "choose how the classes become one number.");
    }
    classes_ = average_ == "micro" ? 1 : static_cast<size_t>(classes);
    reset();
  }
  void add(const Signal<float>& prediction, const Targets& targets,
           SampleWeights weights) override {
    const int64_t K = prediction.shape.back(), rows = prediction.size() / K;
    for (int64_t i = 0; i < rows; ++i) {
      const float* p = prediction.value + i * K;
      const double weight = row_weight(weights, i, rows);
      // Without a threshold the largest of a row are the positives.
      const float largest = *std::max_element(p, p + K);
      for (int64_t j = 0; j < K; ++j) {
        const bool yes = threshold_ < 0 ? p[j] >= largest && std::abs(p[j]) > 1e-9F
                                        : p[j] > static_cast<float>(threshold_);
        const double y = targets.values[i * K + j];
        Sums& sums = sums_[classes_ == 1 ? 0 : static_cast<size_t>(j)];
        sums.tp += yes ? weight * y : 0;
        sums.fp += yes ? weight * (1 - y) : 0;
        sums.fn += yes ? 0 : weight * y;
        sums.weight += weight * y;
      }
    }
  }
  void reset() override { sums_.assign(classes_, {}); }
  void exchange(SavedState& state) override {
    exchange_sums(state, "sums", sums_);
    sums_.resize(classes_);
  }
  double result() const override {
    double sum = 0, total = kEpsilon, weighted = 0;
    for (const Sums& s : sums_) total += s.weight;
    for (const Sums& s : sums_) {
      const double precision = s.tp / (s.tp + s.fp + kEpsilon);
      const double recall = s.tp / (s.tp + s.fn + kEpsilon), squared = beta_ * beta_;
      const double score =
          precision * recall / (squared * precision + recall + kEpsilon) * (1 + squared);
      sum += score;
      weighted += score * s.weight / total;
    }
    return average_ == "weighted" ? weighted : sum / static_cast<double>(sums_.size());
  }

 private:
  struct Sums {
    double tp = 0, fp = 0, fn = 0, weight = 0;
  };
  std::string average_;
  double beta_, threshold_;  // negative: none
  size_t classes_ = 1;
  std::vector<Sums> sums_;
};

class R2 final : public MetricState {
 public:
  R2(const MetricSpec& spec, int64_t outputs)
      : by_variance_(spec.words.at("class_aggregation") == "variance_weighted_average"),
        regressors_(spec.values.at("num_regressors")),
        outputs_(static_cast<size_t>(outputs)) {
    reset();
  }
  void add(const Signal<float>& prediction, const Targets& targets,
           SampleWeights weights) override {
    const int64_t K = prediction.shape.back(), rows = prediction.size() / K;
    for (int64_t i = 0; i < rows; ++i) {
      const double weight = row_weight(weights, i, rows);
      for (int64_t j = 0; j < K; ++j) {
        const double y = targets.values[i * K + j], p = prediction.value[i * K + j];
        Sums& sums = sums_[static_cast<size_t>(j)];
        sums.y += weight * y;
        sums.squares += weight * y * y;
        sums.residual += weight * (y - p) * (y - p);
        sums.count += weight;
      }
    }
    samples_ += static_cast<double>(prediction.size());
  }
  void reset() override {
    sums_.assign(outputs_, {});
    samples_ = 0;
  }
  void exchange(SavedState& state) override {
    exchange_sums(state, "sums", sums_);
    sums_.resize(outputs_);
    state.value("samples", samples_);
  }
  double result() const override {
    double sum = 0, total = 0;
    for (const Sums& s : sums_) {
      const double variance = s.squares - s.y * s.y / s.count;
      double score = 1 - s.residual / variance;
      if (std::isinf(score)) score = 0;
      sum += by_variance_ ? score * variance : score;
      total += by_variance_ ? variance : 1;
    }
    const double score = sum / total;
    if (regressors_ == 0 || regressors_ >= samples_ - 1) return score;
    return 1 - (1 - score) * (samples_ - 1) / (samples_ - regressors_ - 1);
  }

 private:
  struct Sums {
    double y = 0, squares = 0, residual = 0, count = 0;
  };
  bool by_variance_;
  double regressors_;
  size_t outputs_;
  std::vector<Sums> sums_;
  double samples_ = 0;
};

}  // namespace

std::unique_ptr<MetricState> make_score_metric(const MetricSpec& spec, int64_t classes) {
  if (spec.name == "r2_score") return std::make_unique<R2>(spec, classes);
  return std::make_unique<FBeta>(spec, classes);
}

}  // namespace eddy
