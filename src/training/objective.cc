// SPDX-License-Identifier: MIT
#include "training/objective.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/nearest.h"

namespace eddy {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Error(ErrorCode::invalid_argument, "compile", what, fix);
}

// Index of the output that entry `i` of a list belongs to.
size_t output_of(const std::vector<std::string>& names, size_t i,
                 const std::vector<OutputShape>& outputs, const char* what) {
  if (names.empty()) return i;
  std::vector<std::string> known;
  for (size_t k = 0; k < outputs.size(); ++k) {
    if (outputs[k].name == names[i]) return k;
    known.push_back(outputs[k].name);
  }
  refuse(fmt::format("{}: expected the name of an output, got '{}'.", what, names[i]),
         suggest(names[i], known));
}

}  // namespace

Objective::Objective(const CompileOptions& options, const std::vector<OutputShape>& outputs) {
  for (const OutputShape& shape : outputs) {
    Output& output = outputs_.emplace_back();
    output.name = shape.name;
    output.prediction = shape.prediction;
  }
  add_losses(options, outputs);
  add_metrics_of(options.metrics, outputs, false);
  add_metrics_of(options.weighted_metrics, outputs, true);
}

void Objective::add_losses(const CompileOptions& options, const std::vector<OutputShape>& shapes) {
  const auto& list = options.loss.list;
  const bool for_all = list.size() == 1 && options.loss.outputs.empty();
  if (!for_all && (list.size() > shapes.size() ||
                   (options.loss.outputs.empty() && list.size() != shapes.size()))) {
    refuse(fmt::format("loss: expected one for each of {} outputs, got {}.", shapes.size(),
                       list.size()),
           "give one loss for all outputs, or one an output.");
  }
  const auto& weights = options.loss_weights;
  if (!weights.empty() && weights.size() != (for_all ? shapes.size() : list.size())) {
    refuse(fmt::format("loss_weights: expected one a loss, got {}.", weights.size()),
           "give as many weights as losses.");
  }
  for (size_t i = 0; i < (for_all ? shapes.size() : list.size()); ++i) {
    const LossSpec& spec = list[for_all ? 0 : i];
    if (spec.name.empty()) continue;
    const size_t at = for_all ? i : output_of(options.loss.outputs, i, shapes, "loss");
    outputs_[at].loss.emplace(spec, shapes[at].prediction, shapes[at].targets);
    if (!weights.empty()) outputs_[at].weight = weights[i];
  }
}

bool Objective::taken(const std::string& key) const {
  for (const Output& output : outputs_) {
    for (const Measured& measured : output.metrics) {
      if (measured.key == key) return true;
    }
  }
  return false;
}

// Keras' way out of equal names: "acc", "acc_1"; for a weighted metric "weighted_acc" first.
std::string Objective::free_key(const std::string& output, const std::string& name,
                                bool weighted) const {
  const std::string prefix = outputs_.size() > 1 ? output + "_" : "";
  std::string key = prefix + name;
  if (!taken(key)) return key;
  if (weighted) {
    key = prefix + "weighted_" + name;
    if (!taken(key)) return key;
  }
  int number = 1;
  while (taken(fmt::format("{}_{}", key, number))) ++number;
  return fmt::format("{}_{}", key, number);
}

void Objective::add_metrics_of(const MetricLists& lists, const std::vector<OutputShape>& shapes,
                               bool weighted) {
  const size_t count = lists.lists.size();
  if (count == 0) return;
  if (count > shapes.size() || (lists.outputs.empty() && count != shapes.size())) {
    refuse(fmt::format("metrics: expected a list for each of {} outputs, got {}.", shapes.size(),
                       count),
           "give a list of metrics an output, or name the outputs.");
  }
  for (size_t i = 0; i < count; ++i) {
    const size_t at = output_of(lists.outputs, i, shapes, "metrics");
    for (const MetricSpec& spec : lists.lists[i]) {
      Metric metric(spec, shapes[at].prediction, shapes[at].targets);
      std::string key = free_key(shapes[at].name, metric.name(), weighted);
      outputs_[at].metrics.push_back({std::move(key), std::move(metric), weighted});
    }
  }
}

void Objective::check(size_t output, const Tensor& targets, const Tensor* weights) const {
  const Output& at = outputs_[output];
  if (!at.loss) return;
  at.loss->check_targets({targets.data(), targets.shape()}, at.prediction);
  if (weights != nullptr) at.loss->check_weights(*weights, targets.shape(), at.prediction);
}

template <class Real>
double Objective::loss(const std::vector<OutputBatch<Real>>& batch,
                       std::vector<Gradient<Real>>* gradients) {
  if (gradients != nullptr) gradients->resize(batch.size());
  double total = 0;
  for (size_t i = 0; i < batch.size(); ++i) {
    Output& output = outputs_[i];
    if (!output.loss) {
      if (gradients != nullptr) (*gradients)[i].dense.resize(0);
      continue;
    }
    const double weighted = output.loss->mean(*batch[i].prediction, *batch[i].targets,
                                              gradients != nullptr ? &(*gradients)[i] : nullptr,
                                              batch[i].weights, output.weight);
    total += weighted;
    // Keras reports an output's own loss without its weight, also where that is 0.
    const double own = output.weight != 0
                           ? weighted / output.weight
                           : output.loss->mean<Real>(*batch[i].prediction, *batch[i].targets,
                                                     nullptr, batch[i].weights);
    // By samples, like the total. (Traced by TensorFlow, Keras does not know the size of a batch
    // and takes the plain mean of the batches.)
    const auto samples = static_cast<double>(batch[i].prediction->batch());
    output.sum += own * samples;
    output.samples += samples;
  }
  return total;
}

void Objective::reset() {
  total_ = samples_ = 0;
  for (Output& output : outputs_) {
    output.sum = output.samples = 0;
    for (Measured& measured : output.metrics) measured.metric.reset();
  }
}

void Objective::add_metrics(const std::vector<OutputBatch<float>>& batch) {
  for (size_t i = 0; i < batch.size(); ++i) {
    for (Measured& measured : outputs_[i].metrics) {
      measured.metric.add(*batch[i].prediction, *batch[i].targets,
                          measured.weighted ? batch[i].weights : SampleWeights{});
    }
  }
}

void Objective::add_total(double loss, int64_t samples) {
  total_ += loss * static_cast<double>(samples);
  samples_ += static_cast<double>(samples);
}

void Objective::exchange(SavedState& state) {
  state.value("total", total_);
  state.value("samples", samples_);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    SavedState output = state.part(std::to_string(i));
    output.value("sum", outputs_[i].sum);
    output.value("samples", outputs_[i].samples);
    for (Measured& measured : outputs_[i].metrics) {
      SavedState part = output.part(measured.key);
      measured.metric.exchange(part);
    }
  }
}

Metrics Objective::results() const {
  Metrics all = {{"loss", samples_ > 0 ? total_ / samples_ : 0}};
  const auto losses = std::count_if(outputs_.begin(), outputs_.end(),
                                    [](const Output& output) { return output.loss.has_value(); });
  for (const Output& output : outputs_) {
    if (losses < 2 || !output.loss) continue;
    all.emplace_back(output.name + "_loss", output.samples > 0 ? output.sum / output.samples : 0);
  }
  const size_t first = all.size();
  for (const bool weighted : {false, true}) {
    for (const Output& output : outputs_) {
      for (const Measured& measured : output.metrics) {
        if (measured.weighted == weighted) all.emplace_back(measured.key, measured.metric.result());
      }
    }
  }
  // With several outputs Keras' list has the metrics by name.
  if (outputs_.size() > 1) std::sort(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
  return all;
}

int Objective::direction(const std::string& metric) const {
  if (metric == "loss") return -1;
  for (const Output& output : outputs_) {
    if (outputs_.size() > 1 && metric == output.name + "_loss") return -1;
    for (const Measured& measured : output.metrics) {
      if (measured.key == metric) return measured.metric.direction();
    }
  }
  return 0;
}

template double Objective::loss(const std::vector<OutputBatch<float>>&,
                                std::vector<Gradient<float>>*);
template double Objective::loss(const std::vector<OutputBatch<double>>&,
                                std::vector<Gradient<double>>*);

}  // namespace eddy
