// SPDX-License-Identifier: MIT
// The layout of model.weights.h5 and of standalone .weights.h5 files, Keras 2.13 and later: every
// object keeps its arrays in a group "vars" below the path by which the model holds it.
#pragma once

#include <vector>

#include "files/saved_arrays.h"

namespace eddy::files {

// The file of a built model, with the state of its optimizer if it is compiled.
std::string weights_image(const Network& network);

bool is_weights_layout(const Hdf5Tree& tree);

// Throws Error{bad_file} naming layer, weight, expected and given shape unless the file holds every
// weight and none besides.
FoundWeights find_weights(const Where& where, const Hdf5Tree& tree,
                          const std::vector<SavedLayer>& layers);

OptimizerArrays find_optimizer(const Hdf5Tree& tree);
// "rm_sprop", "adam", ...: what Keras called the optimizer; "": nothing there.
std::string saved_optimizer_name(const Hdf5Tree& tree);

}  // namespace eddy::files
