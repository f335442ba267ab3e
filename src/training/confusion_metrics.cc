// SPDX-License-Identifier: MIT
// Metrics of the confusion matrix at one threshold or along many: precision, recall, AUC, ...
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "training/epsilon.h"
#include "training/metrics.h"

namespace eddy {
namespace {

constexpr float kLowest = -1e10F;  // Keras' stand-in for minus infinity

double ratio(double top, double bottom) { return bottom == 0 ? 0 : top / bottom; }

// Sums of weights above a threshold (true and false positives) and below it.
struct Counts {
  double tp = 0, fp = 0, tn = 0, fn = 0;
};

// What of the predictions counts, and how.
struct Selection {
  int64_t top_k = 0;      // 0: all
  int64_t class_id = -1;  // -1: all

  explicit Selection(const MetricSpec& spec)
      : top_k(static_cast<int64_t>(number_or(spec, "top_k", 0))),
        class_id(static_cast<int64_t>(number_or(spec, "class_id", -1))) {}

  // f(p, is positive, weight, column) for every element.
  template <class F>
  void each(const Signal<float>& prediction, const Targets& targets, const SampleWeights& weights,
            const F& f) const {
    const int64_t K = prediction.shape.back(), rows = prediction.size() / K;
    if (class_id >= K) {
      throw Error(ErrorCode::invalid_argument, "metrics",
                  fmt::format("class_id: expected 0 to {}, got {}.", K - 1, class_id),
                  "name one of the outputs of the last layer.");
    }
    std::vector<int64_t> order;
    for (int64_t i = 0; i < rows; ++i) {
      const float* p = prediction.value + i * K;
      const double weight = row_weight(weights, i, rows);
      if (top_k > 0) best_of(p, K, order);
      for (int64_t j = 0; j < K; ++j) {
        if (class_id >= 0 && j != class_id) continue;
        const bool kept = top_k == 0 || std::find(order.begin(), order.end(), j) != order.end();
        f(kept ? p[j] : kLowest, targets.values[i * K + j] != 0, weight, j);
      }
    }
  }

  // The first of equals is the better one.
  void best_of(const float* p, int64_t K, std::vector<int64_t>& order) const {
    order.resize(static_cast<size_t>(K));
    for (int64_t j = 0; j < K; ++j) order[static_cast<size_t>(j)] = j;
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return p[a] > p[b]; });
    order.resize(static_cast<size_t>(std::min(top_k, K)));
  }
};

class ThresholdMetric final : public MetricState {
 public:
  explicit ThresholdMetric(const MetricSpec& spec)
      : name_(spec.name),
        selection_(spec),
        threshold_(static_cast<float>(
            number_or(spec, "thresholds", selection_.top_k > 0 ? kLowest : 0.5))) {}
  void add(const Signal<float>& prediction, const Targets& targets,
           SampleWeights weights) override {
    selection_.each(prediction, targets, weights,
                    [&](float p, bool positive, double weight, int64_t) {
                      if (p > threshold_) {
                        (positive ? counts_.tp : counts_.fp) += weight;
                      } else {
                        (positive ? counts_.fn : counts_.tn) += weight;
                      }
                    });
  }
  void reset() override { counts_ = {}; }
  void exchange(SavedState& state) override {
    std::vector<Counts> counts = {counts_};
    exchange_sums(state, "counts", counts);
    counts_ = counts.empty() ? Counts() : counts[0];
  }
  double result() const override {
    const Counts& c = counts_;
    if (name_ == "precision") return ratio(c.tp, c.tp + c.fp);
    if (name_ == "recall") return ratio(c.tp, c.tp + c.fn);
    if (name_ == "true_positives") return c.tp;
    if (name_ == "true_negatives") return c.tn;
    return name_ == "false_positives" ? c.fp : c.fn;
  }

 private:
  std::string name_;
  Selection selection_;
  float threshold_;
  Counts counts_;
};

// Counts along rising thresholds, for every label by itself or for all together.
class ThresholdCurve {
 public:
  // thresholds  rising; with `ends` one below 0 and one above 1 stand at the ends
  ThresholdCurve(std::vector<double> thresholds, bool even, bool ends)
      : thresholds_(thresholds.begin(), thresholds.end()), even_(even), ends_(ends) {}

  size_t size() const { return thresholds_.size(); }
  void reset() { counts_.clear(); }
  void exchange(SavedState& state) {
    exchange_sums(state, "counts", counts_);
    counts_.resize(counts_.size() / size() * size());
  }
  size_t labels() const { return counts_.size() / size(); }
  const Counts& at(size_t label, size_t threshold) const {
    return counts_[label * size() + threshold];
  }

  void add(const Selection& selection, const Signal<float>& prediction, const Targets& targets,
           const SampleWeights& weights, bool by_label, bool from_logits) {
    const size_t labels = by_label ? static_cast<size_t>(prediction.shape.back()) : 1;
    counts_.resize(labels * size());
    above_.assign(labels * (size() + 1), {});
    selection.each(prediction, targets, weights,
                   [&](float p, bool positive, double weight, int64_t column) {
                     if (from_logits) p = 1 / (1 + std::exp(-p));
                     const size_t label = by_label ? static_cast<size_t>(column) : 0;
                     Counts& bucket = above_[label * (size() + 1) + passed(p)];
                     (positive ? bucket.tp : bucket.fp) += weight;
                   });
    for (size_t label = 0; label < labels; ++label) gather(label);
  }

 private:
  // How many thresholds p is above.
  size_t passed(float p) const {
    if (!even_) {
      return static_cast<size_t>(std::lower_bound(thresholds_.begin(), thresholds_.end(), p) -
                                 thresholds_.begin());
    }
    const auto last = static_cast<float>(size() - 1);
    const float bucket = std::ceil(std::clamp(p, 0.0F, 1.0F) * last) - 1;
    return static_cast<size_t>((ends_ ? std::max(bucket, 0.0F) : bucket) + 1);
  }

  void gather(size_t label) {
    const Counts* buckets = above_.data() + label * (size() + 1);
    Counts all;
    for (size_t i = 0; i <= size(); ++i) {
      all.tp += buckets[i].tp;
      all.fp += buckets[i].fp;
    }
    Counts above;
    for (size_t i = size(); i-- > 0;) {
      above.tp += buckets[i + 1].tp;
      above.fp += buckets[i + 1].fp;
      Counts& counts = counts_[label * size() + i];
      counts.tp += above.tp;
      counts.fp += above.fp;
      counts.fn += all.tp - above.tp;
      counts.tn += all.fp - above.fp;
    }
  }

  std::vector<float> thresholds_;
  bool even_, ends_;
  std::vector<Counts> counts_;  // [labels, thresholds]
  std::vector<Counts> above_;   // [labels, thresholds + 1]  of one batch, by thresholds passed
};

std::vector<double> even_thresholds(int64_t count) {
  std::vector<double> thresholds;
  for (int64_t i = 0; i < count; ++i) {
    thresholds.push_back(static_cast<double>(i) / static_cast<double>(count - 1));
  }
  return thresholds;
}

// Keras takes thresholds for even ones when they are so within its tolerance.
bool is_even(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(thresholds.size() - 1);
    if (std::abs(thresholds[i] - even) > kEpsilon + 1e-5 * std::abs(even)) return false;
  }
  return true;
}

ThresholdCurve auc_curve(const MetricSpec& spec) {
  std::vector<double> thresholds;
  bool even = true;
  if (const auto given = spec.lists.find("thresholds"); given != spec.lists.end()) {
    thresholds = given->second;
    std::sort(thresholds.begin(), thresholds.end());
    thresholds.insert(thresholds.begin(), 0.0);
    thresholds.push_back(1.0);
    even = is_even(thresholds);
  } else {
    thresholds = even_thresholds(static_cast<int64_t>(spec.values.at("num_thresholds")));
  }
  thresholds.front() = -kEpsilon;
  thresholds.back() = 1 + kEpsilon;
  return {std::move(thresholds), even, true};
}

class Auc final : public MetricState {
 public:
  explicit Auc(const MetricSpec& spec) : spec_(spec), selection_(spec), curve_(auc_curve(spec)) {
    multi_label_ = spec.values.at("multi_label") != 0;
    from_logits_ = spec.values.at("from_logits") != 0;
    const auto weights = spec.lists.find("label_weights");
    if (weights == spec.lists.end()) return;
    if (!multi_label_) {
      throw Error(ErrorCode::not_supported, spec.name,
                  "label_weights: expected multi_label, got a curve over all labels.",
                  "set multi_label to 1, or leave label_weights out.");
    }
    label_weights_ = weights->second;
  }
  void add(const Signal<float>& prediction, const Targets& targets,
           SampleWeights weights) override {
    const auto labels = static_cast<size_t>(prediction.shape.back());
    if (!label_weights_.empty() && label_weights_.size() != labels) {
      throw Error(ErrorCode::shape_mismatch, spec_.name,
                  fmt::format("label_weights: expected {}, got {}.", labels, label_weights_.size()),
                  "give one weight for every output of the last layer.");
    }
    curve_.add(selection_, prediction, targets, weights, multi_label_, from_logits_);
  }
  void reset() override { curve_.reset(); }
  void exchange(SavedState& state) override { curve_.exchange(state); }
  double result() const override {
    double sum = 0, weights = 0;
    for (size_t label = 0; label < curve_.labels(); ++label) {
      const double weight = label_weights_.empty() ? 1 : label_weights_[label];
      sum += weight * area(label);
      weights += weight;
    }
    return ratio(sum, weights);
  }

 private:
  double area(size_t label) const {
    const std::string& method = spec_.words.at("summation_method");
    const bool interpolated = method == "interpolation";
    double sum = 0;
    for (size_t i = 0; i + 1 < curve_.size(); ++i) {
      const Counts &left = curve_.at(label, i), &right = curve_.at(label, i + 1);
      if (interpolated && spec_.words.at("curve") == "PR") {
        sum += interpolated_precision(left, right);
        continue;
      }
      const auto [x0, y0] = point(left);
      const auto [x1, y1] = point(right);
      const double height = interpolated           ? (y0 + y1) / 2
                            : method == "minoring" ? std::min(y0, y1)
                                                   : std::max(y0, y1);
      sum += (x0 - x1) * height;
    }
    return sum;
  }

  std::pair<double, double> point(const Counts& c) const {
    const double recall = ratio(c.tp, c.tp + c.fn);
    const std::string& curve = spec_.words.at("curve");
    if (curve == "ROC") return {ratio(c.fp, c.fp + c.tn), recall};
    if (curve == "PR") return {recall, ratio(c.tp, c.tp + c.fp)};
    if (c.tp == 0) return {0, 1};
    const double scale = ratio(c.tp + c.fn, c.tn + c.fp);
    return {std::max(1 - scale * c.fn / c.tp, 0.0), 1 - scale * c.fp / c.tp};
  }

  // Davis and Goadrich 2006: precision is not linear between two points of the curve.
  static double interpolated_precision(const Counts& left, const Counts& right) {
    const double dtp = left.tp - right.tp;
    const double p_left = left.tp + left.fp, p_right = right.tp + right.fp;
    const double slope = ratio(dtp, std::max(p_left - p_right, 0.0));
    const double intercept = right.tp - slope * p_right;
    const double log_ratio = p_left > 0 && p_right > 0 ? std::log(p_left / p_right) : 0;
    return ratio(slope * (dtp + intercept * log_ratio), std::max(right.tp + right.fn, 0.0));
  }

  MetricSpec spec_;
  Selection selection_;
  ThresholdCurve curve_;
  bool multi_label_ = false, from_logits_ = false;
  std::vector<double> label_weights_;
};

// The best of one rate where another is at least as wanted.
class RateAtRate final : public MetricState {
 public:
  RateAtRate(const MetricSpec& spec, const char* key)
      : name_(spec.name),
        selection_(spec),
        wanted_(spec.values.at(key)),
        curve_(thresholds_of(spec), spec.values.at("num_thresholds") > 1, false) {}
  void add(const Signal<float>& prediction, const Targets& targets,
           SampleWeights weights) override {
    curve_.add(selection_, prediction, targets, weights, false, false);
  }
  void reset() override { curve_.reset(); }
  void exchange(SavedState& state) override { curve_.exchange(state); }
  double result() const override {
    double best = 0;
    for (size_t i = 0; curve_.labels() > 0 && i < curve_.size(); ++i) {
      const Counts& c = curve_.at(0, i);
      const double recall = ratio(c.tp, c.tp + c.fn), specificity = ratio(c.tn, c.tn + c.fp);
      const double precision = ratio(c.tp, c.tp + c.fp);
      double held = recall, rate = specificity;
      if (name_ == "sensitivity_at_specificity") std::swap(held, rate);
      if (name_ == "precision_at_recall") rate = precision;
      if (name_ == "recall_at_precision") {
        held = precision;
        rate = recall;
      }
      if (static_cast<float>(held) >= static_cast<float>(wanted_)) best = std::max(best, rate);
    }
    return best;
  }

 private:
  static std::vector<double> thresholds_of(const MetricSpec& spec) {
    const auto count = static_cast<int64_t>(spec.values.at("num_thresholds"));
    return count == 1 ? std::vector<double>{0.5} : even_thresholds(count);
  }
  std::string name_;
  Selection selection_;
  double wanted_;
  ThresholdCurve curve_;
};

}  // namespace

std::unique_ptr<MetricState> make_confusion_metric(const MetricSpec& spec) {
  if (spec.name == "auc") return std::make_unique<Auc>(spec);
  for (const char* key : {"specificity", "sensitivity", "recall", "precision"}) {
    if (spec.values.count(key) > 0) return std::make_unique<RateAtRate>(spec, key);
  }
  for (const char* name : {"precision", "recall", "true_positives", "true_negatives",
                           "false_positives", "false_negatives"}) {
    if (spec.name == name) return std::make_unique<ThresholdMetric>(spec);
  }
  return nullptr;
}

}  // namespace eddy
