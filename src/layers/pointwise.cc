// SPDX-License-Identifier: MIT
#include "layers/pointwise.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "layers/dropout_mask.h"
#include "layers/signal.h"

namespace eddy {
namespace {

void check_rate(const std::string& layer, double rate) {
  if (rate >= 0 && rate <= 1) return;
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("rate: expected 0 to 1, got {}.", rate),
              "give the share of values to drop.");
}

// Which values a layer drops in this step.
Random draws_of(const std::optional<int64_t>& seed, uint64_t stream, const Pass& pass) {
  return Random(seed ? static_cast<uint64_t>(*seed) : pass.seed,
                (stream << 48) ^ static_cast<uint64_t>(pass.step));
}

}  // namespace

template <class Real>
DropoutLayer<Real>::DropoutLayer(const DropoutOptions& options, uint64_t stream)
    : UnaryLayer<Real>(options.name), options_(options), stream_(stream) {
  check_rate(this->name(), options.rate);
}

template <class Real>
void DropoutLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) {
  if (!pass.training || options_.rate == 0) {
    out = in;
    return;
  }
  const Real* x = dense_values(in, input_);
  const auto n = static_cast<size_t>(in.size());
  out.shape = in.shape;
  out.take_mask(in);  // rows no longer share their prefix: each has its own zeros
  output_.resize(n);
  out.value = output_.data();
  scale_.resize(n);
  draw_dropout_mask(options_.rate, draws_of(options_.seed, stream_, pass), n, scale_.data());
  for (size_t i = 0; i < n; ++i) output_[i] = x[i] * scale_[i];
}

template <class Real>
void DropoutLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>&,
                                      Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din == nullptr) return;
  std::swap(*din, dout);
  if (options_.rate == 0) return;
  for (size_t i = 0; i < static_cast<size_t>(in.size()); ++i) din->dense[i] *= scale_[i];
}

template <class Real>
SpatialDropoutLayer<Real>::SpatialDropoutLayer(const SpatialDropout1DOptions& options,
                                               uint64_t stream)
    : UnaryLayer<Real>(options.name), options_(options), stream_(stream) {
  check_rate(this->name(), options.rate);
}

template <class Real>
Shape SpatialDropoutLayer<Real>::build_one(const Shape& input) {
  if (input.size() == 3) return input;
  throw Error(ErrorCode::shape_mismatch, this->name(),
              fmt::format("input: expected [batch, time, features], got {}.", to_string(input)),
              "use Dropout for other shapes.");
}

template <class Real>
void SpatialDropoutLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out,
                                            const Pass& pass) {
  if (!pass.training || options_.rate == 0) {
    out = in;
    return;
  }
  const Real* x = dense_values(in, input_);
  const int64_t T = in.shape[1], X = in.shape[2];
  out.shape = in.shape;
  out.take_mask(in);
  output_.resize(static_cast<size_t>(in.size()));
  out.value = output_.data();
  scale_.resize(static_cast<size_t>(in.batch() * X));
  draw_dropout_mask(options_.rate, draws_of(options_.seed, stream_, pass), scale_.size(),
                    scale_.data());
  for (int64_t step = 0; step < in.batch() * T; ++step) {
    const Real *scale = scale_.data() + step / T * X, *from = x + step * X;
    Real* to = output_.data() + step * X;
    for (int64_t j = 0; j < X; ++j) to[j] = from[j] * scale[j];
  }
}

template <class Real>
void SpatialDropoutLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>&,
                                             Gradient<Real>& dout, Gradient<Real>* din,
                                             const Pass&) {
  if (din == nullptr) return;
  std::swap(*din, dout);
  if (options_.rate == 0) return;
  const int64_t T = in.shape[1], X = in.shape[2];
  for (int64_t step = 0; step < in.batch() * T; ++step) {
    const Real* scale = scale_.data() + step / T * X;
    Real* dx = din->dense.data() + step * X;
    for (int64_t j = 0; j < X; ++j) dx[j] *= scale[j];
  }
}

template <class Real>
MaskingLayer<Real>::MaskingLayer(const MaskingOptions& options)
    : UnaryLayer<Real>(options.name), mask_value_(static_cast<Real>(options.mask_value)) {}

template <class Real>
Shape MaskingLayer<Real>::build_one(const Shape& input) {
  if (input.size() >= 2) return input;
  throw Error(ErrorCode::shape_mismatch, this->name(),
              fmt::format("input: expected [batch, time, features], got {}.", to_string(input)),
              "give every step a feature axis.");
}

template <class Real>
void MaskingLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const Real* x = dense_values(in, input_);
  const int64_t X = in.shape.back(), steps = in.size() / X;
  output_.resize(static_cast<size_t>(in.size()));
  mask_.resize(static_cast<size_t>(steps));
  for (int64_t step = 0; step < steps; ++step) {
    const Real* from = x + step * X;
    const bool real = std::any_of(from, from + X, [this](Real v) { return v != mask_value_; });
    mask_[static_cast<size_t>(step)] = real ? 1 : 0;
    Real* to = output_.data() + step * X;
    if (real) {
      std::copy_n(from, X, to);
    } else {
      std::fill_n(to, X, Real{0});
    }
  }
  out.shape = in.shape;
  out.value = output_.data();
  out.mask = mask_.data();
  out.mask_rank = in.shape.size() - 1;
}

template <class Real>
void MaskingLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>&,
                                      Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din == nullptr) return;
  std::swap(din->dense, dout.dense);
  const int64_t X = in.shape.back();
  for (int64_t step = 0; step < in.size() / X; ++step) {
    if (mask_[static_cast<size_t>(step)] == 0)
      std::fill_n(din->dense.data() + step * X, X, Real{0});
  }
}

template <class Real>
ActivationLayer<Real>::ActivationLayer(const ActivationOptions& options)
    : UnaryLayer<Real>(options.name),
      glu_(options.activation == "glu"),
      activation_(glu_ ? "linear" : options.activation, options.name),
      kernel_(&kernels<Real>()) {}

template <class Real>
Shape ActivationLayer<Real>::build_one(const Shape& input) {
  width_ = input.back();
  if (!glu_) return input;
  if (input.size() < 2 || input.back() < 2 || input.back() % 2 != 0) {
    throw Error(
        ErrorCode::shape_mismatch, this->name(),
        fmt::format("input: expected an even number of features, got {}.", to_string(input)),
        "glu takes the second half of the features as gates of the first.");
  }
  Shape output = input;
  output.back() /= 2;
  return output;
}

template <class Real>
void ActivationLayer<Real>::glu(const Real* x, int64_t rows, int64_t half, Real* y) const {
  for (int64_t r = 0; r < rows; ++r, x += 2 * half, y += half) {
    kernel_->activate(ActivationKind::sigmoid, half, x + half, y);
    for (int64_t j = 0; j < half; ++j) y[j] *= x[j];
  }
}

template <class Real>
void ActivationLayer<Real>::glu_backward(const Real* x, const Real* dy, int64_t rows, int64_t half,
                                         Real* dx) const {
  for (int64_t r = 0; r < rows; ++r, x += 2 * half, dy += half, dx += 2 * half) {
    kernel_->activate(ActivationKind::sigmoid, half, x + half, dx);
    for (int64_t j = 0; j < half; ++j) {
      dx[half + j] = dy[j] * x[j] * dx[j] * (1 - dx[j]);
      dx[j] *= dy[j];
    }
  }
}

template <class Real>
void ActivationLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const Real* x = dense_values(in, input_);
  out.shape = in.shape;
  pass_sequence_facts(in, out);
  const int64_t width = in.shape.back();
  if (glu_) {
    out.shape.back() = width / 2;
    output_.resize(static_cast<size_t>(out.size()));
    glu(x, in.size() / width, width / 2, output_.data());
    out.value = output_.data();
    return;
  }
  output_.resize(static_cast<size_t>(in.size()));
  activation_.forward(x, in.size() / width, width, output_.data());
  out.value = output_.data();
  out.logits_activation = activation_.stable_name();
  if (*out.logits_activation != '\0') out.logits = x;
}

template <class Real>
void ActivationLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>& out,
                                         Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din == nullptr) return;
  const int64_t width = in.shape.back();
  if (glu_) {
    din->dense.resize(static_cast<size_t>(in.size()));
    glu_backward(dense_values(in, input_), dout.dense.data(), in.size() / width, width / 2,
                 din->dense.data());
    return;
  }
  if (!dout.at_logits) {
    activation_.backward(dense_values(in, input_), out.value, dout.dense.data(), in.size() / width,
                         width, dout.dense.data());
  }
  std::swap(din->dense, dout.dense);
  din->at_logits = din->by_rows = false;
}

namespace {

// Without training a dropout lets everything pass.
template <class Real>
class PassingStep final : public StepLayer<Real> {
 public:
  int64_t memory() const override { return 0; }
  const Real* step(const StepValue<Real>& in, int64_t, Real*) const override { return in.values; }
};

template <class Real>
class ActivationStep final : public StepLayer<Real> {
 public:
  ActivationStep(RowActivation activation, int64_t width)
      : activation_(activation), width_(width) {}
  int64_t memory() const override { return width_; }
  const Real* step(const StepValue<Real>& in, int64_t, Real* memory) const override {
    activation_.forward(in.values, 1, width_, memory);
    return memory;
  }

 private:
  RowActivation activation_;
  int64_t width_;
};

}  // namespace

template <class Real>
std::unique_ptr<StepLayer<Real>> DropoutLayer<Real>::make_step() {
  return std::make_unique<PassingStep<Real>>();
}

template <class Real>
std::unique_ptr<StepLayer<Real>> SpatialDropoutLayer<Real>::make_step() {
  return std::make_unique<PassingStep<Real>>();
}

template <class Real>
std::unique_ptr<StepLayer<Real>> ActivationLayer<Real>::make_step() {
  if (glu_) return Layer<Real>::make_step();
  return std::make_unique<ActivationStep<Real>>(activation_, width_);
}

template class DropoutLayer<float>;
template class DropoutLayer<double>;
template class SpatialDropoutLayer<float>;
template class SpatialDropoutLayer<double>;
template class MaskingLayer<float>;
template class MaskingLayer<double>;
template class ActivationLayer<float>;
template class ActivationLayer<double>;

}  // namespace eddy
