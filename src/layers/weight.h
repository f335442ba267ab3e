// SPDX-License-Identifier: MIT
// One trainable array of a layer and its gradient.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/buffer.h"
#include "eddy/layers.h"
#include "eddy/tensor.h"

namespace eddy {

template <class Real>
struct Weight {
  std::string name;    // Keras' name: "kernel", "recurrent_kernel", "bias", "embeddings"
  std::string holder;  // where Keras keeps it inside the layer: "" (the layer itself) or "cell"
  Shape shape;
  Initializer initializer = "zeros";
  std::vector<std::pair<int64_t, int64_t>> ones = {};  // [begin, end) that start at 1 regardless
  Buffer<Real> value = {};                             // product of the shape
  // Dense: the same size as value. By rows: row k of grad belongs to row rows[k] of value, the
  // others have no gradient.
  bool by_rows = false;
  Buffer<Real> grad = {};
  std::vector<int32_t> rows = {};  // distinct

  int64_t size() const { return static_cast<int64_t>(value.size()); }
};

}  // namespace eddy
