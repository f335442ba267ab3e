// SPDX-License-Identifier: MIT
// A recurrent layer step by step. A sequence's memory holds the states that enter a step and those
// that leave it, in turn, and the values that a step computes in between.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "layers/recurrent.h"

namespace eddy {
namespace {

int64_t whole_lines(int64_t elements) {
  constexpr int64_t kLine = 16;
  return (elements + kLine - 1) / kLine * kLine;
}

}  // namespace

// Weights in gate order, as the layer packs them.
template <class Real>
struct StepWeights {
  CellSpec spec;
  ActivationPair activations;
  int64_t features, units, padded;
  Buffer<Real> bias, recurrent_bias, vectors;
  PackedMatrix<Real> w, u;
};

template <class Real>
class RecurrentStep final : public StepLayer<Real> {
 public:
  RecurrentStep(StepWeights<Real> weights, CellKernels<Real> cell)
      : weights_(std::move(weights)), cell_(cell) {
    const StepWeights<Real>& w = weights_;
    stride_ = whole_lines(w.padded);
    group_ = w.spec.states * stride_;
    args_.activations = w.activations;
    args_.rows = 1;
    args_.units = w.units;
    args_.padded_units = w.padded;
    args_.gates_per_unit = w.spec.gates;
    args_.zx = w.bias.data();
    args_.features = w.features;
    args_.w = &w.w;
    args_.vectors = w.vectors.data();
    args_.recurrent_bias = w.spec.has_recurrent_bias ? w.recurrent_bias.data() : nullptr;
    args_.u = &w.u;
    args_.prev_stride = args_.next_stride = stride_;
  }

  int64_t memory() const override { return 2 * group_; }

  const Real* step(const StepValue<Real>& in, int64_t number, Real* memory) const override {
    Real* next = memory + (~number & 1) * group_;
    cell_.step(args_, in.values, memory + (number & 1) * group_, next, (number & 1) != 0);
    return next;
  }

 private:
  StepWeights<Real> weights_;
  CellKernels<Real> cell_;
  ForwardArgs<Real> args_;
  int64_t stride_, group_;
};

template <class Real>
std::unique_ptr<StepLayer<Real>> RecurrentLayer<Real>::make_step() {
  const auto refuse = [&](const std::string& what, const char* fix) {
    throw Error(ErrorCode::not_supported, this->name(), "step by step: expected " + what + ".",
                fix);
  };
  if (options_.go_backwards) {
    refuse("go_backwards = false, got true", "a later step is not known yet; use predict.");
  }
  if (options_.return_state) {
    refuse("return_state = false, got true", "the states stay inside of the stream.");
  }
  if (options_.peephole == "full" || spec_.scaled_gate >= 0 || activations_.over_rows()) {
    refuse("a cell whose gates all see h U, got another",
           "use reset_after = true, peephole none or diagonal, and activations of one number.");
  }
  copies_ = 1;
  by_gates_ = false;
  memory_.forget();  // the packed weights go to the step
  walk_multiplies_input_ = true;
  pack_weights(false);
  StepWeights<Real> weights;
  weights.spec = spec_;
  weights.activations = activations_;
  weights.features = features_;
  weights.units = units_;
  weights.padded = padded_;
  weights.bias = std::move(bias_columns_);
  weights.recurrent_bias = std::move(recurrent_bias_);
  weights.vectors = std::move(vectors_);
  weights.w = std::move(w_);
  weights.u = std::move(u_);
  return std::make_unique<RecurrentStep<Real>>(std::move(weights), cell_);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
