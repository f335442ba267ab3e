// SPDX-License-Identifier: MIT
// Bidirectional: a recurrent layer that reads forwards and one that reads backwards, and how their
// outputs are joined (Schuster and Paliwal 1997; Keras' merge modes).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "layers/gradient_sum.h"
#include "layers/layer.h"

namespace eddy {

// The descriptions of the forward and the backward layer, named and with the options that Keras
// gives them. Throws Error{invalid_argument} for layers that cannot be the two.
std::pair<LayerSpec, LayerSpec> both_layers(const BidirectionalOptions& options);

template <class Real>
class BidirectionalLayer final : public Layer<Real> {
 public:
  BidirectionalLayer(const BidirectionalOptions& options, uint64_t& streams);
  // Inputs: the sequence, then none or the initial states, the forward layer's first. Outputs:
  // merged (merge_mode none: both), then with return_state the forward and the backward states.
  std::vector<Shape> build(const std::vector<Shape>& inputs) override;
  void forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) override;
  void backward(Inputs<Real> in, std::span<const Signal<Real>> out, Gradients<Real> dout,
                Gradients<Real> din, const Pass& pass) override;
  std::vector<Weight<Real>*> weights() override;
  void reset_state() override;
  void exchange_state(SavedState& state) override;
  bool has_activity_penalty() const override;
  double activity_penalty(std::span<const Signal<Real>> out) const override;

 private:
  // One direction: its layer and what flows through it.
  struct Direction {
    std::unique_ptr<Layer<Real>> layer;
    bool trainable = true;
    std::vector<Shape> shapes;
    std::vector<Signal<Real>> out;
    std::vector<const Signal<Real>*> in;
    Gradient<Real> dvalue, dsequence;  // with respect to its output, and to the input
    std::vector<Gradient<Real>*> dout, din;
    Buffer<Real> turned;          // the backward layer's outputs in the order of time
    const Real* value = nullptr;  // its output in the order of time
  };
  enum class Merge { concat, sum, mul, ave, none };

  static Merge merge_of(const std::string& word, const std::string& layer);
  void run(Direction& direction, Inputs<Real> in, size_t first_state, const Pass& pass);
  void merge(Signal<Real>& out);
  void split(const Gradient<Real>& dout);
  void run_back(Direction& direction, Gradients<Real> dout, Gradients<Real> din, size_t first_out,
                size_t first_state, const Pass& pass);
  size_t state_outputs() const { return directions_[0].shapes.size() - 1; }
  size_t value_outputs() const { return merge_ == Merge::none ? 2 : 1; }

  Merge merge_;
  bool sequences_ = false;
  Direction directions_[2];  // forward, backward
  Buffer<Real> merged_;
  GradientSum<Real> sum_;
};

}  // namespace eddy
