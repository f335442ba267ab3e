// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "core/threads.h"
#include "kernels/kernels.h"
#include "layers/axes.h"
#include "layers/constraints.h"
#include "layers/normalization.h"
#include "layers/regularizers.h"
#include "layers/signal.h"

namespace eddy {
namespace {

constexpr int64_t kNormRows = 128;  // of a task; partial sums are added in the order of the tasks

int64_t blocks_of(int64_t rows) { return (rows + kNormRows - 1) / kNormRows; }

}  // namespace

template <class Real>
LayerNormalizationLayer<Real>::LayerNormalizationLayer(const LayerNormalizationOptions& options)
    : UnaryLayer<Real>(options.name), options_(options), kernel_(&layer_norm_kernels<Real>()) {
  if (!(options.epsilon >= 0)) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("epsilon: expected from 0, got {}.", options.epsilon),
                "Keras' default is 0.001.");
  }
  if (options.axis.empty()) {
    throw Error(ErrorCode::invalid_argument, this->name(), "axis: expected at least one, got none.",
                "use {-1} for the features.");
  }
}

template <class Real>
Shape LayerNormalizationLayer<Real>::build_one(const Shape& input) {
  std::vector<size_t> axes;
  for (const int64_t axis : options_.axis) axes.push_back(resolve_axis(this->name(), axis, input));
  // Keras sorts the axes as they are given, negative ones first, for the shape of gamma, and reads
  // its memory in the order of the input's axes.
  auto given = options_.axis;
  std::sort(given.begin(), given.end());
  Shape shape;
  for (const int64_t axis : given) shape.push_back(input[resolve_axis(this->name(), axis, input)]);
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                "axis: expected each one once, got one twice.", "leave one of them out.");
  }
  for (const int64_t length : shape) {
    if (length >= 1) continue;
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected known lengths of the normalized axes, got {}.",
                            to_string(input)),
                "normalize over the features, or give the model a fixed length.");
  }
  width_ = element_count(shape);
  steps_mixed_ = axes[0] == 1;
  features_alone_ = axes.size() == 1 && axes[0] == input.size() - 1;
  order_.clear();
  if (axes[0] != input.size() - axes.size()) {
    for (size_t k = 0; k < input.size(); ++k) {
      if (!std::binary_search(axes.begin(), axes.end(), k)) order_.push_back(k);
    }
    order_.insert(order_.end(), axes.begin(), axes.end());
    back_.resize(order_.size());
    for (size_t k = 0; k < order_.size(); ++k) back_[order_[k]] = k;
  }
  this->weights_.clear();
  const LayerNormalizationOptions& o = options_;
  if (o.scale) {
    this->weights_.push_back({.name = "gamma",
                              .shape = shape,
                              .initializer = o.gamma_initializer,
                              .regularizer = resolved(o.gamma_regularizer),
                              .constraint = resolved(o.gamma_constraint)});
  }
  if (o.center) {
    this->weights_.push_back({.name = "beta",
                              .shape = shape,
                              .initializer = o.beta_initializer,
                              .regularizer = resolved(o.beta_regularizer),
                              .constraint = resolved(o.beta_constraint)});
  }
  return input;
}

template <class Real>
const Real* LayerNormalizationLayer<Real>::gamma() const {
  return options_.scale ? this->weights_[0].value.data() : nullptr;
}
template <class Real>
const Real* LayerNormalizationLayer<Real>::beta() const {
  return options_.center ? this->weights_[options_.scale ? 1 : 0].value.data() : nullptr;
}

template <class Real>
const Real* LayerNormalizationLayer<Real>::rows_of(const Signal<Real>& in) {
  const Real* x = dense_values(in, input_);
  if (order_.empty()) return x;
  permuted_.resize(static_cast<size_t>(in.size()));
  copy_permuted(x, in.shape, order_, permuted_.data());
  ordered_.resize(order_.size());
  for (size_t k = 0; k < order_.size(); ++k) ordered_[k] = in.shape[order_[k]];
  return permuted_.data();
}

template <class Real>
void LayerNormalizationLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out,
                                                const Pass&) {
  const Real* x = rows_of(in);
  const auto n = static_cast<size_t>(in.size());
  const int64_t rows = in.size() / width_;
  out.shape = in.shape;
  out.take_mask(in);
  if (!steps_mixed_) out.prefix = in.prefix;
  output_.resize(n);
  normalized_.resize(order_.empty() ? 0 : n);
  Real* y = order_.empty() ? output_.data() : normalized_.data();
  mean_.resize(static_cast<size_t>(rows));
  inverse_.resize(static_cast<size_t>(rows));
  parallel_for(blocks_of(rows), [&](int64_t task, int64_t) {
    const int64_t first = task * kNormRows;
    LayerNormArgs<Real> args;
    args.rows = std::min(kNormRows, rows - first);
    args.width = width_;
    args.epsilon = static_cast<Real>(options_.epsilon);
    args.x = x + first * width_;
    args.gamma = gamma();
    args.beta = beta();
    args.y = y + first * width_;
    args.mean = mean_.data() + first;
    args.inverse = inverse_.data() + first;
    kernel_->forward(args);
  });
  if (!order_.empty()) copy_permuted(y, ordered_, back_, output_.data());
  out.value = output_.data();
}

template <class Real>
void LayerNormalizationLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>&,
                                                 Gradient<Real>& dout, Gradient<Real>* din,
                                                 const Pass&) {
  const Real* x = order_.empty() ? dense_values(in, input_) : permuted_.data();
  const auto n = static_cast<size_t>(in.size());
  const int64_t rows = in.size() / width_, blocks = blocks_of(rows);
  Real* dy = dout.dense.data();
  if (!order_.empty()) {
    dpermuted_.resize(n);
    copy_permuted(dy, in.shape, order_, dpermuted_.data());
    dy = dpermuted_.data();
  }
  const auto width = static_cast<size_t>(width_);
  parts_.resize_zeroed(static_cast<size_t>(blocks) * 2 * width);
  parallel_for(blocks, [&](int64_t task, int64_t) {
    const int64_t first = task * kNormRows;
    LayerNormGradientArgs<Real> args;
    args.rows = std::min(kNormRows, rows - first);
    args.width = width_;
    args.x = x + first * width_;
    args.gamma = gamma();
    args.mean = mean_.data() + first;
    args.inverse = inverse_.data() + first;
    args.dy = dy + first * width_;
    args.dx = din != nullptr ? dy + first * width_ : nullptr;
    args.dgamma = parts_.data() + 2 * task * width_;
    args.dbeta = args.dgamma + width_;
    kernel_->backward(args);
  });
  size_t weight = 0;
  for (const bool beta : {false, true}) {
    if (!(beta ? options_.center : options_.scale)) continue;
    auto& grad = this->weights_[weight++].grad;
    grad.resize_zeroed(width);
    for (int64_t task = 0; task < blocks; ++task) {
      kernels<Real>().add(width_, parts_.data() + (2 * task + (beta ? 1 : 0)) * width_,
                          grad.data());
    }
  }
  if (din == nullptr) return;
  if (order_.empty()) {
    std::swap(din->dense, dout.dense);
  } else {
    din->dense.resize(n);
    copy_permuted(dy, ordered_, back_, din->dense.data());
  }
}

namespace {

template <class Real>
class LayerNormalizationStep final : public StepLayer<Real> {
 public:
  LayerNormalizationStep(int64_t width, double epsilon, const Real* gamma, const Real* beta)
      : width_(width), epsilon_(static_cast<Real>(epsilon)) {
    if (gamma != nullptr) gamma_.assign(gamma, gamma + width);
    if (beta != nullptr) beta_.assign(beta, beta + width);
  }
  int64_t memory() const override { return width_ + 2; }  // the two moments behind the values
  const Real* step(const StepValue<Real>& in, int64_t, Real* memory) const override {
    LayerNormArgs<Real> args;
    args.rows = 1;
    args.width = width_;
    args.epsilon = epsilon_;
    args.x = in.values;
    args.gamma = gamma_.empty() ? nullptr : gamma_.data();
    args.beta = beta_.empty() ? nullptr : beta_.data();
    args.y = memory;
    args.mean = memory + width_;
    args.inverse = args.mean + 1;
    kernel_->forward(args);
    return memory;
  }

 private:
  int64_t width_;
  Real epsilon_;
  std::vector<Real> gamma_, beta_;  // empty: none
  const LayerNormKernels<Real>* kernel_ = &layer_norm_kernels<Real>();
};

}  // namespace

// Moments over other axes than the features would need steps that are still to come.
template <class Real>
std::unique_ptr<StepLayer<Real>> LayerNormalizationLayer<Real>::make_step() {
  if (!features_alone_) return Layer<Real>::make_step();
  return std::make_unique<LayerNormalizationStep<Real>>(width_, options_.epsilon, gamma(), beta());
}

template class LayerNormalizationLayer<float>;
template class LayerNormalizationLayer<double>;

}  // namespace eddy
