// SPDX-License-Identifier: MIT
#include "layers/convolution.h"

#include <fmt/format.h>

#include <algorithm>

#include "layers/constraints.h"
#include "layers/products.h"
#include "layers/regularizers.h"
#include "layers/signal.h"

namespace eddy {
namespace {

constexpr int64_t kMostSteps = int64_t{1} << 24;  // of a window: padding takes memory

}  // namespace

template <class Real>
Conv1DLayer<Real>::Conv1DLayer(const Conv1DOptions& options)
    : UnaryLayer<Real>(options.name),
      options_(options),
      activation_(options.activation, options.name),
      windows_(options.name, options.kernel_size, options.strides, options.padding,
               options.dilation_rate, true),
      kernel_(&kernels<Real>()) {
  const auto refuse = [&](const std::string& what, const char* fix) {
    throw Error(ErrorCode::invalid_argument, this->name(), what, fix);
  };
  if (options.filters < 1 || options.filters > INT32_MAX) {
    refuse(fmt::format("filters: expected 1 to {}, got {}.", INT32_MAX, options.filters),
           "give the number of outputs of a step.");
  }
  if (options.groups < 1 || options.filters % options.groups != 0) {
    refuse(fmt::format("groups: expected a divisor of {} filters, got {}.", options.filters,
                       options.groups),
           "choose filters as a multiple of groups.");
  }
  if (windows_.extent() > kMostSteps) {
    refuse(fmt::format("kernel_size and dilation_rate: expected windows of at most {} steps, got "
                       "{}.",
                       kMostSteps, windows_.extent()),
           "use a smaller kernel.");
  }
  if (options.strides > 1 && options.dilation_rate > 1) {
    refuse(fmt::format("strides and dilation_rate: expected one of them to be 1, got {} and {}.",
                       options.strides, options.dilation_rate),
           "Keras has no strided dilated convolution either.");
  }
}

template <class Real>
Shape Conv1DLayer<Real>::build_one(const Shape& input) {
  if (input.size() != 3 || input[2] < 1) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected [batch, time, features], got {}.", to_string(input)),
                "put an Embedding in front of ids, or give every step a feature axis.");
  }
  features_ = input[2];
  if (features_ % options_.groups != 0) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected a multiple of {} groups as features, got {}.",
                            options_.groups, features_),
                "choose groups as a divisor of the features.");
  }
  group_features_ = features_ / options_.groups;
  this->activity_regularizer_ = resolved(options_.activity_regularizer);
  auto& weights = this->weights_;
  weights.resize(options_.use_bias ? 2 : 1);
  weights[kKernel].name = "kernel";
  weights[kKernel].shape = {options_.kernel_size, group_features_, options_.filters};
  weights[kKernel].initializer = options_.kernel_initializer;
  weights[kKernel].regularizer = resolved(options_.kernel_regularizer);
  weights[kKernel].constraint = resolved(options_.kernel_constraint);
  element_count(weights[kKernel].shape);  // throws for a product beyond 64 bits
  if (options_.use_bias) {
    weights[kBias].name = "bias";
    weights[kBias].shape = {options_.filters};
    weights[kBias].initializer = options_.bias_initializer;
    weights[kBias].regularizer = resolved(options_.bias_regularizer);
    weights[kBias].constraint = resolved(options_.bias_constraint);
  }
  parts_.clear();
  return {input[0], windows_.count(this->name(), input[1]), options_.filters};
}

template <class Real>
void Conv1DLayer<Real>::list_parts(std::vector<Part>& parts, bool one_product) const {
  const int64_t k = options_.kernel_size, F = options_.filters, filters = F / options_.groups;
  if (one_product) {
    parts = {{0, k * features_, 0, F, 0, true}};
    return;
  }
  parts.clear();
  for (int64_t group = 0; group < options_.groups; ++group) {
    for (int64_t tap = 0; tap < k; ++tap) {
      Part part;
      part.input = tap * options_.dilation_rate * features_ + group * group_features_;
      part.inputs = group_features_;
      part.filter = group * filters;
      part.filters = filters;
      part.weights = tap * group_features_ * F + part.filter;
      part.first = tap == 0;
      parts.push_back(part);
    }
  }
}

template <class Real>
typename Conv1DLayer<Real>::Extent Conv1DLayer<Real>::extent(const Signal<Real>& in) const {
  const int64_t T = in.shape[1], before = windows_.before(T);
  return {in.shape[0], T, before, before + T + windows_.after(T), windows_.count(this->name(), T)};
}

template <class Real>
const Real* Conv1DLayer<Real>::padded_input(const Signal<Real>& in, const Extent& e) {
  if (in.value != nullptr && !in.lookup && e.padded == e.steps) return in.value;
  const int64_t X = features_;
  padded_.resize(static_cast<size_t>(e.batch * e.padded * X));
  parallel_for(e.batch, [&](int64_t b, int64_t) {
    Real* row = padded_.data() + b * e.padded * X;
    Real *to = row + e.before * X, *end = to + e.steps * X;
    std::fill(row, to, Real{0});
    std::fill(end, row + e.padded * X, Real{0});
    if (in.lookup) {
      for (int64_t t = 0; t < e.steps; ++t) {
        std::copy_n(in.lookup->table + in.lookup->ids[b * e.steps + t] * X, X, to + t * X);
      }
    } else if (in.ids != nullptr) {
      std::copy_n(in.ids + b * e.steps * X, e.steps * X, to);
    } else {
      std::copy_n(in.value + b * e.steps * X, e.steps * X, to);
    }
  });
  return padded_.data();
}

template <class Real>
void Conv1DLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const Extent e = extent(in);
  const int64_t F = options_.filters, rows = e.batch * e.windows;
  x_ = padded_input(in, e);
  if (parts_.empty()) {  // not in build: then a file may still ask for a kernel that it lacks
    list_parts(parts_, options_.groups == 1 && options_.dilation_rate == 1);
    list_parts(taps_, false);
    packed_.resize(parts_.size());
    transposed_.resize(taps_.size());
  }
  const Real* kernel = this->weights_[kKernel].value.data();
  for (size_t p = 0; p < parts_.size(); ++p) {
    const Part& part = parts_[p];
    pack<Real>({kernel + part.weights, F, 1}, part.inputs, part.filters, kernel_->lanes,
               suitable_panel(part.filters, kernel_->lanes), packed_[p]);
  }
  logits_.resize(static_cast<size_t>(rows * F));
  convolve(e);
  out.shape = {e.batch, e.windows, F};
  out.prefix = windows_.shared(in.prefix, e.batch, e.steps, e.windows, prefix_);
  out.value = logits_.data();
  if (activation_.is_linear()) return;
  output_.resize(static_cast<size_t>(rows * F));
  activation_.forward(logits_.data(), rows, F, output_.data());
  out.value = output_.data();
  out.logits_activation = activation_.stable_name();
  if (*out.logits_activation != '\0') out.logits = logits_.data();
}

template <class Real>
void Conv1DLayer<Real>::convolve(const Extent& e) {
  const int64_t F = options_.filters, step = options_.strides * features_;
  const Real* bias = options_.use_bias ? this->weights_[kBias].value.data() : nullptr;
  const int64_t chunks = (e.windows + kRowsPerTask - 1) / kRowsPerTask;
  parallel_for(e.batch * chunks, [&](int64_t task, int64_t) {
    const int64_t b = task / chunks, first = task % chunks * kRowsPerTask;
    for (size_t p = 0; p < parts_.size(); ++p) {
      const Part& part = parts_[p];
      ProductArgs<Real> args;
      args.rows = std::min(kRowsPerTask, e.windows - first);
      args.a = x_ + b * e.padded * features_ + first * step + part.input;
      args.a_stride = step;
      args.b = &packed_[p];
      if (bias != nullptr && part.first) args.bias = bias + part.filter;
      args.accumulate = !part.first;
      args.c = logits_.data() + (b * e.windows + first) * F + part.filter;
      args.c_stride = F;
      kernel_->product(args);
    }
  });
}

template <class Real>
void Conv1DLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>& out,
                                     Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  const Extent e = extent(in);
  const int64_t F = options_.filters, rows = e.batch * e.windows;
  Real* dz = dout.dense.data();
  if (!dout.at_logits && !activation_.is_linear()) {
    activation_.backward(logits_.data(), out.value, dz, rows, F, dz);
  }
  kernel_gradient(dz, e);
  if (options_.use_bias) {
    auto& grad = this->weights_[kBias].grad;
    grad.resize(static_cast<size_t>(F));
    column_sums(*kernel_, dz, rows, F, grad.data());
  }
  if (din == nullptr) return;
  din->dense.resize(static_cast<size_t>(in.size()));
  input_gradient(dz, e, din->dense.data());
}

// A task owns some rows of the kernel and sums over the samples in their order.
template <class Real>
void Conv1DLayer<Real>::kernel_gradient(const Real* dz, const Extent& e) {
  constexpr int64_t kInputsPerTask = 16;
  const int64_t F = options_.filters;
  auto& grad = this->weights_[kKernel].grad;
  grad.resize_zeroed(static_cast<size_t>(this->weights_[kKernel].size()));
  const int64_t chunks = (parts_[0].inputs + kInputsPerTask - 1) / kInputsPerTask;
  parallel_for(static_cast<int64_t>(parts_.size()) * chunks, [&](int64_t task, int64_t) {
    const Part& part = parts_[static_cast<size_t>(task / chunks)];
    const int64_t first = task % chunks * kInputsPerTask;
    OuterArgs<Real> args;
    args.rows = e.windows;
    args.a_columns = std::min(kInputsPerTask, part.inputs - first);
    args.d_columns = part.filters;
    args.a_stride = options_.strides * features_;
    args.d_stride = F;
    args.c = grad.data() + part.weights + first * F;
    args.c_stride = F;
    for (int64_t b = 0; b < e.batch; ++b) {
      args.a = x_ + b * e.padded * features_ + part.input + first;
      args.d = dz + b * e.windows * F + part.filter;
      kernel_->outer(args);
    }
  });
}

// Each tap adds its share to the steps that it saw.
template <class Real>
void Conv1DLayer<Real>::input_gradient(const Real* dz, const Extent& e, Real* dx) {
  const int64_t F = options_.filters, X = features_;
  const Real* kernel = this->weights_[kKernel].value.data();
  for (size_t p = 0; p < taps_.size(); ++p) {
    const Part& tap = taps_[p];
    pack<Real>({kernel + tap.weights, 1, F}, tap.filters, tap.inputs, kernel_->lanes,
               suitable_panel(tap.inputs, kernel_->lanes), transposed_[p]);
  }
  rows_.resize(static_cast<size_t>(max_workers()));
  for (auto& row : rows_) row.resize(static_cast<size_t>(e.padded * X));
  parallel_for(e.batch, [&](int64_t b, int64_t worker) {
    auto& row = rows_[static_cast<size_t>(worker)];
    row.fill_zero();
    for (size_t p = 0; p < taps_.size(); ++p) {
      const Part& tap = taps_[p];
      ProductArgs<Real> args;
      args.rows = e.windows;
      args.a = dz + b * e.windows * F + tap.filter;
      args.a_stride = F;
      args.b = &transposed_[p];
      args.accumulate = true;
      args.c = row.data() + tap.input;
      args.c_stride = options_.strides * X;
      kernel_->product(args);
    }
    std::copy_n(row.data() + e.before * X, e.steps * X, dx + b * e.steps * X);
  });
}

template class Conv1DLayer<float>;
template class Conv1DLayer<double>;

}  // namespace eddy
