// SPDX-License-Identifier: MIT
// Running means of the loss (weighted by samples) and the metrics.
#pragma once

#include <string>
#include <vector>

#include "model/network.h"
#include "training/losses.h"

namespace eddy {

class Evaluation {
 public:
  // targets  shape of y: "accuracy" depends on it. The network must be built and compiled.
  Evaluation(Network& network, const Shape& targets);

  const Loss& loss() const { return loss_; }
  void reset();
  void add(double loss, const Signal<float>& prediction, const Targets& targets);
  // Resets, then runs samples first ... first + count - 1 in their order.
  void run(const Input& x, const Tensor& y, int64_t first, int64_t count, int64_t batch_size);
  Metrics results() const;  // loss first, then the metrics as compiled

 private:
  Network& network_;
  Loss loss_;
  std::vector<Metric> metrics_;
  double loss_sum_ = 0, samples_ = 0;
};

}  // namespace eddy
