// SPDX-License-Identifier: MIT
#include "layers/time_distributed.h"

#include <fmt/format.h>

#include <algorithm>

#include "layers/factory.h"

namespace eddy {

template <class Real>
TimeDistributedLayer<Real>::TimeDistributedLayer(const TimeDistributedOptions& options,
                                                 uint64_t& streams)
    : UnaryLayer<Real>(options.name), layer_trains_(!options.layer || options.layer->trainable) {
  if (!options.layer) {
    throw Error(ErrorCode::invalid_argument, this->name(), "layer: expected one, got none.",
                "give the layer that every step goes through, e.g. Dense(8).");
  }
  layer_ = make_layer<Real>(*options.layer, streams);
}

template <class Real>
Shape TimeDistributedLayer<Real>::build_one(const Shape& input) {
  if (input.size() < 3) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected [batch, time, ...], got {}.", to_string(input)),
                "put it after a layer with return_sequences.");
  }
  Shape step = input;
  step.erase(step.begin() + 1);
  const auto outputs = layer_->build(std::vector<Shape>{step});
  if (outputs.size() != 1) {
    throw Error(ErrorCode::not_supported, this->name(),
                fmt::format("layer: expected one output, got {}.", outputs.size()),
                "leave return_state out.");
  }
  for (auto* weight : layer_->weights()) {
    if (!weight->trainable) {
      throw Error(ErrorCode::not_supported, this->name(),
                  "layer: expected one without moving averages, got " + layer_->name() + ".",
                  "BatchNormalization works on [batch, time, features] without TimeDistributed.");
    }
    weight->holder = weight->holder.empty() ? "layer" : "layer/" + weight->holder;
  }
  if (!layer_trains_) layer_->freeze();
  Shape output = outputs[0];
  output.insert(output.begin() + 1, input[1]);
  return output;
}

template <class Real>
void TimeDistributedLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out,
                                             const Pass& pass) {
  step_in_ = in;
  step_in_.shape.erase(step_in_.shape.begin() + 1);
  step_in_.shape[0] = in.shape[0] * in.shape[1];
  step_in_.prefix = nullptr;
  if (in.mask != nullptr && in.mask_rank > 2) {
    --step_in_.mask_rank;  // [B, T, steps of the inner layer]
  } else {
    step_in_.mask = nullptr;
  }
  step_in_.logits = nullptr;
  step_out_[0].reset();
  const Signal<Real>* inputs[] = {&step_in_};
  layer_->forward(inputs, step_out_, pass);
  out = step_out_[0];
  out.shape[0] = in.shape[0];
  out.shape.insert(out.shape.begin() + 1, in.shape[1]);
  out.mask = nullptr;
  out.prefix = nullptr;
  // A mask over steps that the inner layer has used up says nothing about its outputs.
  const auto end = in.shape.begin() + static_cast<std::ptrdiff_t>(in.mask_rank);
  const bool fits =
      in.mask_rank < out.shape.size() && std::equal(in.shape.begin(), end, out.shape.begin());
  if (fits) out.take_mask(in);
}

template <class Real>
void TimeDistributedLayer<Real>::backward_one(const Signal<Real>&, const Signal<Real>&,
                                              Gradient<Real>& dout, Gradient<Real>* din,
                                              const Pass& pass) {
  const Signal<Real>* inputs[] = {&step_in_};
  Gradient<Real>* douts[] = {&dout};
  Gradient<Real>* dins[] = {din};
  layer_->backward(inputs, step_out_, douts, dins, pass);
}

template class TimeDistributedLayer<float>;
template class TimeDistributedLayer<double>;

}  // namespace eddy
