// SPDX-License-Identifier: MIT
#include "files/saved_arrays.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "layers/options.h"

namespace eddy::files {
namespace {

static_assert(std::endian::native == std::endian::little, "HDF5 arrays are copied as they stand");

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

// Where the slots begin. Keras 2 and schedules leave the learning rate out.
size_t first_slot(const OptimizerArrays& arrays, size_t slots) {
  return arrays.size() == slots + 1 ? 1 : 2;
}

}  // namespace

std::vector<SavedLayer> saved_layers(const Network& network) {
  std::vector<SavedLayer> layers;
  for (size_t i = 0; i < network.specs.size(); ++i) {
    SavedLayer layer{layer_name(network.specs[i]), {}};
    if (auto* live = network.layer(i)) layer.weights = live->weights();
    layers.push_back(std::move(layer));
  }
  return layers;
}

std::string_view bytes_of(const float* values, size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(float)};
}

Hdf5Array array_of(const Weight<float>& weight, std::list<std::string>& converted) {
  if (weight.whole) {
    std::string& bytes = converted.emplace_back();
    for (const float value : weight.value) {
      const auto count = static_cast<int64_t>(value);
      bytes.append(reinterpret_cast<const char*>(&count), sizeof(count));
    }
    return {"int64", weight.shape, bytes};
  }
  return {"float32", weight.shape, bytes_of(weight.value.data(), weight.value.size())};
}

const Hdf5Array& array_at(const Where& where, const Hdf5Tree& tree, const std::string& path) {
  const auto found = tree.arrays.find(path);
  if (found == tree.arrays.end()) bad_file(where, fmt::format("an array '{}'", path), "none");
  return found->second;
}

void expect_shape(const Where& where, const Hdf5Array& array, const Shape& shape) {
  if (array.shape != shape) {
    bad_file(where, "shape " + to_string(shape), to_string(array.shape), kOtherModel);
  }
  if (array.type == "float32" || array.type == "float64") return;
  not_supported(where, "float32 or float64", array.type,
                "save the model with dtype policy 'float32'.");
}

FoundWeight found_weight(const Where& where, Weight<float>& weight, const Hdf5Array& array,
                         std::list<std::string>& converted) {
  if (!weight.whole) {
    expect_shape(where, array, weight.shape);
    return {&weight, array};
  }
  if (array.shape != weight.shape) {
    bad_file(where, "shape " + to_string(weight.shape), to_string(array.shape), kOtherModel);
  }
  const auto count = static_cast<float>(read_count(where, array));
  std::string& bytes = converted.emplace_back(bytes_of(&count, 1));
  return {&weight, {"float32", {}, bytes}};
}

void copy_values(const Hdf5Array& array, float* values, size_t count) {
  if (array.bytes.empty()) return;
  if (array.type == "float32") {
    std::memcpy(values, array.bytes.data(), array.bytes.size());
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    double value = 0;
    std::memcpy(&value, array.bytes.data() + i * sizeof(double), sizeof(double));
    values[i] = static_cast<float>(value);
  }
}

void save_optimizer(const Network& network, SavedOptimizer& saved) {
  const Optimizer& options = network.compiled->optimizer;
  if (!options.schedule) saved.rate = static_cast<float>(options.values.at("learning_rate"));
  std::vector<OptimizerState<float>::Slot> slots;
  if (network.optimizer) {
    saved.steps = network.optimizer->iterations;
    saved.rate = static_cast<float>(network.optimizer->learning_rate());
    slots = network.optimizer->slots_to_save(saved.copies);
  }
  const std::string_view steps(reinterpret_cast<const char*>(&saved.steps), sizeof(saved.steps));
  saved.items.push_back({"iteration", {"int64", {}, steps}});
  if (!options.schedule) {  // Keras keeps no variable for it otherwise
    saved.items.push_back({"learning_rate", {"float32", {}, bytes_of(&saved.rate, 1)}});
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    saved.items.push_back(
        {fmt::format("{}_{}", slots[i].name, i),
         {"float32", slots[i].shape, bytes_of(slots[i].values->data(), slots[i].values->size())}});
  }
}

std::optional<float> saved_learning_rate(const Where& where, const OptimizerArrays& arrays) {
  if (arrays.size() < 2 || !arrays[1]->shape.empty()) return std::nullopt;
  const Where place = where.at("optimizer, learning rate");
  expect_shape(place, *arrays[1], {});
  float rate = 0;
  copy_values(*arrays[1], &rate, 1);
  if (!std::isfinite(rate) || rate < 0) {
    bad_file(place, "a number from 0", fmt::format("{}", rate));
  }
  return rate;
}

void load_optimizer(const Where& where, const OptimizerArrays& arrays, Network& network) {
  if (arrays.empty()) return;
  const int64_t steps = read_count(where.at("optimizer, iterations"), *arrays[0]);
  const bool none = arrays.size() <= (network.compiled->optimizer.schedule ? 1U : 2U);
  if (steps == 0 && none) return;  // compiled, never trained
  auto& optimizer = network.optimizer_state();
  const auto slots = optimizer.slots();
  const size_t first = first_slot(arrays, slots.size());
  if (arrays.size() != first + slots.size()) {
    bad_file(where.at("optimizer"), fmt::format("{} arrays", slots.size() + 2),
             fmt::format("{}", arrays.size()), kLoadUncompiled);
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    const Where place = where.at(fmt::format("optimizer, array {} ({})", first + i, slots[i].name));
    expect_shape(place, *arrays[first + i], slots[i].shape);
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    copy_values(*arrays[first + i], slots[i].values->data(), slots[i].values->size());
  }
  optimizer.iterations = steps;
}

bool load_optimizer_if_it_fits(const Where& where, const OptimizerArrays& arrays,
                               Network& network) {
  try {
    load_optimizer(where, arrays, network);
    return true;
  } catch (const Error&) {
    network.optimizer.reset();
    return false;
  }
}

}  // namespace eddy::files
