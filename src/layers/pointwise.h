// SPDX-License-Identifier: MIT
// Layers without weights that map values one to one: Dropout and Activation.
#pragma once

#include "kernels/kernels.h"
#include "layers/activations.h"
#include "layers/layer.h"

namespace eddy {

// Training: keeps a value with probability 1 - rate and scales it by 1 / (1 - rate). Which values
// are kept depends on the seed, the step and the position alone.
template <class Real>
class DropoutLayer final : public UnaryLayer<Real> {
 public:
  // stream  tells the layers of one model apart
  DropoutLayer(const DropoutOptions& options, uint64_t stream);
  Shape build_one(const Shape& input) override { return input; }
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  DropoutOptions options_;
  uint64_t stream_;
  Buffer<Real> input_, output_, scale_;
};

template <class Real>
class ActivationLayer final : public UnaryLayer<Real> {
 public:
  explicit ActivationLayer(const ActivationOptions& options);
  Shape build_one(const Shape& input) override { return input; }
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  RowActivation activation_;
  const Kernels<Real>* kernel_;
  Buffer<Real> input_, output_;
};

}  // namespace eddy
