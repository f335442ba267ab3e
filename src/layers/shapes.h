// SPDX-License-Identifier: MIT
// Layers that bring values into another shape: Flatten, Reshape, Permute, RepeatVector. All drop
// the mask, as Keras does.
#pragma once

#include <vector>

#include "layers/layer.h"

namespace eddy {

// Flatten and Reshape: the same values in the same order, not copied.
template <class Real>
class ReshapeLayer final : public UnaryLayer<Real> {
 public:
  explicit ReshapeLayer(const ReshapeOptions& options);
  explicit ReshapeLayer(const FlattenOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  // The target for samples of this shape; kNone stays open. Throws Error{shape_mismatch}.
  void reshape(const Shape& input, Shape& output) const;

  Shape target_;  // of a sample; -1: what is left
  Buffer<Real> input_;
};

template <class Real>
class PermuteLayer final : public UnaryLayer<Real> {
 public:
  explicit PermuteLayer(const PermuteOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  std::vector<size_t> order_, back_;
  Buffer<Real> input_, output_;
  Buffer<int32_t> ids_;
};

template <class Real>
class RepeatVectorLayer final : public UnaryLayer<Real> {
 public:
  explicit RepeatVectorLayer(const RepeatVectorOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  int64_t n_;
  Buffer<Real> input_, output_;
};

}  // namespace eddy
