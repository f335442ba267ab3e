// SPDX-License-Identifier: MIT
#include "files/cudnn_weights.h"

#include <cstring>

namespace eddy::files {
namespace {

std::vector<float> values_of(const Where& where, const Hdf5Array& array) {
  expect_shape(where, array, array.shape);
  std::vector<float> values(static_cast<size_t>(element_count(array.shape)));
  copy_values(array, values.data(), values.size());
  return values;
}

Hdf5Array array_from(const std::vector<float>& values, const Shape& shape,
                     std::list<std::string>& memory) {
  memory.emplace_back(bytes_of(values.data(), values.size()));
  return {"float32", shape, memory.back()};
}

// Gate by gate of [rows, gates * units]. Input kernels: the gate's numbers, in the order of their
// memory, become columns of the result; recurrent ones are transposed.
std::vector<float> by_gates(const std::vector<float>& from, size_t rows, size_t gates, size_t units,
                            bool transpose) {
  std::vector<float> to(from.size());
  const size_t width = gates * units;
  for (size_t gate = 0; gate < gates; ++gate) {
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < units; ++j) {
        const size_t source = transpose ? j * units + i : j * rows + i;  // in the gate
        to[i * width + gate * units + j] =
            from[source / units * width + gate * units + source % units];
      }
    }
  }
  return to;
}

}  // namespace

void convert_cudnn(const Where& where, const std::vector<Weight<float>*>& weights,
                   std::vector<Hdf5Array>& arrays, std::list<std::string>& memory) {
  for (size_t i = 0; i + 2 < weights.size(); ++i) {
    if (weights[i]->name != "kernel" || weights[i + 1]->name != "recurrent_kernel" ||
        weights[i + 2]->name != "bias" || weights[i + 1]->shape.size() != 2) {
      continue;
    }
    const Shape& bias = weights[i + 2]->shape;
    const int64_t units = weights[i + 1]->shape[0];
    const int64_t gates = units == 0 ? 0 : weights[i + 1]->shape[1] / units;
    const bool lstm = gates == 4 && bias == Shape{4 * units};
    const bool gru = gates == 3 && bias == Shape{2, 3 * units};
    if ((!lstm && !gru) || arrays[i + 2].shape != Shape{2 * gates * units} ||
        arrays[i].shape != weights[i]->shape || arrays[i + 1].shape != weights[i + 1]->shape) {
      continue;
    }
    const auto g = static_cast<size_t>(gates), u = static_cast<size_t>(units);
    const auto rows = static_cast<size_t>(weights[i]->shape[0]);
    arrays[i] = array_from(by_gates(values_of(where, arrays[i]), rows, g, u, false),
                           weights[i]->shape, memory);
    arrays[i + 1] = array_from(by_gates(values_of(where, arrays[i + 1]), u, g, u, true),
                               weights[i + 1]->shape, memory);
    auto values = values_of(where, arrays[i + 2]);
    if (lstm) {  // both biases count, as their sum
      for (size_t k = 0; k < g * u; ++k) values[k] += values[g * u + k];
      values.resize(g * u);
    }
    arrays[i + 2] = array_from(values, bias, memory);
  }
}

}  // namespace eddy::files
