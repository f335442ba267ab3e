// SPDX-License-Identifier: MIT
// Conv1D: y = activation(windows of x times K + b), without its windows being written out: they lie
// in the padded sequence one over the other. Drops the mask, as Keras does.
// Letters: k steps of the kernel (taps), X input features, F filters, W windows.
#pragma once

#include <vector>

#include "kernels/kernels.h"
#include "layers/activations.h"
#include "layers/layer.h"
#include "layers/windows.h"

namespace eddy {

template <class Real>
class Conv1DLayer final : public UnaryLayer<Real> {
 public:
  explicit Conv1DLayer(const Conv1DOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  enum WeightIndex { kKernel, kBias };
  // Lengths of one pass.
  struct Extent {
    int64_t batch, steps, before, padded, windows;
  };

  // One product: all taps where they are neighbours in memory, otherwise a tap of a group.
  struct Part {
    int64_t input;    // where it begins in a window
    int64_t inputs;   // values of a window that it takes
    int64_t filter;   // its first filter
    int64_t filters;  // how many
    int64_t weights;  // its first element of the kernel
    bool first;       // of its filters
  };

  Extent extent(const Signal<Real>& in) const;
  const Real* padded_input(const Signal<Real>& in, const Extent& e);
  void list_parts(std::vector<Part>& parts, bool one_product) const;
  void convolve(const Extent& e);
  void kernel_gradient(const Real* dz, const Extent& e);
  void input_gradient(const Real* dz, const Extent& e, Real* dx);

  Conv1DOptions options_;
  RowActivation activation_;
  Windows windows_;
  const Kernels<Real>* kernel_;
  int64_t features_ = 0;                                 // X
  int64_t group_features_ = 0;                           // X of a group
  std::vector<Part> parts_, taps_;                       // of forward; of the input's gradient
  std::vector<PackedMatrix<Real>> packed_, transposed_;  // of each part, of each tap
  const Real* x_ = nullptr;                              // [B, padded steps, X]
  Buffer<Real> padded_;
  Buffer<Real> logits_, output_;    // [B, W, F]
  std::vector<Buffer<Real>> rows_;  // of each worker: the gradient of a padded row
  Buffer<int32_t> prefix_;
};

}  // namespace eddy
