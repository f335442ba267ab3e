// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/threads.h"
#include "layers/axes.h"
#include "layers/constraints.h"
#include "layers/normalization.h"
#include "layers/regularizers.h"
#include "layers/signal.h"

namespace eddy {
namespace {

constexpr int64_t kBatchRows = 256;  // of a task; partial sums are added in the order of the tasks
constexpr double kKerasEpsilon = 1e-7;

int64_t tasks_of(int64_t rows) { return (rows + kBatchRows - 1) / kBatchRows; }

template <class Real>
Real* sized(Buffer<Real>& buffer, int64_t size) {
  buffer.resize(static_cast<size_t>(size));
  return buffer.data();
}

}  // namespace

template <class Real>
BatchNormalizationLayer<Real>::BatchNormalizationLayer(const BatchNormalizationOptions& options)
    : UnaryLayer<Real>(options.name), options_(options) {
  if (!(options.epsilon >= 0)) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("epsilon: expected from 0, got {}.", options.epsilon),
                "Keras' default is 0.001.");
  }
  if (!(options.momentum >= 0 && options.momentum <= 1)) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("momentum: expected 0 to 1, got {}.", options.momentum),
                "Keras' default is 0.99.");
  }
}

template <class Real>
Shape BatchNormalizationLayer<Real>::build_one(const Shape& input) {
  axis_ = resolve_axis(this->name(), options_.axis, input);
  if (input[axis_] < 1) {
    throw Error(
        ErrorCode::shape_mismatch, this->name(),
        fmt::format("input: expected a known length of axis {}, got {}.", axis_, to_string(input)),
        "give the model a fixed length, or use axis -1.");
  }
  this->weights_.clear();
  const BatchNormalizationOptions& o = options_;
  const auto add = [&](Weight<Real> weight) {
    weight.shape = {input[axis_]};
    this->weights_.push_back(std::move(weight));
    return this->weights_.size() - 1;
  };
  if (o.scale) {
    gamma_ = add({.name = "gamma",
                  .initializer = o.gamma_initializer,
                  .regularizer = resolved(o.gamma_regularizer),
                  .constraint = resolved(o.gamma_constraint)});
  }
  if (o.center) {
    beta_ = add({.name = "beta",
                 .initializer = o.beta_initializer,
                 .regularizer = resolved(o.beta_regularizer),
                 .constraint = resolved(o.beta_constraint)});
  }
  moving_ =
      add({.name = "moving_mean", .initializer = o.moving_mean_initializer, .trainable = false});
  add({.name = "moving_variance",
       .initializer = o.moving_variance_initializer,
       .trainable = false});
  return input;
}

template <class Real>
typename BatchNormalizationLayer<Real>::View BatchNormalizationLayer<Real>::view(
    const Signal<Real>& in) const {
  View view{1, in.shape[axis_], 1, in.shape.back(), axis_ + 1 == in.shape.size()};
  for (size_t k = 0; k < axis_; ++k) view.outer *= in.shape[k];
  for (size_t k = axis_ + 1; k < in.shape.size(); ++k) view.inner *= in.shape[k];
  return view;
}

template <class Real>
template <class Body>
void BatchNormalizationLayer<Real>::for_elements(const View& view, const Body& body) const {
  const int64_t rows = view.rows(), last = view.last;
  parallel_for(tasks_of(rows), [&](int64_t task, int64_t) {
    for (int64_t r = task * kBatchRows; r < std::min(rows, (task + 1) * kBatchRows); ++r) {
      if (view.by_column) {
        for (int64_t j = 0; j < last; ++j) body(r * last + j, j, r);
      } else {
        const int64_t c = view.channel(r);
        for (int64_t j = 0; j < last; ++j) body(r * last + j, c, r);
      }
    }
  });
}

template <class Real>
template <class Term>
void BatchNormalizationLayer<Real>::sum_channels(const View& view, const uint8_t* mask,
                                                 Buffer<double>& sums, const Term& term) {
  const int64_t rows = view.rows(), last = view.last, C = view.channels;
  parts_.resize_zeroed(static_cast<size_t>(tasks_of(rows) * C));
  parallel_for(tasks_of(rows), [&](int64_t task, int64_t) {
    Real* part = parts_.data() + task * C;
    for (int64_t r = task * kBatchRows; r < std::min(rows, (task + 1) * kBatchRows); ++r) {
      if (mask != nullptr && mask[r] == 0) continue;
      if (view.by_column) {
        for (int64_t j = 0; j < last; ++j) part[j] += term(r * last + j, j);
      } else {
        const int64_t c = view.channel(r);
        for (int64_t j = 0; j < last; ++j) part[c] += term(r * last + j, c);
      }
    }
  });
  double* sum = sized(sums, C);
  std::fill_n(sum, C, 0.0);
  for (int64_t i = 0; i < tasks_of(rows) * C; ++i) {
    sum[i % C] += static_cast<double>(parts_[static_cast<size_t>(i)]);
  }
}

// Biased; with a mask Keras divides by the count plus its epsilon.
template <class Real>
void BatchNormalizationLayer<Real>::batch_moments(const View& view, const Real* x,
                                                  const uint8_t* mask) {
  const int64_t C = view.channels;
  sum_channels(view, mask, count_, [](int64_t, int64_t) { return Real{1}; });
  sum_channels(view, mask, mean_, [x](int64_t i, int64_t) { return x[i]; });
  const double more = mask != nullptr ? kKerasEpsilon : 0;
  Real* center = sized(center_, C);
  for (int64_t c = 0; c < C; ++c) {
    const auto k = static_cast<size_t>(c);
    mean_[k] /= count_[k] + more;
    center[c] = static_cast<Real>(mean_[k]);
  }
  sum_channels(view, mask, variance_, [x, center](int64_t i, int64_t c) {
    const Real d = x[i] - center[c];
    return d * d;
  });
  for (size_t c = 0; c < static_cast<size_t>(C); ++c) variance_[c] /= count_[c] + more;
}

template <class Real>
void BatchNormalizationLayer<Real>::move_averages() {
  auto &mean = this->weights_[moving_].value, &variance = this->weights_[moving_ + 1].value;
  const double kept = options_.momentum, taken = 1 - options_.momentum;
  for (size_t c = 0; c < mean.size(); ++c) {
    mean[c] = static_cast<Real>(static_cast<double>(mean[c]) * kept + mean_[c] * taken);
    variance[c] = static_cast<Real>(static_cast<double>(variance[c]) * kept + variance_[c] * taken);
  }
}

template <class Real>
void BatchNormalizationLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out,
                                                const Pass& pass) {
  const View v = view(in);
  const Real* x = dense_values(in, input_);
  if (in.mask != nullptr && in.mask_rank + 1 != in.shape.size()) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("mask: expected {} axes for input {}, got {}.", in.shape.size() - 1,
                            to_string(in.shape), in.mask_rank),
                "put the layer where the mask has one axis less than its input.");
  }
  const auto C = static_cast<size_t>(v.channels);
  if (pass.training && this->trainable_) {
    batch_moments(v, x, in.mask);
    move_averages();
  } else {
    sized(mean_, v.channels), sized(variance_, v.channels), sized(center_, v.channels);
    for (size_t c = 0; c < C; ++c) {
      mean_[c] = static_cast<double>(this->weights_[moving_].value[c]);
      variance_[c] = static_cast<double>(this->weights_[moving_ + 1].value[c]);
      center_[c] = static_cast<Real>(mean_[c]);
    }
  }
  Real *scale = sized(scale_, v.channels), *shift = sized(shift_, v.channels);
  Real* inverse = sized(inverse_, v.channels);
  for (size_t c = 0; c < C; ++c) {
    inverse[c] = static_cast<Real>(1 / std::sqrt(variance_[c] + options_.epsilon));
    scale[c] = options_.scale ? inverse[c] * this->weights_[gamma_].value[c] : inverse[c];
    shift[c] = options_.center ? this->weights_[beta_].value[c] : Real{0};
  }
  Real *y = sized(output_, in.size()), *center = center_.data();
  for_elements(
      v, [=](int64_t i, int64_t c, int64_t) { y[i] = (x[i] - center[c]) * scale[c] + shift[c]; });
  out.shape = in.shape;
  out.value = y;
  pass_sequence_facts(in, out);
}

template <class Real>
void BatchNormalizationLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>&,
                                                 Gradient<Real>& dout, Gradient<Real>* din,
                                                 const Pass&) {
  const View v = view(in);
  const Real* x = dense_values(in, input_);
  Real* dy = dout.dense.data();
  const Real *center = center_.data(), *inverse = inverse_.data();
  sum_channels(v, nullptr, sum_dy_, [dy](int64_t i, int64_t) { return dy[i]; });
  sum_channels(v, nullptr, sum_dyx_,
               [=](int64_t i, int64_t c) { return dy[i] * (x[i] - center[c]) * inverse[c]; });
  const auto set = [&](bool has, size_t weight, const Buffer<double>& sums) {
    if (!has) return;
    auto& grad = this->weights_[weight].grad;
    grad.resize(sums.size());
    for (size_t c = 0; c < sums.size(); ++c) grad[c] = static_cast<Real>(sums[c]);
  };
  set(options_.scale, gamma_, sum_dyx_);
  set(options_.center, beta_, sum_dy_);
  if (din == nullptr) return;
  input_gradient(v, x, in.mask, dy, dy);
  std::swap(din->dense, dout.dense);
}

// Through the values and, where the mask shows them, through the moments of the batch.
template <class Real>
void BatchNormalizationLayer<Real>::input_gradient(const View& view, const Real* x,
                                                   const uint8_t* mask, const Real* dy, Real* dx) {
  const auto C = static_cast<size_t>(view.channels);
  const double more = mask != nullptr ? kKerasEpsilon : 0;
  Real *dmean = sized(dmean_, view.channels), *dvariance = sized(dvariance_, view.channels);
  if (!this->trainable_) {  // the moments are not the batch's
    std::fill_n(dmean, C, Real{0});
    std::fill_n(dvariance, C, Real{0});
  }
  for (size_t c = 0; this->trainable_ && c < C; ++c) {
    const auto scale = static_cast<double>(scale_[c]), inverse = static_cast<double>(inverse_[c]);
    const double n = count_[c] + more;
    const double to_variance = -0.5 * scale * inverse * sum_dyx_[c];
    // variance = sum (x - mean)^2 / n depends on the mean where n is not quite the count
    const double to_mean = -scale * sum_dy_[c] - to_variance * 2 * mean_[c] * more / n;
    dmean[c] = static_cast<Real>(to_mean / n);
    dvariance[c] = static_cast<Real>(2 * to_variance / n);
  }
  const Real *center = center_.data(), *scale = scale_.data();
  for_elements(view, [=](int64_t i, int64_t c, int64_t row) {
    const bool counted = mask == nullptr || mask[row] != 0;
    dx[i] = dy[i] * scale[c] + (counted ? dmean[c] + dvariance[c] * (x[i] - center[c]) : Real{0});
  });
}

template class BatchNormalizationLayer<float>;
template class BatchNormalizationLayer<double>;

}  // namespace eddy
