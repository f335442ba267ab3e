// SPDX-License-Identifier: MIT
// Pooling over time: windows of MaxPooling1D and AveragePooling1D, or all steps at once.
#pragma once

#include "layers/layer.h"
#include "layers/windows.h"

namespace eddy {

// Drops the mask, as Keras does.
template <class Real>
class PoolingLayer final : public UnaryLayer<Real> {
 public:
  explicit PoolingLayer(const PoolingOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  // Steps of the sequence that window w covers.
  struct Span {
    int64_t begin, end;
  };
  Span span(int64_t w, int64_t before, int64_t steps) const;
  void pool_row(const Real* x, int64_t steps, int64_t count, int64_t width, Real* y,
                int32_t* chosen) const;

  bool largest_;
  Windows windows_;
  Buffer<Real> input_, output_;
  Buffer<int32_t>
      chosen_;  // [B, windows, X]  the step that a maximum came from, the first of equals
  Buffer<int32_t> prefix_;
};

template <class Real>
class GlobalPoolingLayer final : public UnaryLayer<Real> {
 public:
  explicit GlobalPoolingLayer(const GlobalPoolingOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  bool largest_, keepdims_;
  Buffer<Real> input_, output_;
  Buffer<Real> share_;  // [B, X] or [B]: what each counted step has of the output
};

}  // namespace eddy
