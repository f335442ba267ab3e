// SPDX-License-Identifier: MIT
// Metrics: running results over batches, as Keras names, resolves and weighs them.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "eddy/metrics.h"
#include "eddy/saved_state.h"
#include "layers/layer.h"
#include "layers/spec_table.h"
#include "training/losses.h"

namespace eddy {

// The table of metrics: names, class names and arguments in Keras' order.
const std::vector<SpecRow>& metric_rows();

// What a metric has counted so far.
class MetricState {
 public:
  virtual ~MetricState() = default;
  virtual void add(const Signal<float>& prediction, const Targets& targets,
                   SampleWeights weights) = 0;
  virtual void reset() = 0;
  virtual double result() const = 0;
  // Names what has been counted.
  virtual void exchange(SavedState& state) = 0;
};

class Metric {
 public:
  // What "accuracy" means follows from the shapes [None, ...]. Throws Error{invalid_argument} with
  // the nearest name, Error{shape_mismatch} when targets of this shape do not suit, and
  // Error{not_supported} for arguments that give several numbers.
  Metric(const MetricSpec& spec, const Shape& prediction, const Shape& targets);

  // Means skip masked steps; counts of a confusion matrix, as in Keras 3.15.1, do not know the
  // mask.
  void add(const Signal<float>& prediction, const Targets& targets, SampleWeights weights = {}) {
    state_->add(prediction, targets, weights);
  }
  void reset() { state_->reset(); }
  double result() const { return state_->result(); }
  void exchange(SavedState& state) { state_->exchange(state); }
  const std::string& name() const { return name_; }  // the key in logs
  int direction() const { return direction_; }       // 1: larger is better, -1: smaller, 0: neither
  // With the long name and every default.
  const MetricSpec& spec() const { return spec_; }

 private:
  MetricSpec spec_;
  std::string name_;
  int direction_ = 0;
  std::unique_ptr<MetricState> state_;
};

// Weight of row i of `rows` rows of predictions.
inline double row_weight(const SampleWeights& weights, int64_t i, int64_t rows) {
  if (weights.values == nullptr) return 1;
  return weights.count == rows ? weights.values[i] : weights.values[i / (rows / weights.count)];
}

// Records that hold nothing but doubles.
template <class Record>
void exchange_sums(SavedState& state, const std::string& name, std::vector<Record>& records) {
  static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) % sizeof(double) == 0);
  constexpr size_t kEach = sizeof(Record) / sizeof(double);
  std::vector<double> values(records.size() * kEach);
  if (!records.empty()) std::memcpy(values.data(), records.data(), values.size() * sizeof(double));
  state.value(name, values);
  records.assign(values.size() / kEach, {});
  if (!records.empty()) {
    std::memcpy(static_cast<void*>(records.data()), values.data(), records.size() * sizeof(Record));
  }
}

// By resolved description; null: not one of this kind.
std::unique_ptr<MetricState> make_mean_metric(const MetricSpec& spec);
std::unique_ptr<MetricState> make_confusion_metric(const MetricSpec& spec);
std::unique_ptr<MetricState> make_score_metric(const MetricSpec& spec, int64_t classes);

}  // namespace eddy
