// SPDX-License-Identifier: MIT
#include "files/legacy_weights.h"

#include <algorithm>
#include <map>
#include <utility>

#include "files/compile_config.h"
#include "files/cudnn_weights.h"
#include "files/saved_objects.h"

namespace eddy::files {
namespace {

constexpr const char* kModelWeights = "model_weights";
constexpr const char* kOptimizerWeights = "optimizer_weights";
constexpr const char* kTopLevel = "top_level_model_weights";
constexpr const char* kLayerNames = "layer_names";
constexpr const char* kWeightNames = "weight_names";

// Keras splits a list of names whose numpy array has more bytes than this.
constexpr size_t kHeaderLimit = 64512;
constexpr size_t kMaxParts = 10'000;

void add_names(Hdf5Texts& texts, const char* name, const std::vector<std::string>& all) {
  size_t longest = 0;
  for (const auto& text : all) longest = std::max(longest, text.size());
  const size_t each = 4 * longest;  // numpy's characters have four bytes
  size_t parts = 1;
  while ((all.size() + parts - 1) / parts * each > kHeaderLimit && parts < all.size()) ++parts;
  if (parts == 1) {
    texts[name] = all;
    return;
  }
  // As even as possible, the longer ones first.
  for (size_t part = 0, begin = 0; part < parts; ++part) {
    const size_t size = all.size() / parts + (part < all.size() % parts ? 1 : 0);
    texts[fmt::format("{}{}", name, part)] =
        std::vector<std::string>(all.begin() + static_cast<int64_t>(begin),
                                 all.begin() + static_cast<int64_t>(begin + size));
    begin += size;
  }
}

// Trainable ones first: that is how Keras lists the weights of a layer here.
std::vector<Weight<float>*> legacy_order(const SavedLayer& layer) {
  auto weights = layer.weights;
  std::stable_partition(weights.begin(), weights.end(),
                        [](const Weight<float>* weight) { return weight->trainable; });
  return weights;
}

std::string root_of(const Hdf5Tree& tree) {
  return tree.groups.contains(kModelWeights) ? std::string(kModelWeights) + "/" : "";
}

std::string group_of(const std::string& path) {
  return path.empty() ? path : path.substr(0, path.size() - 1);
}

bool has_names(const Hdf5Tree& tree, const std::string& group, const std::string& name) {
  const auto found = tree.groups.find(group);
  return found != tree.groups.end() &&
         (found->second.contains(name) || found->second.contains(name + "0"));
}

// The layers of the file that have weights, and where these stand.
struct FileLayer {
  std::string name;
  std::vector<std::string> paths;
};

std::vector<FileLayer> layers_with_weights(const Where& where, const Hdf5Tree& tree) {
  const std::string root = root_of(tree);
  std::vector<FileLayer> layers;
  for (const auto& name : legacy_names(where, tree, group_of(root), kLayerNames)) {
    const std::string group = root + name;
    FileLayer layer{name, {}};
    for (const auto& weight :
         legacy_names(where.at(fmt::format("layer '{}'", name)), tree, group, kWeightNames)) {
      layer.paths.push_back(fmt::format("{}/{}", group, weight));
    }
    if (!layer.paths.empty()) layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace

void add_legacy_weights(const Network& network, Hdf5Tree& tree, SavedOptimizer& optimizer) {
  std::vector<std::string> layer_names;
  const std::string root = std::string(kModelWeights) + "/";
  std::map<std::string, std::string> variables;  // by path
  for (const auto& object : saved_objects(network.graph->options(), network.name)) {
    variables[object.path] = object.variables;
  }
  for (const SavedLayer& layer : saved_layers(network)) {
    layer_names.push_back(layer.name);
    std::vector<std::string> names;
    for (const Weight<float>* weight : legacy_order(layer)) {
      std::string name = variables.at(weight->holder) + weight->name;
      const std::string group = fmt::format("{}{}/", root, layer.name);
      // Models inside of models may have the same names once more.
      if (tree.arrays.contains(group + name)) name = fmt::format("{}/{}", weight->holder, name);
      tree.arrays[group + name] = array_of(*weight, tree.unpacked);
      names.push_back(std::move(name));
    }
    add_names(tree.groups[root + layer.name], kWeightNames, names);
  }
  tree.groups[root + kTopLevel][kWeightNames] = std::vector<std::string>{};
  add_names(tree.groups[kModelWeights], kLayerNames, layer_names);
  if (!network.compiled) return;
  save_optimizer(network, optimizer);
  const std::string name = optimizer_object_name(network.compiled->optimizer);
  std::vector<std::string> names;
  for (const auto& item : optimizer.items) {
    names.push_back(name + "/" + item.name);
    tree.arrays[std::string(kOptimizerWeights) + "/" + names.back()] = item.array;
  }
  add_names(tree.groups[kOptimizerWeights], kWeightNames, names);
}

bool is_legacy_layout(const Hdf5Tree& tree) {
  return has_names(tree, group_of(root_of(tree)), kLayerNames);
}

std::vector<std::string> legacy_names(const Where& where, const Hdf5Tree& tree,
                                      const std::string& group, const std::string& name) {
  const auto found = tree.groups.find(group);
  if (!has_names(tree, group, name)) {
    bad_file(where, fmt::format("a group '{}' with the attribute '{}'", group, name), "none");
  }
  if (const auto whole = found->second.find(name); whole != found->second.end()) {
    return whole->second.values;
  }
  std::vector<std::string> all;
  for (size_t part = 0; part < kMaxParts; ++part) {
    const auto next = found->second.find(fmt::format("{}{}", name, part));
    if (next == found->second.end()) break;
    all.insert(all.end(), next->second.values.begin(), next->second.values.end());
  }
  return all;
}

FoundWeights find_legacy_weights(const Where& where, const Hdf5Tree& tree,
                                 const std::vector<SavedLayer>& layers) {
  const auto file_layers = layers_with_weights(where, tree);
  std::vector<const SavedLayer*> mine;
  for (const SavedLayer& layer : layers) {
    if (!layer.weights.empty()) mine.push_back(&layer);
  }
  if (mine.size() != file_layers.size()) {
    bad_file(where, fmt::format("{} layers with weights", mine.size()),
             fmt::format("{}", file_layers.size()), kOtherModel);
  }
  FoundWeights found;
  for (size_t i = 0; i < mine.size(); ++i) {
    const Where place = where.at(fmt::format("layer '{}'", mine[i]->name));
    const auto weights = legacy_order(*mine[i]);
    const auto& paths = file_layers[i].paths;
    if (weights.size() != paths.size()) {
      bad_file(place, fmt::format("{} weights", weights.size()), fmt::format("{}", paths.size()),
               paths.size() > weights.size() && paths.size() % 3 == 0 && paths.size() >= 9
                   ? "Keras 1 kept the gates apart: load and save the model with Keras 2 first."
                   : kOtherModel);
    }
    std::vector<Hdf5Array> arrays;
    arrays.reserve(paths.size());
    for (const auto& path : paths) arrays.push_back(array_at(place, tree, path));
    convert_cudnn(place, weights, arrays, found.converted);
    for (size_t w = 0; w < weights.size(); ++w) {
      found.all.push_back(found_weight(place.at(fmt::format("weight '{}'", weights[w]->name)),
                                       *weights[w], arrays[w], found.converted));
    }
  }
  return found;
}

OptimizerArrays find_legacy_optimizer(const Where& where, const Hdf5Tree& tree) {
  if (!has_names(tree, kOptimizerWeights, kWeightNames)) return {};
  const auto names = legacy_names(where, tree, kOptimizerWeights, kWeightNames);
  if (names.empty()) return {};
  const std::string first = names[0].substr(names[0].rfind('/') + 1);
  if (first != "iteration" && first != "iteration:0") return {};
  OptimizerArrays arrays;
  for (const auto& name : names) {
    arrays.push_back(
        &array_at(where.at("optimizer"), tree, std::string(kOptimizerWeights) + "/" + name));
  }
  return arrays;
}

}  // namespace eddy::files
