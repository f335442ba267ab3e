// SPDX-License-Identifier: MIT
// model.weights.h5: the weights of a model and the state of its optimizer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "files/hdf5_tree.h"
#include "model/network.h"

namespace eddy::files {

std::string weights_image(const Network& network);

// Gives a declared stack memory and its weights their values. Before that, throws Error{bad_file}
// naming layer, weight, expected and given shape unless the file holds every weight: no description
// makes it ask for more memory than the file has.
void load_weights(const Where& where, const Hdf5Tree& tree, const std::vector<LayerSpec>& specs,
                  Graph<float>& stack);

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
