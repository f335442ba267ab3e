// SPDX-License-Identifier: MIT
// Normalization: numbers that were given or learned from data beforehand, not by training.
#pragma once

#include <memory>
#include <vector>

#include "layers/layer.h"

namespace eddy {

template <class Real>
class NormalizationLayer final : public UnaryLayer<Real> {
 public:
  explicit NormalizationLayer(const NormalizationOptions& options);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;
  std::unique_ptr<StepLayer<Real>> make_step() override;

 private:
  // From the weights as they are now, or from the given numbers: one each for every place.
  void set_places();
  // Calls row(i, k, step, width) for every row of the last axis: its first element, the place of
  // that and what leads from the place of one element to the next.
  template <class Row>
  void for_places(const Shape& shape, const Row& row) const;

  NormalizationOptions options_;
  std::vector<size_t> kept_;                         // axes with places, sorted
  Shape input_shape_;                                // with None
  Shape places_;                                     // lengths of those axes
  std::vector<double> mean_given_, variance_given_;  // repeated over the places
  Buffer<Real> mean_, deviation_;                    // of every place
  Buffer<Real> input_, output_;
};

}  // namespace eddy
