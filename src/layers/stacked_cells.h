// SPDX-License-Identifier: MIT
// RNN(cell) and RNN([cell, ...]): recurrent layers one above another. At every step a cell takes
// what the one below gives, which is the same as running the layers one after another.
#pragma once

#include <memory>
#include <vector>

#include "layers/graph.h"
#include "layers/layer.h"

namespace eddy {

template <class Real>
class StackedCellsLayer final : public Layer<Real> {
 public:
  StackedCellsLayer(const RNNOptions& options, uint64_t& streams);
  // Inputs and outputs as a recurrent layer's; the states of the first cell stand first.
  std::vector<Shape> build(const std::vector<Shape>& inputs) override;
  void forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) override;
  void backward(Inputs<Real> in, std::span<const Signal<Real>> out, Gradients<Real> dout,
                Gradients<Real> din, const Pass& pass) override;
  std::vector<Weight<Real>*> weights() override { return graph_->weights(); }
  void reset_state() override { graph_->reset_state(); }
  void exchange_state(SavedState& state) override { graph_->exchange_state(state); }

 private:
  const Signal<Real>* reversed(const Signal<Real>& in);

  RNNOptions options_;
  uint64_t& streams_;
  // Several cells walk backwards over a sequence that is turned round: each takes the outputs of
  // the one below in the order of processing.
  bool turn_ = false;
  std::unique_ptr<Graph<Real>> graph_;
  Signal<Real> turned_;
  Buffer<Real> values_, turned_values_;
  Buffer<uint8_t> turned_mask_;
  std::vector<const Signal<Real>*> inputs_;
};

// [B, T, width] with the steps of every row in the opposite order.
template <class T>
void reverse_steps(int64_t rows, int64_t steps, int64_t width, const T* from, T* to);

}  // namespace eddy
