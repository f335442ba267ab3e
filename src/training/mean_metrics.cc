// SPDX-License-Identifier: MIT
// Metrics that are means over samples: accuracies, errors, losses as metrics.
#include <algorithm>
#include <cmath>
#include <functional>

#include "training/metrics.h"

namespace eddy {
namespace {

// One number for every row of K predictions.
using RowValues =
    std::function<void(const Signal<float>&, const Targets&, std::vector<double>& values)>;

class MeanMetric final : public MetricState {
 public:
  MeanMetric(RowValues values, bool root, double sign)
      : row_values_(std::move(values)), root_(root), sign_(sign) {}

  // Keras: within a sample the rows are averaged, weighted or not; over samples sums are kept.
  void add(const Signal<float>& prediction, const Targets& targets,
           SampleWeights weights) override {
    row_values_(prediction, targets, values_);
    const auto rows = static_cast<int64_t>(values_.size());
    const double per_sample = static_cast<double>(rows) / static_cast<double>(prediction.batch());
    // RootMeanSquaredError does not see the mask in Keras 3.15.1.
    const uint8_t* mask = root_ ? nullptr : prediction.mask;
    for (int64_t i = 0; i < rows; ++i) {
      if (mask != nullptr && mask[i] == 0) continue;
      const double weight = row_weight(weights, i, rows) / per_sample;
      total_ += values_[static_cast<size_t>(i)] * weight;
      count_ += weight;
    }
  }
  void reset() override { total_ = count_ = 0; }
  void exchange(SavedState& state) override {
    state.value("total", total_);
    state.value("count", count_);
  }
  double result() const override {
    const double mean = count_ == 0 ? 0 : sign_ * total_ / count_;
    return root_ ? std::sqrt(mean) : mean;
  }

 private:
  RowValues row_values_;
  bool root_;
  double sign_;
  std::vector<double> values_;
  double total_ = 0, count_ = 0;
};

// f(p [K], y, K) for every row; y has K numbers, or one class.
template <class F>
RowValues each_row(bool class_labels, F f) {
  return [=](const Signal<float>& prediction, const Targets& targets, std::vector<double>& values) {
    const int64_t K = prediction.shape.back();
    values.resize(static_cast<size_t>(prediction.size() / K));
    for (size_t v = 0; v < values.size(); ++v) {
      const auto i = static_cast<int64_t>(v);
      values[v] = f(prediction.value + i * K, targets.values + (class_labels ? i : i * K), K);
    }
  };
}

int64_t largest(const float* x, int64_t n) { return std::max_element(x, x + n) - x; }

// TensorFlow's in_top_k: fewer than k predictions are larger.
bool in_top_k(const float* p, int64_t K, int64_t label, int64_t k) {
  if (label < 0 || label >= K || !std::isfinite(p[label])) return false;
  return std::count_if(p, p + K, [&](float x) { return x > p[label]; }) < k;
}

RowValues accuracy(const MetricSpec& spec) {
  if (spec.name == "binary_accuracy") {
    const auto threshold = static_cast<float>(spec.values.at("threshold"));
    return each_row(false, [=](const float* p, const float* y, int64_t K) {
      double right = 0;
      for (int64_t j = 0; j < K; ++j) right += (p[j] > threshold ? 1.0F : 0.0F) == y[j] ? 1 : 0;
      return right / static_cast<double>(K);
    });
  }
  if (spec.name == "categorical_accuracy") {
    return each_row(false, [](const float* p, const float* y, int64_t K) {
      return largest(p, K) == largest(y, K) ? 1.0 : 0.0;
    });
  }
  if (spec.name == "sparse_categorical_accuracy") {
    return each_row(true, [](const float* p, const float* y, int64_t K) {
      return static_cast<float>(largest(p, K)) == *y ? 1.0 : 0.0;
    });
  }
  const auto k = static_cast<int64_t>(number_or(spec, "k", 5));
  if (spec.name == "top_k_categorical_accuracy") {
    return each_row(false, [=](const float* p, const float* y, int64_t K) {
      return in_top_k(p, K, largest(y, K), k) ? 1.0 : 0.0;
    });
  }
  return each_row(true, [=](const float* p, const float* y, int64_t K) {
    return in_top_k(p, K, static_cast<int64_t>(*y), k) ? 1.0 : 0.0;
  });
}

// The loss whose values this metric averages; "" for none.
std::string loss_of(const std::string& metric) {
  if (metric == "root_mean_squared_error") return "mean_squared_error";
  if (metric == "log_cosh_error") return "log_cosh";
  for (const SpecRow& row : loss_rows()) {
    if (row.name == metric) return metric;
  }
  return "";
}

}  // namespace

std::unique_ptr<MetricState> make_mean_metric(const MetricSpec& spec) {
  if (spec.name.find("accuracy") != std::string::npos) {
    return std::make_unique<MeanMetric>(accuracy(spec), false, 1);
  }
  const std::string name = loss_of(spec.name);
  if (name.empty()) return nullptr;
  const auto loss = std::make_shared<const Loss>(LossSpec(name, spec.values));
  const RowValues values = [loss](const Signal<float>& prediction, const Targets& targets,
                                  std::vector<double>& into) {
    loss->values(prediction, targets, into);
  };
  return std::make_unique<MeanMetric>(values, spec.name == "root_mean_squared_error",
                                      spec.name == "cosine_similarity" ? -1 : 1);
}

}  // namespace eddy
