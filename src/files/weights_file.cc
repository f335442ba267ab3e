// SPDX-License-Identifier: MIT
#include "files/weights_file.h"

#include <map>
#include <string>

#include "files/compile_config.h"
#include "files/saved_objects.h"

namespace eddy::files {
namespace {

constexpr const char* kOptimizer = "optimizer/vars";
// Keras 2.13 used another name for the root of all layers.
constexpr const char* kLayers = "layers";
constexpr const char* kOldLayers = "_layer_checkpoint_dependencies";

// Where the layers' groups are in the file's own words: a weight's holder, "layers/lstm/cell", has
// today's.
std::string path_in(const Hdf5Tree& tree, const std::string& holder) {
  if (tree.groups.contains(kLayers)) return holder;
  std::string path = "/" + holder;
  const std::string now = std::string("/") + kLayers + "/",
                    then = std::string("/") + kOldLayers + "/";
  for (size_t at = path.find(now); at != std::string::npos; at = path.find(now, at + 1)) {
    path.replace(at, now.size(), then);
  }
  return path.substr(1);
}

void add_layers(const Network& network, Hdf5Tree& tree) {
  tree.groups[kLayers];
  tree.groups["vars"]["name"] = network.name;
  for (const SavedObject& object : saved_objects(network.graph->options(), network.name)) {
    tree.groups[object.path + "/vars"]["name"] = object.name;
  }
  std::map<std::string, int> count;
  for (const Weight<float>* weight : network.graph->weights()) {
    const std::string vars = weight->holder + "/vars";
    tree.arrays[fmt::format("{}/{}", vars, count[vars]++)] = array_of(*weight, tree.unpacked);
  }
}

}  // namespace

std::string weights_image(const Network& network) {
  Hdf5Tree tree;
  add_layers(network, tree);
  SavedOptimizer optimizer;
  if (network.compiled) {
    tree.groups[kOptimizer]["name"] = optimizer_object_name(network.compiled->optimizer);
    save_optimizer(network, optimizer);
    for (size_t i = 0; i < optimizer.items.size(); ++i) {
      tree.arrays[fmt::format("{}/{}", kOptimizer, i)] = optimizer.items[i].array;
    }
  }
  return write_hdf5(tree);
}

bool is_weights_layout(const Hdf5Tree& tree) {
  return tree.groups.contains(kLayers) || tree.groups.contains(kOldLayers);
}

FoundWeights find_weights(const Where& where, const Hdf5Tree& tree,
                          const std::vector<SavedLayer>& layers) {
  FoundWeights found;
  for (const SavedLayer& layer : layers) {
    const Where place = where.at(fmt::format("layer '{}'", layer.name));
    std::map<std::string, int> count;
    for (Weight<float>* weight : layer.weights) {
      const std::string vars = path_in(tree, weight->holder) + "/vars";
      const Where at = place.at(fmt::format("weight '{}'", weight->name));
      const Hdf5Array& array = array_at(at, tree, fmt::format("{}/{}", vars, count[vars]++));
      found.all.push_back(found_weight(at, *weight, array, found.converted));
    }
    for (const auto& [vars, used] : count) {
      if (tree.arrays.contains(fmt::format("{}/{}", vars, used))) {
        bad_file(place, fmt::format("{} weights", used), "more", kOtherModel);
      }
    }
  }
  return found;
}

OptimizerArrays find_optimizer(const Hdf5Tree& tree) {
  OptimizerArrays arrays;
  for (;;) {
    const auto found = tree.arrays.find(fmt::format("{}/{}", kOptimizer, arrays.size()));
    if (found == tree.arrays.end()) return arrays;
    arrays.push_back(&found->second);
  }
}

std::string saved_optimizer_name(const Hdf5Tree& tree) {
  const auto group = tree.groups.find(kOptimizer);
  if (group == tree.groups.end()) return {};
  const auto name = group->second.find("name");
  const bool one = name != group->second.end() && name->second.values.size() == 1;
  return one ? name->second.values[0] : std::string();
}

}  // namespace eddy::files
