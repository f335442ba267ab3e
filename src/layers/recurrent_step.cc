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
  // Where all gates add up x W and h U, `u` holds both, U above W, and the input stands behind h.
  bool together;
  PackedMatrix<Real> w, u;
};

template <class Real>
class RecurrentStep final : public StepLayer<Real> {
 public:
  RecurrentStep(StepWeights<Real> weights, CellKernels<Real> cell)
      : weights_(std::move(weights)), kernel_(&kernels<Real>()), cell_(cell) {
    const StepWeights<Real>& w = weights_;
    width_ = w.spec.gates * w.padded;
    // Behind h there is place for the input.
    stride_ = whole_lines(std::max(w.padded, w.units + (w.together ? w.features : 0)));
    group_ = w.spec.states * stride_;
    args_.activations = w.activations;
    args_.rows = 1;
    args_.units = w.units + (w.together ? w.features : 0);
    args_.padded_units = w.padded;
    args_.gates_per_unit = w.spec.gates;
    args_.zx = w.bias.data();
    args_.vectors = w.vectors.data();
    args_.recurrent_bias = w.spec.has_recurrent_bias ? w.recurrent_bias.data() : nullptr;
    args_.u = &w.u;
    args_.prev_stride = args_.next_stride = stride_;
  }

  int64_t memory() const override { return 2 * group_ + whole_lines(width_); }

  const Real* step(const StepValue<Real>& in, int64_t number, Real* memory) const override {
    const StepWeights<Real>& w = weights_;
    Real* prev = memory + (number & 1) * group_;
    Real* next = memory + (~number & 1) * group_;
    ForwardArgs<Real> args = args_;
    args.prev = prev;
    args.next = next;
    args.last_block_first = (number & 1) != 0;
    if (w.together) {
      std::copy_n(in.values, w.features, prev + w.units);
    } else {
      Real* zx = memory + 2 * group_;
      kernel_->product(ProductArgs<Real>{.rows = 1,
                                         .a = in.values,
                                         .a_stride = w.features,
                                         .b = &w.w,
                                         .bias = w.bias.data(),
                                         .c = zx,
                                         .c_stride = width_});
      args.zx = zx;
    }
    cell_.forward(args);
    return next;
  }

 private:
  StepWeights<Real> weights_;
  const Kernels<Real>* kernel_;
  CellKernels<Real> cell_;
  ForwardArgs<Real> args_;
  int64_t width_, stride_, group_;
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
  pack_weights(false);
  StepWeights<Real> weights;
  weights.spec = spec_;
  weights.activations = activations_;
  weights.features = features_;
  weights.units = units_;
  weights.padded = padded_;
  weights.together = spec_.apart == spec_.gates;
  weights.bias = std::move(bias_columns_);
  weights.recurrent_bias = std::move(recurrent_bias_);
  weights.vectors = std::move(vectors_);
  weights.w = std::move(w_);
  weights.u = std::move(u_);
  if (weights.together) {
    const int64_t width = gate_width();
    Buffer<Real> both(static_cast<size_t>((units_ + features_) * width));
    std::copy_n(recurrent_columns_.data(), units_ * width, both.data());
    std::copy_n(input_columns_.data(), features_ * width, both.data() + units_ * width);
    pack<Real>({both.data(), width, 1}, units_ + features_, width, cell_.lanes,
               spec_.gates * blocks_per_panel(spec_.gates), weights.u);
  }
  return std::make_unique<RecurrentStep<Real>>(std::move(weights), cell_);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
