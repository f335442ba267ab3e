// SPDX-License-Identifier: MIT
#include "files/weights_file.h"

#include <map>
#include <string>
#include <utility>

#include "files/compile_config.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

constexpr const char* kOptimizer = "optimizer/vars";
// Keras 2.13 used another name for the root of all layers.
constexpr const char* kLayers = "layers";
constexpr const char* kOldLayers = "_layer_checkpoint_dependencies";

// Where each layer stands: snake case of the class, numbered in the order of the model.
std::vector<std::string> slot_names(const std::vector<SavedLayer>& layers) {
  std::map<std::string, int> used;
  std::vector<std::string> names;
  for (const SavedLayer& layer : layers) {
    const std::string name = snake_case(layer.class_name);
    const int before = used[name]++;
    names.push_back(before == 0 ? name : fmt::format("{}_{}", name, before));
  }
  return names;
}

// "lstm/cell/vars": the group of the arrays that a holder keeps.
std::string vars_of(const std::string& owner, const std::string& holder) {
  return owner + (holder.empty() ? "" : "/" + holder) + "/vars";
}

void add_layers(const Network& network, Hdf5Tree& tree) {
  tree.groups[kLayers];
  tree.groups["vars"]["name"] = network.name;
  const auto layers = saved_layers(network);
  const auto slots = slot_names(layers);
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::string owner = kLayers + ("/" + slots[i]);
    tree.groups[vars_of(owner, "")]["name"] = layers[i].name;
    std::map<std::string, int> count;
    for (const Weight<float>* weight : layers[i].weights) {
      const std::string vars = vars_of(owner, weight->holder);
      if (!weight->holder.empty()) {
        // Keras names a cell after its class.
        tree.groups[vars]["name"] = snake_case(layers[i].class_name) + "_" + weight->holder;
      }
      tree.arrays[fmt::format("{}/{}", vars, count[vars]++)] = array_of(*weight);
    }
  }
}

std::string layers_root(const Hdf5Tree& tree) {
  return tree.groups.contains(kLayers) ? kLayers : kOldLayers;
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

bool is_weights_layout(const Hdf5Tree& tree) { return tree.groups.contains(layers_root(tree)); }

FoundWeights find_weights(const Where& where, const Hdf5Tree& tree,
                          const std::vector<SavedLayer>& layers) {
  const std::string root = layers_root(tree);
  const auto slots = slot_names(layers);
  FoundWeights found;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Where place = where.at(fmt::format("layer '{}'", layers[i].name));
    std::map<std::string, int> count;
    for (Weight<float>* weight : layers[i].weights) {
      const std::string vars = vars_of(root + "/" + slots[i], weight->holder);
      const Where at = place.at(fmt::format("weight '{}'", weight->name));
      const Hdf5Array& array = array_at(at, tree, fmt::format("{}/{}", vars, count[vars]++));
      expect_shape(at, array, weight->shape);
      found.all.push_back({weight, array});
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
