// SPDX-License-Identifier: MIT
#include "training/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "training/loss_table.h"

namespace eddy {
namespace {

// Keras' rule for "accuracy" and "crossentropy".
const char* crossentropy_for(const Shape& prediction, const Shape& targets) {
  if (prediction.back() == 1) return "binary_crossentropy";
  if (targets.size() < prediction.size() || targets.back() == 1) {
    return "sparse_categorical_crossentropy";
  }
  return "categorical_crossentropy";
}

// Shapes agree but for the batch and axes of any length.
bool agree(const Shape& targets, const Shape& wanted) {
  if (targets.size() != wanted.size()) return false;
  for (size_t i = 1; i < wanted.size(); ++i) {
    if (wanted[i] != kNone && targets[i] != wanted[i]) return false;
  }
  return true;
}

// Shape of the targets with all their axes.
Shape wanted_targets(const LossKind& kind, const Shape& prediction) {
  Shape wanted = prediction;
  switch (kind.target) {
    case LossKind::Target::numbers:
      break;
    case LossKind::Target::class_number:
      wanted.back() = 1;
      break;
    case LossKind::Target::label:
      wanted = {kNone, 1};
      break;
    case LossKind::Target::sequence:
      wanted = {kNone, kNone};
      break;
  }
  return wanted;
}

[[noreturn]] void bad_target(const LossKind& kind, const std::string& expected, float y, int64_t i,
                             const char* fix) {
  throw Error(ErrorCode::bad_data, kind.name,
              fmt::format("targets: expected {}, got {} at {}.", expected, y, i), fix);
}

RowOptions row_options(const LossSpec& spec) {
  RowOptions options;
  options.smoothing = number_or(spec, "label_smoothing", 0);
  options.alpha = number_or(spec, "alpha", 0.25);
  options.gamma = number_or(spec, "gamma", 2);
  options.delta = number_or(spec, "delta", 1);
  options.q = number_or(spec, "q", 0.5);
  options.balanced = number_or(spec, "apply_class_balancing", 0) != 0;
  return options;
}

bool all_binary(const Targets& targets) {
  const int64_t n = element_count(targets.shape);
  return std::all_of(targets.values, targets.values + n, [](float y) { return y == 0 || y == 1; });
}

// The factor of every loss value, before division.
template <class Real>
struct Factors {
  const Signal<Real>& prediction;
  const Targets& targets;
  SampleWeights weights;
  int64_t values;  // number of loss values
  bool ignores;    // an ignored class marks values as missing
  float ignored;
  const uint8_t* mask = prediction.mask;

  bool counts(int64_t i) const {
    return (mask == nullptr || mask[i] != 0) && !(ignores && targets.values[i] == ignored);
  }
  double weight(int64_t i) const {
    if (weights.values == nullptr) return 1;
    return weights.count == values ? weights.values[i]
                                   : weights.values[i / (values / weights.count)];
  }
  // What the sum of the weighted values is divided by.
  double divisor(bool weighted) const {
    double sum = 0;
    for (int64_t i = 0; i < values; ++i) {
      if (counts(i)) sum += weighted ? weight(i) : 1;
    }
    return sum;
  }
};

double reciprocal_or_zero(double x) { return x == 0 ? 0 : 1 / x; }

}  // namespace

bool is_automatic_crossentropy(const std::string& name) {
  const std::string plain = plain_name(name);
  return plain == "crossentropy" || plain == "ce";
}

Loss::Loss(const LossSpec& spec) : spec_(spec) { read_arguments(); }

Loss::Loss(const LossSpec& spec, const Shape& prediction, const Shape& targets) : spec_(spec) {
  if (is_automatic_crossentropy(spec.name)) spec_.name = crossentropy_for(prediction, targets);
  read_arguments();
}

void Loss::read_arguments() {
  const size_t row = find_row(loss_rows(), spec_.name, "compile", "loss");
  static_cast<Spec&>(spec_) = resolve_spec(loss_rows()[row], spec_);
  kind_ = &loss_kind(row);
  const std::string& reduction = spec_.words.at("reduction");
  if (reduction == "none") {
    throw Error(ErrorCode::not_supported, spec_.name,
                "reduction: expected one that gives one number, got 'none'.",
                "use sum_over_batch_size, sum or mean_with_sample_weight.");
  }
  if (reduction == "sum") reduction_ = Reduction::sum;
  if (reduction == "mean_with_sample_weight") reduction_ = Reduction::weighted_mean;
}

void Loss::check_targets(const Targets& targets, const Shape& prediction) const {
  const LossKind& kind = *kind_;
  const Shape wanted = wanted_targets(kind, prediction);
  Shape squeezed = wanted;
  if (wanted.back() == 1 && wanted.size() > 1) squeezed.pop_back();
  if (!agree(targets.shape, wanted) && !agree(targets.shape, squeezed)) {
    throw Error(
        ErrorCode::shape_mismatch, kind.name,
        fmt::format("targets: expected {}, got {}.", to_string(wanted), to_string(targets.shape)),
        kind.target == LossKind::Target::numbers
            ? "give one target for every output of the last layer."
            : "give one class number a sample.");
  }
  if (kind.target == LossKind::Target::sequence && prediction.size() != 3) {
    throw Error(
        ErrorCode::shape_mismatch, kind.name,
        fmt::format("output: expected [batch, time, classes], got {}.", to_string(prediction)),
        "let the last layer return sequences of logits.");
  }
  const int64_t n = element_count(targets.shape);
  const auto classes = static_cast<float>(prediction.back());
  const bool numbered =
      kind.target == LossKind::Target::class_number || kind.target == LossKind::Target::sequence;
  const double ignored = number_or(spec_, "ignore_class", -2e9);
  for (int64_t i = 0; i < n; ++i) {
    const float y = targets.values[i];
    if (!std::isfinite(y)) {
      bad_target(kind, "finite numbers", y, i, "remove or replace such samples.");
    }
    if (numbered && !(y >= 0 && y < classes && y == std::floor(y)) && y != ignored) {
      bad_target(kind, fmt::format("class numbers 0 to {}", classes - 1), y, i,
                 "give the last layer one unit per class, and number the classes from 0.");
    }
    if (kind.probabilities && !(y >= 0 && y <= 1)) {
      bad_target(kind, "numbers from 0 to 1", y, i, "use labels 0 and 1, or another loss.");
    }
  }
}

void Loss::check_weights(const Tensor& weights, const Shape& targets,
                         const Shape& prediction) const {
  const int64_t samples = targets[0];
  Shape values = {samples};  // of the loss
  if (!kind_->whole_batch()) {
    for (size_t i = 1; i + 1 < prediction.size(); ++i) {
      values.push_back(prediction[i] == kNone && i < targets.size() ? targets[i] : prediction[i]);
    }
  }
  const auto is = [&](Shape shape) {
    if (weights.shape() == shape) return true;
    shape.push_back(1);
    return weights.shape() == shape;
  };
  if (!is({samples}) && !is(values)) {
    throw Error(ErrorCode::shape_mismatch, "sample_weight",
                fmt::format("shape: expected {} or {}, got {}.", to_string(Shape{samples}),
                            to_string(values), to_string(weights.shape())),
                "give one factor a sample, or one a value of the loss.");
  }
  for (int64_t i = 0; i < weights.size(); ++i) {
    if (std::isfinite(weights[i])) continue;
    throw Error(ErrorCode::bad_data, "sample_weight",
                fmt::format("values: expected finite numbers, got {} at {}.", weights[i], i),
                "replace it, e.g. by 0 to leave the sample out.");
  }
}

template <class Real>
double Loss::mean(const Signal<Real>& prediction, const Targets& targets, Gradient<Real>* gradient,
                  SampleWeights weights, double factor) const {
  const LossKind& kind = *kind_;
  if (kind.whole_batch()) {
    return mean_of_batch(prediction, targets, gradient, weights, factor);
  }
  if (prediction.mask != nullptr && prediction.mask_rank + 1 != prediction.shape.size()) {
    throw Error(
        ErrorCode::shape_mismatch, spec_.name,
        fmt::format("mask: expected {} axes for outputs {}, got {}.", prediction.shape.size() - 1,
                    to_string(prediction.shape), prediction.mask_rank),
        "put a layer in front of the output that ends the mask (docs/masking.md).");
  }
  const bool stable = prediction.logits != nullptr &&
                      std::string_view(prediction.logits_activation) == kind.logits_of;
  const Real* logits = stable ? prediction.logits : nullptr;
  if (!stable && number_or(spec_, "from_logits", 0) != 0) logits = prediction.value;
  const int64_t K = prediction.shape.back(), values = prediction.size() / K;
  const bool numbered = kind.target == LossKind::Target::class_number;
  RowOptions options = row_options(spec_);
  if (kind.hinge) options.binary_labels = all_binary(targets);
  const bool ignores = spec_.values.count("ignore_class") > 0;
  const Factors<Real> factors{prediction, targets,
                              weights,    values,
                              ignores,    static_cast<float>(number_or(spec_, "ignore_class", 0))};
  double scale = factor;
  if (reduction_ != Reduction::sum) {
    scale *= reciprocal_or_zero(factors.divisor(reduction_ == Reduction::weighted_mean));
  }
  const RowLoss<Real> one = row_loss_of(kind, Real{});
  Buffer<Real> nowhere;
  Buffer<Real>& d = gradient != nullptr ? gradient->dense : nowhere;
  d.resize(static_cast<size_t>(gradient != nullptr ? values * K : K));
  double sum = 0;
  for (int64_t i = 0; i < values; ++i) {
    Real* di = d.data() + (gradient != nullptr ? i * K : 0);
    if (!factors.counts(i)) {
      if (gradient != nullptr) std::fill_n(di, K, Real{0});
      continue;
    }
    const double weight = factors.weight(i);
    sum += weight * one({prediction.value + i * K, logits != nullptr ? logits + i * K : nullptr,
                         targets.values + (numbered ? i : i * K), K, di},
                        options);
    const auto slope = static_cast<Real>(weight * scale);
    for (int64_t j = 0; gradient != nullptr && j < K; ++j) di[j] *= slope;
  }
  if (gradient != nullptr) {
    gradient->at_logits = stable;
    gradient->by_rows = false;
  }
  return sum * scale;
}

template <class Real>
double Loss::mean_of_batch(const Signal<Real>& prediction, const Targets& targets,
                           Gradient<Real>* gradient, SampleWeights weights, double factor) const {
  BatchOptions options;
  options.alpha = number_or(spec_, "alpha", 0.5);
  options.beta = number_or(spec_, "beta", 0.5);
  options.gamma = number_or(spec_, "gamma", 80);
  options.margin = number_or(spec_, "margin", 0.4);
  options.remove_diagonal = number_or(spec_, "remove_diagonal", 1) != 0;
  const WholeBatch<Real> batch{prediction.value, prediction.shape, targets.values, targets.shape};
  const BatchLoss<Real> loss = batch_loss<Real>(kind_->name);
  std::vector<double> values;
  std::vector<uint8_t> counts;
  loss.values(batch, options, values, counts);
  // Every weight is a factor; one loss value is repeated for each of them, as Keras broadcasts.
  const int64_t n = weights.values != nullptr ? weights.count : static_cast<int64_t>(values.size());
  const bool one_value = values.size() == 1;
  std::vector<double> factors(values.size());
  double divisor = 0, sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const size_t at = one_value ? 0 : static_cast<size_t>(i);
    if (counts[at] == 0) continue;
    const double weight = weights.values != nullptr ? weights.values[i] : 1;
    factors[at] += weight;
    divisor += reduction_ == Reduction::weighted_mean ? weight : 1;
  }
  const double scale = reduction_ == Reduction::sum ? factor : factor * reciprocal_or_zero(divisor);
  for (size_t i = 0; i < values.size(); ++i) {
    factors[i] *= scale;
    sum += factors[i] * values[i];
  }
  if (gradient != nullptr) {
    gradient->dense.resize(static_cast<size_t>(prediction.size()));
    loss.gradient(batch, options, factors, gradient->dense.data());
    gradient->at_logits = false;
    gradient->by_rows = false;
  }
  return sum;
}

void Loss::values(const Signal<float>& prediction, const Targets& targets,
                  std::vector<double>& values) const {
  const LossKind& kind = *kind_;
  const bool stable = prediction.logits != nullptr &&
                      std::string_view(prediction.logits_activation) == kind.logits_of;
  const float* logits = stable ? prediction.logits : nullptr;
  if (!stable && number_or(spec_, "from_logits", 0) != 0) logits = prediction.value;
  const int64_t K = prediction.shape.back();
  const bool numbered = kind.target == LossKind::Target::class_number;
  RowOptions options = row_options(spec_);
  if (kind.hinge) options.binary_labels = all_binary(targets);
  std::vector<float> d(static_cast<size_t>(K));
  values.resize(static_cast<size_t>(prediction.size() / K));
  for (size_t v = 0; v < values.size(); ++v) {
    const auto i = static_cast<int64_t>(v);
    values[v] =
        kind.of_float({prediction.value + i * K, logits != nullptr ? logits + i * K : nullptr,
                       targets.values + (numbered ? i : i * K), K, d.data()},
                      options);
  }
}

template double Loss::mean(const Signal<float>&, const Targets&, Gradient<float>*, SampleWeights,
                           double) const;
template double Loss::mean(const Signal<double>&, const Targets&, Gradient<double>*, SampleWeights,
                           double) const;

}  // namespace eddy
