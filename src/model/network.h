// SPDX-License-Identifier: MIT
// What stands behind Sequential: descriptions, live layers, compiled state.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eddy/model.h"
#include "model/stack.h"
#include "training/optimizer.h"

namespace eddy {

// The words of a TextEncoder made ready for look-ups, by the data room.
class TextIndex {
 public:
  virtual ~TextIndex() = default;
};

class Network {
 public:
  std::string name;
  uint64_t seed = 0;
  std::vector<LayerSpec> specs;            // every one with its final name once built
  Shape input_shape;                       // [None, ...]; empty: not built
  std::unique_ptr<Stack<float>> stack;     // null: not built
  std::optional<CompileOptions> compiled;  // optimizer with all defaults, loss in long form
  std::unique_ptr<OptimizerState<float>> optimizer;  // null until the first fit or a load
  std::optional<TextEncoder> text;
  std::unique_ptr<TextIndex> text_index;  // of `text`; null until the first predict_texts

  // Creates the optimizer's state if there is none. Throws Error{invalid_argument} when not
  // compiled.
  OptimizerState<float>& optimizer_state();
};

}  // namespace eddy
