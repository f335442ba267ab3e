// SPDX-License-Identifier: MIT
// What files keep of a model besides its description: the weights of every layer and the
// optimizer's state, as arrays in Keras' order. Two layouts hold them; see weights_file.h and
// legacy_weights.h.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "files/hdf5_tree.h"
#include "model/network.h"

namespace eddy::files {

inline constexpr const char* kOtherModel =
    "the description and the weights belong to different models; save the model again.";

// One layer of a model, in the model's order.
struct SavedLayer {
  std::string name;
  std::vector<Weight<float>*> weights;  // in Keras' order
};
std::vector<SavedLayer> saved_layers(const Network& network);

// The array of one weight. What had to be converted points to memory of its own.
struct FoundWeight {
  Weight<float>* weight;
  Hdf5Array array;
};
struct FoundWeights {
  std::vector<FoundWeight> all;
  std::list<std::string> converted;
};

std::string_view bytes_of(const float* values, size_t count);
// `converted`  memory of arrays that do not stand in the weight as they are in files
Hdf5Array array_of(const Weight<float>& weight, std::list<std::string>& converted);

const Hdf5Array& array_at(const Where& where, const Hdf5Tree& tree, const std::string& path);
// Throws Error{bad_file} for another shape, Error{not_supported} for other numbers than float32 and
// float64.
void expect_shape(const Where& where, const Hdf5Array& array, const Shape& shape);
// The array as the values of the weight. Throws as expect_shape, and Error{bad_file} for a count
// that is none.
FoundWeight found_weight(const Where& where, Weight<float>& weight, const Hdf5Array& array,
                         std::list<std::string>& converted);
// After expect_shape.
void copy_values(const Hdf5Array& array, float* values, size_t count);

// In Keras' order: iteration, learning_rate (float32, {}), slots. None: the file has no optimizer.
using OptimizerArrays = std::vector<const Hdf5Array*>;
// What Keras writes of an optimizer; `steps`, `rate` and `copies` are memory of theirs.
struct SavedOptimizer {
  struct Item {
    std::string name;  // "iteration", "learning_rate", "sequential_dense_kernel_momentum", ...
    Hdf5Array array;
  };
  int64_t steps = 0;
  float rate = 0;
  std::list<Buffer<float>> copies;
  std::vector<Item> items;
};
// Of a compiled model, into `saved`, which must stay where it is.
void save_optimizer(const Network& network, SavedOptimizer& saved);

// The learning rate in the file; nothing where there is none (a schedule, Keras 2).
std::optional<float> saved_learning_rate(const Where& where, const OptimizerArrays& arrays);
// Steps and slots of a compiled, built model. Throws Error{bad_file} for other slots than its own.
void load_optimizer(const Where& where, const OptimizerArrays& arrays, Network& network);
// The same, unless the arrays belong to another optimizer or model: then nothing happens.
bool load_optimizer_if_it_fits(const Where& where, const OptimizerArrays& arrays, Network& network);

}  // namespace eddy::files
