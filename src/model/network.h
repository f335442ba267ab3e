// SPDX-License-Identifier: MIT
// What stands behind Sequential: descriptions, live layers, compiled state.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eddy/model.h"
#include "layers/graph.h"
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
  bool sequential = true;
  // Every layer with its final name; a functional model's inputs (InputOptions) among them.
  std::vector<LayerSpec> specs;
  Shape input_shape;                       // [None, ...] of the first input; empty: not built
  std::unique_ptr<Graph<float>> graph;     // null: not built
  std::optional<CompileOptions> compiled;  // optimizer with all defaults, loss in long form
  std::unique_ptr<OptimizerState<float>> optimizer;  // null until the first fit or a load
  std::optional<TextEncoder> text;
  std::map<std::string, std::string> notes;
  std::unique_ptr<TextIndex> text_index;  // of `text`; null until the first predict_texts

  // Of specs[i], once built; null for an input.
  Layer<float>* layer(size_t i) const { return graph->layer(sequential ? i + 1 : i); }
  const Shape& output_shape(size_t i) const { return graph->output_shape(sequential ? i + 1 : i); }

  // Once built: the names of the layers whose outputs are the model's.
  std::vector<std::string> output_names() const;
  std::vector<Shape> input_shapes() const;  // [None, ...] of every input

  // Creates the optimizer's state if there is none. Throws Error{invalid_argument} when not
  // compiled.
  OptimizerState<float>& optimizer_state();
};

// The network of a description: shapes are known, weights have no memory yet. Throws Error as
// Graph.
std::unique_ptr<Network> declare_network(GraphOptions graph, std::optional<uint64_t> seed);

}  // namespace eddy
