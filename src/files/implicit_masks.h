// SPDX-License-Identifier: MIT
// Keras 3 writes the masks of a functional model into its description: operations that compute them
// from the ids, and arguments "mask" of the calls. In eddy masks follow the values by themselves,
// so those are read only to make sure that they say the same.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "eddy/layers.h"
#include "files/json_text.h"

namespace eddy::files {

// Output `output` of the node-th call of a layer, as configs name it.
struct TensorName {
  std::string layer;
  int64_t node = 0, output = 0;
};

// What stands in a description about masks.
struct Masks {
  struct Operation {
    std::string class_name;
    std::vector<const Json*> calls;  // its "inbound_nodes"
  };
  std::map<std::string, Operation> operations;        // by name
  std::vector<std::pair<int64_t, TensorName>> given;  // to which call of the graph
};

// Whether an entry of the list of layers is an operation on arrays, such as NotEqual.
bool is_operation(const Json& entry);

// The value of a name; throws for names of operations.
using Resolve = std::function<GraphOptions::Value(const TensorName&)>;

// Of every call: whether a mask reaches one of its inputs.
std::vector<bool> masked_calls(const GraphOptions& graph);

// Throws Error{not_supported} for a mask that does not come from an Embedding with mask_zero or a
// Masking in front of the call.
void check_masks(const GraphOptions& graph, const Masks& masks, const Resolve& resolve,
                 const Where& where);

}  // namespace eddy::files
