// SPDX-License-Identifier: MIT
// Layers as Keras' config objects: the options of layers/options.h in Keras' key order.
#pragma once

#include "eddy/layers.h"
#include "files/config_object.h"

namespace eddy::files {

// {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, ...}
OrderedJson float32_policy();
// Refuses every other policy than float32; accepts the plain word of older files.
void expect_float32(const Json& value, const Where& where);

// `input`  the shape the layer was built for, written when it has weights
OrderedJson layer_json(const LayerSpec& spec, const Shape& input, bool has_weights);

// `legacy`: written by Keras 2, where hard_sigmoid had another slope. Throws Error{not_supported}
// naming layer and key for what eddy does not have, Error{bad_file} for keys nobody knows.
LayerSpec read_layer(const Json& value, const Where& where, bool legacy);

}  // namespace eddy::files
