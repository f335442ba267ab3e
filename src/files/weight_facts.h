// SPDX-License-Identifier: MIT
// Numbers about the arrays of layers; see eddy/inspect.h.
#pragma once

#include <string>
#include <vector>

#include "eddy/inspect.h"
#include "layers/layer.h"
#include "layers/weight_path.h"

namespace eddy::files {

WeightFacts weight_facts(const Weight<float>& weight, int64_t bins);

// Of every recurrent cell with gates and a bias in the layer.
std::vector<GateFacts> gate_facts(const LayerSpec& spec, const Layer<float>& layer);

}  // namespace eddy::files
