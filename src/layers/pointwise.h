// SPDX-License-Identifier: MIT
// Layers without weights that map values one to one: dropouts, Masking and Activation.
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
  std::unique_ptr<StepLayer<Real>> make_step() override;

 private:
  DropoutOptions options_;
  uint64_t stream_;
  Buffer<Real> input_, output_, scale_;
};

// Dropout of whole features: a row of the batch loses a feature at all its steps or at none.
template <class Real>
class SpatialDropoutLayer final : public UnaryLayer<Real> {
 public:
  SpatialDropoutLayer(const SpatialDropout1DOptions& options, uint64_t stream);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;
  std::unique_ptr<StepLayer<Real>> make_step() override;

 private:
  SpatialDropout1DOptions options_;
  uint64_t stream_;
  Buffer<Real> input_, output_;
  Buffer<Real> scale_;  // [B, X]
};

// Masks the steps whose values are all equal to mask_value, and sets them to 0.
template <class Real>
class MaskingLayer final : public UnaryLayer<Real> {
 public:
  explicit MaskingLayer(const MaskingOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  Real mask_value_;
  Buffer<Real> input_, output_;
  Buffer<uint8_t> mask_;
};

template <class Real>
class ActivationLayer final : public UnaryLayer<Real> {
 public:
  explicit ActivationLayer(const ActivationOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;
  std::unique_ptr<StepLayer<Real>> make_step() override;

 private:
  // Gated linear units: the first half of the features times the sigmoid of the second.
  void glu(const Real* x, int64_t rows, int64_t half, Real* y) const;
  void glu_backward(const Real* x, const Real* dy, int64_t rows, int64_t half, Real* dx) const;

  bool glu_;
  RowActivation activation_;
  int64_t width_ = 0;
  const Kernels<Real>* kernel_;
  Buffer<Real> input_, output_;
};

}  // namespace eddy
