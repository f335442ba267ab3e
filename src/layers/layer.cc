// SPDX-License-Identifier: MIT
#include "layers/layer.h"

#include <fmt/format.h>

#include "eddy/error.h"
#include "layers/regularizers.h"

namespace eddy {

void check_input_count(const std::string& layer, size_t count, size_t low, size_t high) {
  if (count >= low && count <= high) return;
  throw Error(ErrorCode::invalid_argument, layer,
              low == high ? fmt::format("inputs: expected {}, got {}.", low, count)
                          : fmt::format("inputs: expected {} to {}, got {}.", low, high, count),
              "call the layer on that many values.");
}

template <class Real>
double Layer<Real>::activity_penalty(std::span<const Signal<Real>> out) const {
  if (!activity_regularizer_) return 0;
  double sum = 0;
  for (const auto& signal : out) sum += activity_penalty_of(*activity_regularizer_, signal);
  return sum;
}

template <class Real>
void Layer<Real>::add_activity_gradients(std::span<const Signal<Real>> out,
                                         Gradients<Real> dout) const {
  if (!activity_regularizer_) return;
  for (size_t k = 0; k < out.size(); ++k) {
    if (!dout[k]->any) {
      dout[k]->any = true;
      dout[k]->at_logits = dout[k]->by_rows = false;
      dout[k]->dense.resize_zeroed(static_cast<size_t>(out[k].size()));
    }
    add_activity_gradient(*activity_regularizer_, out[k], *dout[k]);
  }
}

template <class Real>
std::unique_ptr<StepLayer<Real>> Layer<Real>::make_step() {
  throw Error(
      ErrorCode::not_supported, name_,
      "step by step: expected Embedding, SimpleRNN, LSTM, GRU, Dense, Activation, Dropout, "
      "SpatialDropout1D, LayerNormalization of the features or TimeDistributed of these, got "
      "another layer.",
      "give whole sequences to predict.");
}

template class Layer<float>;
template class Layer<double>;

}  // namespace eddy
