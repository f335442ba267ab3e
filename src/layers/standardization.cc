// SPDX-License-Identifier: MIT
#include "layers/standardization.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "layers/axes.h"
#include "layers/running_moments.h"
#include "layers/signal.h"

namespace eddy {
namespace {

constexpr double kLeastDeviation = 1e-7;  // Keras' epsilon: constant data become zeros

// The axes that have means of their own, sorted.
std::vector<size_t> kept_axes(const std::string& layer, const NormalizationOptions& options,
                              const Shape& shape) {
  std::vector<size_t> kept;
  for (const int64_t axis : options.axis) kept.push_back(resolve_axis(layer, axis, shape));
  std::sort(kept.begin(), kept.end());
  if (std::adjacent_find(kept.begin(), kept.end()) != kept.end()) {
    throw Error(ErrorCode::invalid_argument, layer, "axis: expected each one once, got one twice.",
                "leave one of them out.");
  }
  return kept;
}

void check_given(const std::string& layer, const NormalizationOptions& options) {
  if (options.mean.has_value() != options.variance.has_value()) {
    throw Error(ErrorCode::invalid_argument, layer,
                fmt::format("numbers: expected mean and variance, got the {} alone.",
                            options.mean ? "mean" : "variance"),
                "give both, or neither and call adapt.");
  }
  if (!options.mean) return;
  const Constants &mean = *options.mean, &variance = *options.variance;
  for (const Constants* one : {&mean, &variance}) {
    if (element_count(one->shape) == static_cast<int64_t>(one->values.size())) continue;
    throw Error(ErrorCode::shape_mismatch, layer,
                fmt::format("numbers: expected {} for shape {}, got {}.", element_count(one->shape),
                            to_string(one->shape), one->values.size()),
                "give a number for every element.");
  }
  if (mean.shape != variance.shape) {
    throw Error(ErrorCode::shape_mismatch, layer,
                fmt::format("variance: expected the shape of the mean, {}, got {}.",
                            to_string(mean.shape), to_string(variance.shape)),
                "give a variance for every mean.");
  }
  if (mean.shape.size() > options.axis.size()) {
    throw Error(ErrorCode::shape_mismatch, layer,
                fmt::format("mean: expected at most {} axes, as `axis` has, got shape {}.",
                            options.axis.size(), to_string(mean.shape)),
                "name every axis of the mean in `axis`.");
  }
  for (const double value : variance.values) {
    if (value >= 0) continue;
    throw Error(ErrorCode::invalid_argument, layer,
                fmt::format("variance: expected from 0, got {}.", value),
                "give the square of the standard deviation.");
  }
}

// The numbers for every place: axes are matched from the last one, lengths of 1 repeated.
std::vector<double> repeated(const std::string& layer, const Constants& given,
                             const Shape& places) {
  const size_t rank = given.shape.size(), missing = places.size() - rank;
  for (size_t k = 0; k < rank; ++k) {
    if (given.shape[k] == places[missing + k] || given.shape[k] == 1) continue;
    throw Error(ErrorCode::shape_mismatch, layer,
                fmt::format("mean: expected numbers for {}, got shape {}.", to_string(places),
                            to_string(given.shape)),
                "give one number for every place along the axes, or a single one.");
  }
  std::vector<double> all;
  for (int64_t place = 0; place < element_count(places); ++place) {
    int64_t left = place, index = 0, stride = 1;
    for (size_t k = places.size(); k-- > missing;) {
      const int64_t at = left % places[k], length = given.shape[k - missing];
      index += (length == 1 ? 0 : at) * stride;
      left /= places[k];
      stride *= length;
    }
    all.push_back(given.values[static_cast<size_t>(index)]);
  }
  return all;
}

}  // namespace

template <class Real>
NormalizationLayer<Real>::NormalizationLayer(const NormalizationOptions& options)
    : UnaryLayer<Real>(options.name), options_(options) {
  check_given(this->name(), options);
}

template <class Real>
Shape NormalizationLayer<Real>::build_one(const Shape& input) {
  check_rank(this->name(), input);
  kept_ = kept_axes(this->name(), options_, input);
  input_shape_ = input;
  places_.clear();
  for (const size_t axis : kept_) {
    places_.push_back(input[axis]);
    if (input[axis] >= 1) continue;
    throw Error(
        ErrorCode::shape_mismatch, this->name(),
        fmt::format("input: expected a known length of axis {}, got {}.", axis, to_string(input)),
        "give the model a fixed length, or use axis {-1} or none.");
  }
  this->weights_.clear();
  if (options_.mean) {
    mean_given_ = repeated(this->name(), *options_.mean, places_);
    variance_given_ = repeated(this->name(), *options_.variance, places_);
    return input;
  }
  const auto count = static_cast<size_t>(element_count(places_));
  if (!options_.adapted_mean.empty() && options_.adapted_mean.size() != count) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected {} places along the axes, as adapt() saw, got {}.",
                            options_.adapted_mean.size(), to_string(input)),
                "adapt the layer to data of the model's own shape.");
  }
  this->weights_.push_back({.name = "mean",
                            .shape = places_,
                            .first_values = options_.adapted_mean,
                            .trainable = false});
  this->weights_.push_back({.name = "variance",
                            .shape = places_,
                            .initializer = "ones",
                            .first_values = options_.adapted_variance,
                            .trainable = false});
  this->weights_.push_back({.name = "count", .whole = true, .trainable = false});
  return input;
}

template <class Real>
void NormalizationLayer<Real>::set_places() {
  const auto count = static_cast<size_t>(element_count(places_));
  mean_.resize(count), deviation_.resize(count);
  for (size_t k = 0; k < count; ++k) {
    const bool given = options_.mean.has_value();
    mean_[k] = given ? static_cast<Real>(mean_given_[k]) : this->weights_[0].value[k];
    const Real variance =
        given ? static_cast<Real>(variance_given_[k]) : this->weights_[1].value[k];
    deviation_[k] = std::max(std::sqrt(variance), static_cast<Real>(kLeastDeviation));
  }
}

template <class Real>
template <class Row>
void NormalizationLayer<Real>::for_places(const Shape& shape, const Row& row) const {
  const size_t rank = shape.size();
  Strides lengths{}, strides{};
  int64_t stride = 1;
  for (size_t k = rank; k-- > 0;) {
    lengths[k] = shape[k];
    if (!std::binary_search(kept_.begin(), kept_.end(), k)) continue;
    strides[k] = stride;
    stride *= shape[k];
  }
  const int64_t width = shape[rank - 1];
  int64_t first = 0;
  for_rows<1>(lengths, rank, {strides}, [&](const std::array<int64_t, 1>& place) {
    row(first, place[0], strides[rank - 1], width);
    first += width;
  });
}

template <class Real>
void NormalizationLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  set_places();
  const Real* x = dense_values(in, input_);
  output_.resize(static_cast<size_t>(in.size()));
  out.shape = in.shape;
  out.value = output_.data();
  pass_sequence_facts(in, out);
  if (in.size() == 0) return;
  const Real *mean = mean_.data(), *deviation = deviation_.data();
  Real* y = output_.data();
  for_places(in.shape, [&](int64_t i, int64_t k, int64_t step, int64_t width) {
    for (int64_t j = 0; j < width; ++j, ++i, k += step) {
      y[i] = options_.invert ? mean[k] + x[i] * deviation[k] : (x[i] - mean[k]) / deviation[k];
    }
  });
}

template <class Real>
void NormalizationLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>&,
                                            Gradient<Real>& dout, Gradient<Real>* din,
                                            const Pass&) {
  if (din == nullptr) return;
  const Real* deviation = deviation_.data();
  Real* d = dout.dense.data();
  for_places(in.shape, [&](int64_t i, int64_t k, int64_t step, int64_t width) {
    for (int64_t j = 0; j < width; ++j, ++i, k += step) {
      d[i] = options_.invert ? d[i] * deviation[k] : d[i] / deviation[k];
    }
  });
  std::swap(din->dense, dout.dense);
}

namespace {

template <class Real>
class NormalizationStep final : public StepLayer<Real> {
 public:
  NormalizationStep(std::vector<Real> mean, std::vector<Real> deviation, bool invert)
      : mean_(std::move(mean)), deviation_(std::move(deviation)), invert_(invert) {}
  int64_t memory() const override { return static_cast<int64_t>(mean_.size()); }
  const Real* step(const StepValue<Real>& in, int64_t, Real* memory) const override {
    for (size_t i = 0; i < mean_.size(); ++i) {
      const Real x = in.values != nullptr ? in.values[i] : static_cast<Real>(in.id);
      memory[i] = invert_ ? mean_[i] + x * deviation_[i] : (x - mean_[i]) / deviation_[i];
    }
    return memory;
  }

 private:
  std::vector<Real> mean_, deviation_;
  bool invert_;
};

}  // namespace

// A step knows its features alone.
template <class Real>
std::unique_ptr<StepLayer<Real>> NormalizationLayer<Real>::make_step() {
  const size_t last = input_shape_.size() - 1;
  const bool by_feature = kept_ == std::vector<size_t>{last};
  if (last > 2 || last == 0 || (!kept_.empty() && !by_feature)) return Layer<Real>::make_step();
  set_places();
  std::vector<Real> mean, deviation;
  for (int64_t j = 0; j < input_shape_[last]; ++j) {
    mean.push_back(mean_[static_cast<size_t>(by_feature ? j : 0)]);
    deviation.push_back(deviation_[static_cast<size_t>(by_feature ? j : 0)]);
  }
  return std::make_unique<NormalizationStep<Real>>(std::move(mean), std::move(deviation),
                                                   options_.invert);
}

void LayerSpec::adapt(const Tensor& data) {
  auto* options = std::get_if<NormalizationOptions>(this);
  if (options == nullptr || options->mean) {
    throw Error(ErrorCode::invalid_argument, "adapt",
                fmt::format("layer: expected a Normalization without given numbers, got {}.",
                            options == nullptr ? "another layer" : "one with a mean"),
                "make the layer with Normalization() and adapt it before the model is made.");
  }
  const std::string layer = options->name.empty() ? "normalization" : options->name;
  check_rank(layer, data.shape());
  if (data.empty()) {
    throw Error(ErrorCode::invalid_argument, layer, "data: expected at least one value, got none.",
                "pass the training samples.");
  }
  const auto kept = kept_axes(layer, *options, data.shape());
  Shape places;
  for (const size_t axis : kept) places.push_back(data.dim(static_cast<int64_t>(axis)));
  const auto count = static_cast<size_t>(element_count(places));
  // The place of every element, counted along.
  const Strides all = strides_of(data.shape());
  const auto place_of = [&](int64_t i) {
    int64_t place = 0;
    for (size_t k = 0; k < kept.size(); ++k) {
      place = place * places[k] + i / all[kept[k]] % places[k];
    }
    return static_cast<size_t>(place);
  };
  std::vector<double> mean(count), squares(count);
  std::vector<int64_t> seen(count);
  for (int64_t i = 0; i < data.size(); ++i) {
    if (!std::isfinite(data[i])) {
      throw Error(ErrorCode::bad_data, layer,
                  fmt::format("data: expected finite numbers, got {} at element {}.", data[i], i),
                  "fill or leave out what is missing before.");
    }
    const size_t k = place_of(i);
    add_value(static_cast<double>(data[i]), ++seen[k], mean[k], squares[k]);
  }
  options->adapted_mean.assign(mean.begin(), mean.end());
  options->adapted_variance.clear();
  for (size_t k = 0; k < count; ++k) {
    options->adapted_variance.push_back(
        static_cast<float>(squares[k] / static_cast<double>(seen[k])));
  }
}

template class NormalizationLayer<float>;
template class NormalizationLayer<double>;

}  // namespace eddy
