// SPDX-License-Identifier: MIT
// What a training goes on from: the network's part of a backup, and what must be the same again.
#pragma once

#include <string>

#include "eddy/saved_state.h"
#include "model/batches.h"
#include "model/network.h"

namespace eddy {

// Weights, the seed of all random numbers, the optimizer and the states of stateful layers.
void exchange_network(SavedState& state, Network& network);

// Names what the numbers of a training follow from. Throws Error{invalid_argument}, when it goes
// on, for another value than it was begun with.
//   train  samples of the training part
void exchange_conditions(SavedState& state, const FitOptions& options, int64_t train,
                         const std::string& data_digest);

// SHA-256 of all inputs, targets and weights.
std::string digest_of(const Samples& samples, const Samples& validation);

}  // namespace eddy
