// SPDX-License-Identifier: MIT
// model.weights.h5: the weights of a model and the state of its optimizer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "files/hdf5_tree.h"
#include "files/model_config.h"
#include "model/network.h"

namespace eddy::files {

std::string weights_image(const Network& network);

// Throws Error{bad_file} naming layer, weight, expected and given shape unless the file holds every
// weight of the description. To be asked before a model of such sizes is built.
void check_weights(const Where& where, const Hdf5Tree& tree, const ModelConfig& config);

// Copies all weights of a built model.
void load_weights(const Where& where, const Hdf5Tree& tree, Network& network);

// optimizer/vars/0 and 1; nothing when the file has no optimizer.
struct OptimizerHead {
  int64_t iterations = 0;
  float learning_rate = 0;
  bool has_slots = false;
};
std::optional<OptimizerHead> read_optimizer_head(const Where& where, const Hdf5Tree& tree);

// Steps and slots of a compiled, built model. Throws Error{bad_file} for other slots than its own.
void load_optimizer(const Where& where, const Hdf5Tree& tree, const OptimizerHead& head,
                    Network& network);

}  // namespace eddy::files
