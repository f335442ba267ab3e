// SPDX-License-Identifier: MIT
// Models as Keras' config objects: Sequential's list of layers, and Functional's layers with the
// calls ("inbound_nodes") between them. Models stand inside of models as layers do.
#pragma once

#include <vector>

#include "eddy/layers.h"
#include "files/layer_config.h"

namespace eddy::files {

// Layers that a model's layers make when they are built, those of models inside at every place.
// More are refused: a few lines could ask for billions.
inline constexpr int64_t kMaxLiveLayers = 10'000;
int64_t live_layers(const GraphOptions& graph);

// The key "config". `inputs`  the shapes that the model was built for
OrderedJson graph_config_json(const GraphOptions& graph, const std::vector<Shape>& inputs,
                              Form form);
// The whole object, not compiled.
OrderedJson graph_json(const GraphOptions& graph, const std::vector<Shape>& inputs, Form form);

// The object of a model, in the words of Keras 3 or Keras 2; its compile_config is not looked at.
// A Sequential inside of a model may lack the shape of its input: it is {} then. Throws
// Error{bad_file} and Error{not_supported} as read_layer.
GraphOptions read_graph(const Json& object, const Where& where, bool legacy);

// An InputLayer.
InputOptions read_input(const Json& object, const Where& where);

// The parts of a Functional's "config" that say what is called on what.
void read_functional(ConfigObject& config, bool legacy, GraphOptions& graph);

}  // namespace eddy::files
