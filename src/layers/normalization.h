// SPDX-License-Identifier: MIT
// LayerNormalization: moments of each sample. BatchNormalization: moments of each channel.
#pragma once

#include <memory>
#include <vector>

#include "kernels/layer_norm.h"
#include "layers/layer.h"

namespace eddy {

template <class Real>
class LayerNormalizationLayer final : public UnaryLayer<Real> {
 public:
  explicit LayerNormalizationLayer(const LayerNormalizationOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;
  std::unique_ptr<StepLayer<Real>> make_step() override;

 private:
  // Input with the normalized axes last: as it stands, or brought into this order.
  const Real* rows_of(const Signal<Real>& in);
  const Real* gamma() const;
  const Real* beta() const;

  LayerNormalizationOptions options_;
  const LayerNormKernels<Real>* kernel_;
  std::vector<size_t> order_, back_;  // of axes; empty: the normalized ones are the last
  bool steps_mixed_ = false;          // the time axis is among them
  bool features_alone_ = false;       // the last axis and no other
  int64_t width_ = 0;                 // elements that are normalized together
  Shape ordered_;
  Buffer<Real> input_, permuted_, output_, normalized_, mean_, inverse_;
  Buffer<Real> dpermuted_, parts_;  // parts: gradients of gamma and beta of each block of rows
};

// Letters: C channels (the axis), N elements of a channel in the batch.
template <class Real>
class BatchNormalizationLayer final : public UnaryLayer<Real> {
 public:
  explicit BatchNormalizationLayer(const BatchNormalizationOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;

 private:
  // The array as [outer, C, inner]; a row is the last axis, as masks count.
  struct View {
    int64_t outer, channels, inner, last;
    bool by_column;  // the last axis is the channels; else a row belongs to one channel
    int64_t rows() const { return outer * channels * inner / last; }
    int64_t channel(int64_t row) const { return row / (inner / last) % channels; }
  };
  View view(const Signal<Real>& in) const;
  // sums[c] = sum of term(i, c) over the elements i of channel c that the mask shows.
  template <class Term>
  void sum_channels(const View& view, const uint8_t* mask, Buffer<double>& sums, const Term& term);
  // Calls body(i, c, row) for every element.
  template <class Body>
  void for_elements(const View& view, const Body& body) const;
  void batch_moments(const View& view, const Real* x, const uint8_t* mask);
  void move_averages();
  void input_gradient(const View& view, const Real* x, const uint8_t* mask, const Real* dy,
                      Real* dx);

  BatchNormalizationOptions options_;
  size_t gamma_ = 0, beta_ = 0, moving_ = 0;  // places among the weights
  size_t axis_ = 0;
  Buffer<double> mean_, variance_, count_, sum_dy_, sum_dyx_;  // [C]
  Buffer<Real> input_, output_, parts_;
  Buffer<Real> scale_, shift_, center_, inverse_, dmean_, dvariance_;  // [C]
};

}  // namespace eddy
