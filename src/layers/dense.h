// SPDX-License-Identifier: MIT
// Dense: y = activation(x K + b) on the last axis.
#pragma once

#include "kernels/kernels.h"
#include "layers/activations.h"
#include "layers/layer.h"

namespace eddy {

template <class Real>
class DenseLayer final : public UnaryLayer<Real> {
 public:
  explicit DenseLayer(const DenseOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;
  std::unique_ptr<StepLayer<Real>> make_step() override;

 private:
  enum WeightIndex { kKernel, kBias };

  DenseOptions options_;
  RowActivation activation_;
  const Kernels<Real>* kernel_;
  int64_t features_ = 0;
  PackedMatrix<Real> packed_, transposed_;
  Buffer<Real> outer_memory_;
  Buffer<Real> input_;   // a lookup written out
  Buffer<Real> logits_;  // before the activation
  Buffer<Real> output_;
};

}  // namespace eddy
