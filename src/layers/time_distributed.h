// SPDX-License-Identifier: MIT
// TimeDistributed: a layer for every step of [B, T, ...]. The steps are further samples to it, so
// it runs once.
#pragma once

#include <memory>
#include <vector>

#include "layers/layer.h"

namespace eddy {

template <class Real>
class TimeDistributedLayer final : public UnaryLayer<Real> {
 public:
  TimeDistributedLayer(const TimeDistributedOptions& options, uint64_t& streams);
  Shape build_one(const Shape& input) override;
  void forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) override;
  void backward_one(const Signal<Real>& in, const Signal<Real>& out, Gradient<Real>& dout,
                    Gradient<Real>* din, const Pass& pass) override;
  std::vector<Weight<Real>*> weights() override { return layer_->weights(); }
  void relink() override { layer_->relink(); }
  void reset_state() override { layer_->reset_state(); }
  void exchange_state(SavedState& state) override { layer_->exchange_state(state); }
  std::unique_ptr<StepLayer<Real>> make_step() override { return layer_->make_step(); }

 private:
  std::unique_ptr<Layer<Real>> layer_;
  bool layer_trains_;
  Signal<Real> step_in_;
  std::vector<Signal<Real>> step_out_ = std::vector<Signal<Real>>(1);
};

}  // namespace eddy
