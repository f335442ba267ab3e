// SPDX-License-Identifier: MIT
// A compiled network measured over data: the loss with its penalties (weighted by samples) and the
// metrics.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "model/batches.h"
#include "model/network.h"
#include "training/objective.h"

namespace eddy {

// Data to measure on; all borrowed.
struct TestData {
  Samples samples;
  int64_t first = 0, count = 0;  // samples first ... first + count - 1, in their order
  int64_t batch_size = 32;
  int64_t steps = 0;  // batches; 0: all

  int64_t batches() const {
    const int64_t all = (count + batch_size - 1) / batch_size;
    return steps > 0 && steps < all ? steps : all;
  }
};

class Evaluation {
 public:
  // targets  shapes of every y: "accuracy" depends on them. The network must be built and compiled.
  Evaluation(Network& network, const std::vector<const Tensor*>& targets);

  Objective& objective() { return objective_; }
  const Objective& objective() const { return objective_; }
  // Throws Error{shape_mismatch} or Error{bad_data} when targets or weights do not fit.
  void check(const Samples& samples) const;
  void reset() { objective_.reset(); }

  // The loss of one batch without penalties; adds it to the outputs' own losses.
  //   gradients  one an output; null: not wanted
  double loss(std::span<const Signal<float>> predictions, const Batches& batch,
              std::vector<Gradient<float>>* gradients);
  void add_metrics() { objective_.add_metrics(outputs_); }  // of the last loss()
  void add_total(double loss, int64_t samples) { objective_.add_total(loss, samples); }

  // Resets, then runs the data. `before` and `after` are called around every batch with its number.
  using Hook = std::function<void(int64_t batch)>;
  void run(const TestData& data, const Hook& before = {}, const Hook& after = {});
  Metrics results() const { return objective_.results(); }  // loss first, then the metrics
  Metrics logs() const;                                     // the same, sorted by name

 private:
  Network& network_;
  Objective objective_;
  std::vector<OutputBatch<float>> outputs_;  // of the batch at hand
};

}  // namespace eddy
