// SPDX-License-Identifier: MIT
#include "files/weights_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "files/compile_config.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

static_assert(std::endian::native == std::endian::little, "HDF5 arrays are copied as they stand");

constexpr const char* kOptimizer = "optimizer/vars/";

// Where each layer stands: snake case of the class, numbered in the order of the model.
std::vector<std::string> slot_names(const std::vector<LayerSpec>& specs) {
  std::map<std::string, int> used;
  std::vector<std::string> names;
  for (const LayerSpec& spec : specs) {
    const std::string name = snake_case(class_name(spec));
    const int before = used[name]++;
    names.push_back(before == 0 ? name : fmt::format("{}_{}", name, before));
  }
  return names;
}

// "lstm/cell/vars": the group of the arrays that a holder keeps.
std::string vars_of(const std::string& owner, const std::string& holder) {
  return owner + (holder.empty() ? "" : "/" + holder) + "/vars";
}

std::string_view bytes_of(const float* values, size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(float)};
}

void add_layers(const Network& network, Hdf5Tree& tree) {
  tree.groups["layers"];
  tree.groups["vars"]["name"] = network.name;
  const auto slots = slot_names(network.specs);
  for (size_t i = 0; i < network.specs.size(); ++i) {
    const std::string owner = "layers/" + slots[i];
    tree.groups[vars_of(owner, "")]["name"] = layer_name(network.specs[i]);
    std::map<std::string, int> count;
    for (const auto* weight : network.layer(i)->weights()) {
      const std::string vars = vars_of(owner, weight->holder);
      if (!weight->holder.empty()) {
        // Keras names a cell after its class.
        tree.groups[vars]["name"] = snake_case(class_name(network.specs[i])) + "_" + weight->holder;
      }
      tree.arrays[fmt::format("{}/{}", vars, count[vars]++)] = {
          "float32", weight->shape, bytes_of(weight->value.data(), weight->value.size())};
    }
  }
}

// Keras 2.13 used another name for the root of all layers.
std::string layers_root(const Hdf5Tree& tree) {
  const char* old = "_layer_checkpoint_dependencies";
  return tree.groups.contains(old) && !tree.groups.contains("layers") ? old : "layers";
}

const Hdf5Array& array_at(const Where& where, const Hdf5Tree& tree, const std::string& path) {
  const auto found = tree.arrays.find(path);
  if (found == tree.arrays.end()) bad_file(where, fmt::format("an array '{}'", path), "none");
  return found->second;
}

void expect_real(const Where& where, const Hdf5Array& array) {
  if (array.type == "float32" || array.type == "float64") return;
  not_supported(where, "float32 or float64", array.type,
                "save the model with dtype policy 'float32'.");
}

void expect_shape(const Where& where, const Hdf5Array& array, const Shape& shape) {
  if (array.shape != shape) {
    bad_file(where, "shape " + to_string(shape), to_string(array.shape),
             "config.json and the weights belong to different models; save the model again.");
  }
  expect_real(where, array);
}

// After expect_shape.
void copy_values(const Hdf5Array& array, Buffer<float>& values) {
  if (array.bytes.empty()) return;
  if (array.type == "float32") {
    std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    double value = 0;
    std::memcpy(&value, array.bytes.data() + i * sizeof(double), sizeof(double));
    values[i] = static_cast<float>(value);
  }
}

struct Found {
  Weight<float>* weight;
  const Hdf5Array* array;
};

// The array of every weight, of the right shape, and none besides.
std::vector<Found> find_arrays(const Where& where, const Hdf5Tree& tree,
                               const std::vector<LayerSpec>& specs, const Graph<float>& stack) {
  const std::string root = layers_root(tree);
  const auto slots = slot_names(specs);
  std::vector<Found> all;
  for (size_t i = 0; i < specs.size(); ++i) {
    const Where layer = where.at(fmt::format("layer '{}'", layer_name(specs[i])));
    std::map<std::string, int> count;
    for (auto* weight : stack.layer(i + 1)->weights()) {
      const std::string vars = vars_of(root + "/" + slots[i], weight->holder);
      const Where place = layer.at(fmt::format("weight '{}'", weight->name));
      const Hdf5Array& array = array_at(place, tree, fmt::format("{}/{}", vars, count[vars]++));
      expect_shape(place, array, weight->shape);
      all.push_back({weight, &array});
    }
    for (const auto& [vars, used] : count) {
      if (tree.arrays.contains(fmt::format("{}/{}", vars, used))) {
        bad_file(layer, fmt::format("{} weights", used), "more",
                 "config.json and the weights belong to different models; save the model again.");
      }
    }
  }
  return all;
}

int64_t read_count(const Where& where, const Hdf5Array& array) {
  uint64_t value = 0;
  const bool whole = array.type.find("int") != std::string::npos && array.bytes.size() <= 8;
  if (!whole || !array.shape.empty()) {
    bad_file(where, "one whole number", fmt::format("{} {}", array.type, to_string(array.shape)));
  }
  std::memcpy(&value, array.bytes.data(), array.bytes.size());
  if (value > INT64_MAX / 2) bad_file(where, "a number of steps", fmt::format("{}", value));
  return static_cast<int64_t>(value);
}

}  // namespace

std::string weights_image(const Network& network) {
  Hdf5Tree tree;
  add_layers(network, tree);
  int64_t iterations = 0;
  float learning_rate = 0;
  if (network.compiled) {
    const Optimizer& options = network.compiled->optimizer;
    learning_rate = static_cast<float>(options.values.at("learning_rate"));
    tree.groups["optimizer/vars"]["name"] = optimizer_object_name(options);
    std::vector<OptimizerState<float>::Slot> slots;
    if (network.optimizer) {
      iterations = network.optimizer->iterations;
      learning_rate = static_cast<float>(network.optimizer->learning_rate());
      slots = network.optimizer->slots();
    }
    const std::string_view steps(reinterpret_cast<const char*>(&iterations), sizeof(iterations));
    tree.arrays[kOptimizer + std::string("0")] = {"int64", {}, steps};
    tree.arrays[kOptimizer + std::string("1")] = {"float32", {}, bytes_of(&learning_rate, 1)};
    for (size_t i = 0; i < slots.size(); ++i) {
      tree.arrays[fmt::format("{}{}", kOptimizer, i + 2)] = {
          "float32", slots[i].shape, bytes_of(slots[i].values->data(), slots[i].values->size())};
    }
  }
  return write_hdf5(tree);
}

void load_weights(const Where& where, const Hdf5Tree& tree, const std::vector<LayerSpec>& specs,
                  Graph<float>& stack) {
  const auto arrays = find_arrays(where, tree, specs, stack);
  stack.allocate();
  for (const Found& found : arrays) copy_values(*found.array, found.weight->value);
}

std::optional<OptimizerHead> read_optimizer_head(const Where& where, const Hdf5Tree& tree) {
  const std::string steps = kOptimizer + std::string("0"), rate = kOptimizer + std::string("1");
  if (!tree.arrays.contains(steps)) return std::nullopt;
  OptimizerHead head;
  head.iterations = read_count(where.at("optimizer, iterations"), tree.arrays.at(steps));
  Buffer<float> value(1);
  const Where place = where.at("optimizer, learning rate");
  const Hdf5Array& array = array_at(place, tree, rate);
  expect_shape(place, array, {});
  copy_values(array, value);
  head.learning_rate = value[0];
  if (!std::isfinite(value[0]) || value[0] < 0) {
    bad_file(place, "a number from 0", fmt::format("{}", value[0]));
  }
  head.has_slots = tree.arrays.contains(kOptimizer + std::string("2"));
  return head;
}

void load_optimizer(const Where& where, const Hdf5Tree& tree, const OptimizerHead& head,
                    Network& network) {
  auto& optimizer = network.optimizer_state();
  const auto slots = optimizer.slots();
  if (tree.arrays.contains(fmt::format("{}{}", kOptimizer, slots.size() + 2))) {
    bad_file(where.at("optimizer"), fmt::format("{} arrays", slots.size() + 2), "more",
             kLoadUncompiled);
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    const Where place = where.at(fmt::format("optimizer, array {} ({})", i + 2, slots[i].name));
    const Hdf5Array& array = array_at(place, tree, fmt::format("{}{}", kOptimizer, i + 2));
    expect_shape(place, array, slots[i].shape);
    copy_values(array, *slots[i].values);
  }
  optimizer.iterations = head.iterations;
}

}  // namespace eddy::files
