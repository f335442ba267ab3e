// SPDX-License-Identifier: MIT
#include "layers/pointwise.h"

#include <fmt/format.h>

#include <utility>

#include "layers/dropout_mask.h"
#include "layers/signal.h"

namespace eddy {

template <class Real>
DropoutLayer<Real>::DropoutLayer(const DropoutOptions& options, uint64_t stream)
    : UnaryLayer<Real>(options.name), options_(options), stream_(stream) {
  if (!(options.rate >= 0 && options.rate <= 1)) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("rate: expected 0 to 1, got {}.", options.rate),
                "give the share of values to drop.");
  }
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
  out.mask = in.mask;  // rows no longer share their prefix: each has its own zeros
  output_.resize(n);
  scale_.resize(n);
  out.value = output_.data();
  const auto seed = options_.seed ? static_cast<uint64_t>(*options_.seed) : pass.seed;
  const Random random(seed, (stream_ << 48) ^ static_cast<uint64_t>(pass.step));
  draw_dropout_mask(options_.rate, random, n, scale_.data());
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
ActivationLayer<Real>::ActivationLayer(const ActivationOptions& options)
    : UnaryLayer<Real>(options.name),
      activation_(options.activation, options.name),
      kernel_(&kernels<Real>()) {}

template <class Real>
void ActivationLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const Real* x = dense_values(in, input_);
  out.shape = in.shape;
  pass_sequence_facts(in, out);
  output_.resize(static_cast<size_t>(in.size()));
  const int64_t width = in.shape.back();
  activation_.forward(*kernel_, x, in.size() / width, width, output_.data());
  out.value = output_.data();
  out.logits_activation = activation_.stable_name();
  if (*out.logits_activation != '\0') out.logits = x;
}

template <class Real>
void ActivationLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>& out,
                                         Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din == nullptr) return;
  const int64_t width = in.shape.back();
  if (!dout.at_logits) {
    activation_.backward(*kernel_, dense_values(in, input_), out.value, dout.dense.data(),
                         in.size() / width, width, dout.dense.data());
  }
  std::swap(din->dense, dout.dense);
  din->at_logits = din->by_rows = false;
}

template class DropoutLayer<float>;
template class DropoutLayer<double>;
template class ActivationLayer<float>;
template class ActivationLayer<double>;

}  // namespace eddy
