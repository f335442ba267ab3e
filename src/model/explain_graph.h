// SPDX-License-Identifier: MIT
// Graphs made for explaining: they share the memory of a model's weights and answer as it does.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layers/graph.h"

namespace eddy {

// The layer as it works at inference, also in a pass that keeps what backward needs: no dropout, no
// penalty, no state from the batch before.
LayerSpec plain(LayerSpec spec);
GraphOptions plain(GraphOptions options);

// `layer` then computes with the memory of the weights of `of`, a layer of the same description.
void share_weights(Layer<float>& layer, Layer<float>& of);

// A built graph with the weights of a model.
//   options  its first layers are those of the model, or layers without weights in their places
std::unique_ptr<Graph<float>> graph_with_weights(GraphOptions options, const Graph<float>& model);

// The Embedding that takes the model's first input, or one of those; null: the input is reals.
const EmbeddingOptions* embedding_of(const GraphOptions& options);
// Its layer's number in `options`. Throws Error{not_supported} for ids that go elsewhere, too.
size_t only_embedding(const GraphOptions& options, const std::string& model);

// A model whose answer to a sequence follows from the states at its beginning and the rest: a chain
// of layers that take one step at a time, recurrent layers that read forwards, and what makes an
// answer of the last one's output.
struct StateChain {
  std::unique_ptr<Graph<float>> body;  // x and all states -> last layer's outputs and all states
  std::unique_ptr<Graph<float>> head;  // [None, H] -> the answer
  std::vector<int64_t> units;          // of every state
  bool skips_zeros = false;            // ids 0 are masked
};
// Nullopt for any other model.
std::optional<StateChain> state_chain(const Graph<float>& model);

}  // namespace eddy
