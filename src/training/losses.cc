// SPDX-License-Identifier: MIT
#include "training/losses.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "core/nearest.h"

namespace eddy {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras' fuzz factor

// A loss of one sample: K predictions p (and logits z, null: unknown) and its targets. Returns the
// loss; writes d(loss)/dp, or with logits d(loss)/dz.
template <class Real>
using SampleLoss = double (*)(const Real* p, const Real* z, const float* y, int64_t K, Real* d);

// max(z, 0) - z y + log(1 + e^-|z|), or the clipped logarithms; mean over K.
template <class Real>
double binary_crossentropy(const Real* p, const Real* z, const float* y, int64_t K, Real* d) {
  double sum = 0;
  for (int64_t j = 0; j < K; ++j) {
    if (z != nullptr) {
      const double x = z[j];
      sum += std::max(x, 0.0) - x * y[j] + std::log1p(std::exp(-std::abs(x)));
      d[j] = static_cast<Real>((p[j] - static_cast<Real>(y[j])) / static_cast<Real>(K));
      continue;
    }
    const double q = std::clamp<double>(p[j], kEpsilon, 1 - kEpsilon);
    sum -= y[j] * std::log(q) + (1.0 - y[j]) * std::log(1 - q);
    const bool clipped = std::isfinite(p[j]) && q != static_cast<double>(p[j]);
    d[j] =
        clipped ? Real{0} : static_cast<Real>((q - y[j]) / (q * (1 - q)) / static_cast<double>(K));
    if (std::isnan(p[j])) sum = p[j];
  }
  return sum / static_cast<double>(K);
}

template <class Real>
double log_sum_exp(const Real* z, int64_t K) {
  const double largest = *std::max_element(z, z + K);
  double sum = 0;
  for (int64_t j = 0; j < K; ++j) sum += std::exp(z[j] - largest);
  return largest + std::log(sum);
}

// -sum y log p with p normalised and clipped, or from the logits.
template <class Real>
double categorical_crossentropy(const Real* p, const Real* z, const float* y, int64_t K, Real* d) {
  double sum = 0, total_y = 0, total_p = 0, dot = 0;
  for (int64_t j = 0; j < K; ++j) {
    total_y += y[j];
    total_p += p[j];
  }
  const double norm = z != nullptr ? log_sum_exp(z, K) : 0;
  for (int64_t j = 0; j < K; ++j) {
    if (z != nullptr) {
      sum -= y[j] * (z[j] - norm);
      d[j] = static_cast<Real>(total_y * p[j] - y[j]);
      continue;
    }
    const double q = p[j] / total_p, clipped = std::clamp(q, kEpsilon, 1 - kEpsilon);
    sum -= y[j] * std::log(clipped);
    const double slope = clipped == q ? -y[j] / q : 0;
    d[j] = static_cast<Real>(slope / total_p);
    dot += slope * q / total_p;
  }
  for (int64_t j = 0; z == nullptr && j < K; ++j) d[j] -= static_cast<Real>(dot);
  return sum;
}

// As categorical_crossentropy with the one-hot row of class y[0].
template <class Real>
double sparse_crossentropy(const Real* p, const Real* z, const float* y, int64_t K, Real* d) {
  const auto label = static_cast<int64_t>(y[0]);
  double total_p = 0;
  for (int64_t j = 0; j < K; ++j) total_p += p[j];
  if (z != nullptr) {
    for (int64_t j = 0; j < K; ++j) d[j] = p[j] - (j == label ? Real{1} : Real{0});
    return log_sum_exp(z, K) - static_cast<double>(z[label]);
  }
  const double q = p[label] / total_p, clipped = std::clamp(q, kEpsilon, 1 - kEpsilon);
  const double slope = clipped == q ? -1 / q : 0;
  for (int64_t j = 0; j < K; ++j) {
    d[j] = static_cast<Real>(slope * ((j == label ? 1.0 : 0.0) - q) / total_p);
  }
  return -std::log(clipped);
}

template <class Real>
double mean_squared_error(const Real* p, const Real*, const float* y, int64_t K, Real* d) {
  double sum = 0;
  for (int64_t j = 0; j < K; ++j) {
    const double difference = static_cast<double>(p[j]) - y[j];
    sum += difference * difference;
    d[j] = static_cast<Real>(2 * difference / static_cast<double>(K));
  }
  return sum / static_cast<double>(K);
}

template <class Real>
double mean_absolute_error(const Real* p, const Real*, const float* y, int64_t K, Real* d) {
  double sum = 0;
  for (int64_t j = 0; j < K; ++j) {
    const double difference = static_cast<double>(p[j]) - y[j];
    sum += std::abs(difference);
    const double sign = difference > 0 ? 1 : (difference < 0 ? -1 : 0);
    d[j] = static_cast<Real>(sign / static_cast<double>(K));
  }
  return sum / static_cast<double>(K);
}

}  // namespace

// One row a loss: its names and what it takes.
struct LossRow {
  const char* name;
  std::vector<std::string> aliases;  // lower case
  const char* logits_of;             // activation whose logits it can use; "" none
  bool class_labels = false;         // one class number a sample instead of K targets
  SampleLoss<float> of_float;
  SampleLoss<double> of_double;
};

namespace {

const std::vector<LossRow>& loss_rows() {
  static const std::vector<LossRow> rows = {
      {"binary_crossentropy",
       {"bce", "binarycrossentropy"},
       "sigmoid",
       false,
       binary_crossentropy<float>,
       binary_crossentropy<double>},
      {"categorical_crossentropy",
       {"categoricalcrossentropy"},
       "softmax",
       false,
       categorical_crossentropy<float>,
       categorical_crossentropy<double>},
      {"sparse_categorical_crossentropy",
       {"sparsecategoricalcrossentropy"},
       "softmax",
       true,
       sparse_crossentropy<float>,
       sparse_crossentropy<double>},
      {"mean_squared_error",
       {"mse", "meansquarederror"},
       "",
       false,
       mean_squared_error<float>,
       mean_squared_error<double>},
      {"mean_absolute_error",
       {"mae", "meanabsoluteerror"},
       "",
       false,
       mean_absolute_error<float>,
       mean_absolute_error<double>},
  };
  return rows;
}

const LossRow& loss_row(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::vector<std::string> names;
  for (const LossRow& row : loss_rows()) {
    if (lower == row.name || std::count(row.aliases.begin(), row.aliases.end(), lower) > 0) {
      return row;
    }
    names.emplace_back(row.name);
  }
  throw Error(ErrorCode::invalid_argument, "compile",
              fmt::format("loss: expected a known loss, got '{}'.", name), suggest(name, names));
}

SampleLoss<float> sample_loss(const LossRow& row, float) { return row.of_float; }
SampleLoss<double> sample_loss(const LossRow& row, double) { return row.of_double; }

// Targets a sample of the prediction [B, ..., K] takes: K, or 1 class number.
void check_shape(const LossRow& row, const Shape& targets, const Shape& prediction) {
  Shape wanted = prediction;
  if (row.class_labels) wanted.back() = 1;
  Shape squeezed = wanted;
  if (squeezed.back() == 1 && squeezed.size() > 1) squeezed.pop_back();
  const auto fits = [&](const Shape& want) {
    if (targets.size() != want.size()) return false;
    for (size_t i = 1; i < want.size(); ++i) {
      if (want[i] != kNone && targets[i] != want[i]) return false;
    }
    return true;
  };
  if (fits(wanted) || fits(squeezed)) return;
  throw Error(ErrorCode::shape_mismatch, row.name,
              fmt::format("targets: expected {}, got {}.", to_string(wanted), to_string(targets)),
              row.class_labels ? "give one class number a sample."
                               : "give one target for every output of the last layer.");
}

}  // namespace

Loss::Loss(const std::string& name) : row_(&loss_row(name)) {}

std::string Loss::name() const { return row_->name; }

void Loss::check_targets(const Targets& targets, const Shape& prediction) const {
  const LossRow& row = *row_;
  check_shape(row, targets.shape, prediction);
  const int64_t n = element_count(targets.shape);
  const bool probability = !row.class_labels && *row.logits_of != '\0';
  const auto classes = static_cast<float>(prediction.back());
  for (int64_t i = 0; i < n; ++i) {
    const float y = targets.values[i];
    if (row.class_labels && !(y >= 0 && y < classes && y == std::floor(y))) {
      throw Error(
          ErrorCode::bad_data, row.name,
          fmt::format("targets: expected class numbers 0 to {}, got {} at {}.", classes - 1, y, i),
          "give the last layer one unit per class, and number the classes from 0.");
    }
    if (probability && !(y >= 0 && y <= 1)) {
      throw Error(ErrorCode::bad_data, row.name,
                  fmt::format("targets: expected numbers from 0 to 1, got {} at {}.", y, i),
                  "use labels 0 and 1, or another loss.");
    }
    if (!std::isfinite(y)) {
      throw Error(ErrorCode::bad_data, row.name,
                  fmt::format("targets: expected finite numbers, got {} at {}.", y, i),
                  "remove or replace such samples.");
    }
  }
}

template <class Real>
double Loss::mean(const Signal<Real>& prediction, const Targets& targets,
                  Gradient<Real>* gradient) const {
  const LossRow& row = *row_;
  const SampleLoss<Real> one = sample_loss(row, Real{});
  const bool stable = prediction.logits != nullptr &&
                      std::string_view(prediction.logits_activation) == row.logits_of;
  const int64_t K = prediction.shape.back(), samples = prediction.size() / K;
  const int64_t per_sample = row.class_labels ? 1 : K;
  Buffer<Real> nowhere;
  Buffer<Real>& d = gradient != nullptr ? gradient->dense : nowhere;
  d.resize(static_cast<size_t>(gradient != nullptr ? samples * K : K));
  int64_t counted = samples;
  if (prediction.mask != nullptr) {
    counted = std::count(prediction.mask, prediction.mask + samples, uint8_t{1});
  }
  const double weight = 1.0 / static_cast<double>(std::max<int64_t>(counted, 1));
  double sum = 0;
  for (int64_t i = 0; i < samples; ++i) {
    Real* di = d.data() + (gradient != nullptr ? i * K : 0);
    const double value = one(prediction.value + i * K, stable ? prediction.logits + i * K : nullptr,
                             targets.values + i * per_sample, K, di);
    const bool masked = prediction.mask != nullptr && prediction.mask[i] == 0;
    if (!masked) sum += value;
    const Real scale = masked ? Real{0} : static_cast<Real>(weight);
    for (int64_t j = 0; gradient != nullptr && j < K; ++j) di[j] *= scale;
  }
  if (gradient != nullptr) {
    gradient->at_logits = stable;
    gradient->by_rows = false;
  }
  return sum * weight;
}

template double Loss::mean(const Signal<float>&, const Targets&, Gradient<float>*) const;
template double Loss::mean(const Signal<double>&, const Targets&, Gradient<double>*) const;

}  // namespace eddy
