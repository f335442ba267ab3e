// SPDX-License-Identifier: MIT
// Layers as Keras' config objects: the options of layers/options.h in Keras' key order.
#pragma once

#include <string>
#include <vector>

#include "eddy/layers.h"
#include "files/config_object.h"

namespace eddy::files {

// How the entries of a model's list of layers are written: as Keras 3 writes all objects, or, in
// .h5 files, with "class_name" and "config" alone.
enum class Form { full, legacy };

// {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, ...}
OrderedJson float32_policy();
// Refuses every other policy than float32; accepts the plain word of older files.
void expect_float32(const Json& value, const Where& where);

// `inputs`  the shapes the layer was built for; none: not built. `form` is for models inside.
OrderedJson layer_json(const LayerSpec& spec, const std::vector<Shape>& inputs, Form form);

// Whether further inputs of the layer are initial states.
bool has_states(const LayerSpec& spec);
// The RNN with a list of cells that the layer is or wraps: Keras wants its states in a list for
// each cell. Null: it is none.
const RNNOptions* stacked_cells(const LayerSpec& spec);

// "Sequential", "Functional" and, in Keras 2, "Model".
bool is_model_class(const std::string& class_name);

// `legacy`: written by Keras 2, where hard_sigmoid had another slope. Throws Error{not_supported}
// naming layer and key for what eddy does not have, Error{bad_file} for keys nobody knows.
LayerSpec read_layer(const Json& value, const Where& where, bool legacy);

}  // namespace eddy::files
