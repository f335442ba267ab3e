// SPDX-License-Identifier: MIT
// The article's networks once more, as plainly as can be: every row, every step, every product
// written out in double, and RMSprop on whole arrays.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/tensor.h"

namespace eddy::golden {

class Oracle {
 public:
  // Weights in Keras' order: embeddings, kernel, recurrent_kernel, bias, Dense kernel and bias.
  Oracle(std::string cell, const std::vector<Tensor>& weights, double learning_rate);

  // One step of training; the loss before it.
  //   ids  [B, T]   labels  [B]
  double step(const int32_t* ids, const float* labels, int64_t rows, int64_t steps);

 private:
  using Vector = std::vector<double>;
  enum Index { kTable, kKernel, kRecurrent, kBias, kDense, kDenseBias };
  // What backward needs of one step of a row.
  struct Moment {
    Vector h, c;        // before the step
    Vector gates;       // [G, H] after their activations
    Vector recurrent;   // GRU: h U + b of the candidate, before the reset gate
    Vector carry_tanh;  // LSTM: tanh of the new carry
  };
  void step_forward(const double* x, Vector& h, Vector& c, Moment& moment) const;
  void step_backward(const double* x, const Moment& moment, Vector& dh, Vector& dc, double* dx);
  void back_lstm(const Moment& moment, const Vector& dh, Vector& dc, Vector& dz) const;
  void back_gru(const Moment& moment, const Vector& dh, Vector& dz, Vector& dzh,
                Vector& dh_before) const;
  void apply();

  std::string cell_;
  size_t units_, gates_, features_;
  double learning_rate_;
  std::vector<Vector> weights_, gradients_, velocities_;
};

}  // namespace eddy::golden
