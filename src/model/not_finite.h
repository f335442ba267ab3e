// SPDX-License-Identifier: MIT
// What spoiled a training: looked for only once its numbers are NaN or infinite.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/callback.h"
#include "model/batches.h"
#include "model/network.h"

namespace eddy {

// The norms of the last gradients. It looks at those of a batch only while the loss is more than
// twice that of the first one, so that it costs nothing while all is well.
class GradientWatch {
 public:
  explicit GradientWatch(const Network& network) : network_(network) {}

  // Between the backward pass of a batch and its update.
  void note(double loss);
  bool has_steps() const { return first_loss_.has_value(); }
  NotFinite::Norms norms() const;

 private:
  const Network& network_;
  std::optional<double> first_loss_;
  bool noted_ = false;  // the last batch is in kept_
  std::deque<std::vector<double>> kept_;
};

struct BatchPlace {
  int64_t epoch = 0, batch = 0;  // 0-based
};

// Of every layer that has some, the norm of its gradients as they stand.
std::vector<std::pair<std::string, double>> gradient_norms(const Network& network);

// After a batch whose loss is not finite.
//   order  [batch size]  which sample of the data each row is
NotFinite find_not_finite(const Network& network, const Batches& batches, const int64_t* order,
                          const GradientWatch& watch, BatchPlace now, BatchPlace before);
// After an update that left weights so.
NotFinite find_bad_update(const Network& network, const GradientWatch& watch, BatchPlace now);

// Whether every weight that training moves is finite.
bool weights_are_finite(const Network& network);

}  // namespace eddy
