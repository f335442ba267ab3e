// SPDX-License-Identifier: MIT
// The objects that a model is made of (layers, cells, models inside), as Keras' layouts name them.
#pragma once

#include <string>
#include <vector>

#include "eddy/layers.h"

namespace eddy::files {

struct SavedObject {
  std::string path;       // in weights files: "layers/lstm/cell"
  std::string name;       // Keras' name of the object: "lstm_cell"
  std::string variables;  // what its variables' names begin with: "sequential/lstm/lstm_cell/"
};

// In the model's order, the ones without variables among them; not the model itself. `name` is the
// model's.
std::vector<SavedObject> saved_objects(const GraphOptions& graph, const std::string& name);

}  // namespace eddy::files
