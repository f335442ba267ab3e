// SPDX-License-Identifier: MIT
// The layout of .h5 files, whole models and weights alone, Keras 1 to 3: a group per layer, whose
// attribute "weight_names" lists its arrays. Names differ between Keras' versions; order counts.
#pragma once

#include <vector>

#include "files/saved_arrays.h"

namespace eddy::files {

// Adds the groups "model_weights" and, for a compiled model, "optimizer_weights". `optimizer` must
// live until the tree is written.
void add_legacy_weights(const Network& network, Hdf5Tree& tree, SavedOptimizer& optimizer);

// Weights of a whole model or, at the root, of a file of weights alone.
bool is_legacy_layout(const Hdf5Tree& tree);

// Throws Error{bad_file} as find_weights in weights_file.h. Weights of CuDNNLSTM and CuDNNGRU
// become those of LSTM and of GRU with reset_after.
FoundWeights find_legacy_weights(const Where& where, const Hdf5Tree& tree,
                                 const std::vector<SavedLayer>& layers);

// Empty also for optimizers of tf.keras before 2.11, whose arrays stand in another order.
OptimizerArrays find_legacy_optimizer(const Where& where, const Hdf5Tree& tree);

// The attribute `name` of a group, put together where it was split ("layer_names0", ...). Throws
// Error{bad_file} when there is none.
std::vector<std::string> legacy_names(const Where& where, const Hdf5Tree& tree,
                                      const std::string& group, const std::string& name);

}  // namespace eddy::files
