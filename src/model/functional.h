// SPDX-License-Identifier: MIT
// From symbols to a graph: what was called on what, in Keras' order of layers.
#pragma once

#include <string>
#include <vector>

#include "eddy/layers.h"

namespace eddy {

// Every layer that the outputs depend on, unnamed ones named. Throws Error{invalid_argument} for
// outputs that depend on an InputLayer which is not among the inputs.
GraphOptions trace_graph(const std::vector<Symbol>& inputs, const std::vector<Symbol>& outputs,
                         const std::string& name);

// Keras' automatic name: snake case of the class, then _1, _2, ... among the layers before. A layer
// inside a wrapper gets its name as well.
void name_layer(LayerSpec& spec, const std::vector<LayerSpec>& before);

}  // namespace eddy
