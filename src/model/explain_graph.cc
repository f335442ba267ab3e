// SPDX-License-Identifier: MIT
#include "model/explain_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cells/cell.h"
#include "layers/options.h"

namespace eddy {
namespace {

struct MakePlain {
  void operator()(RecurrentOptions& o) const {
    o.dropout = o.recurrent_dropout = 0;
    o.activity_regularizer.reset();
    o.stateful = false;
  }
  void operator()(DenseOptions& o) const { o.activity_regularizer.reset(); }
  void operator()(Conv1DOptions& o) const { o.activity_regularizer.reset(); }
  void operator()(DropoutOptions& o) const { o.rate = 0; }
  void operator()(SpatialDropout1DOptions& o) const { o.rate = 0; }
  void operator()(RNNOptions& o) const {
    for (RecurrentOptions& cell : o.cells) (*this)(cell);
    o.stateful = false;
  }
  void operator()(BidirectionalOptions& o) const {
    box(o.layer);
    box(o.backward_layer);
  }
  void operator()(TimeDistributedOptions& o) const { box(o.layer); }
  void operator()(NestedOptions& o) const {
    o.model = std::make_shared<const GraphOptions>(plain(*o.model));
  }
  template <class Other>
  void operator()(Other&) const {}

  static void box(LayerBox& inside) {
    if (inside) inside = plain(*inside);
  }
};

// Layers that give a step what they make of that step alone, whatever is known about the others.
bool takes_steps(const LayerSpec& spec, bool masked) {
  const auto last = [](const std::vector<int64_t>& axes) {
    return axes == std::vector<int64_t>{-1} || axes == std::vector<int64_t>{2};
  };
  if (std::holds_alternative<DropoutOptions>(spec) ||
      std::holds_alternative<SpatialDropout1DOptions>(spec) ||
      std::holds_alternative<ActivationOptions>(spec)) {
    return true;
  }
  if (masked) return false;  // whether they hand a mask on is their affair
  if (std::holds_alternative<DenseOptions>(spec)) return true;
  if (const auto* o = std::get_if<LayerNormalizationOptions>(&spec)) return last(o->axis);
  if (const auto* o = std::get_if<NormalizationOptions>(&spec)) return last(o->axis);
  return false;
}

bool is_chain(const GraphOptions& options) {
  if (options.inputs.size() != 1 || options.outputs.size() != 1 ||
      options.layers.size() != options.calls.size()) {
    return false;
  }
  const auto last = static_cast<int64_t>(options.calls.size()) - 1;
  for (int64_t c = 0; c <= last; ++c) {
    const auto& inputs = options.calls[static_cast<size_t>(c)].inputs;
    const bool chained =
        c == 0 ? inputs.empty()
               : inputs.size() == 1 && inputs[0].call == c - 1 && inputs[0].output == 0;
    if (!chained) return false;
  }
  return options.outputs[0].call == last && options.outputs[0].output == 0;
}

// The last call that walks through time; 0: none, or one that asks for more than its past.
size_t last_recurrent(const GraphOptions& options, bool& masked) {
  const auto spec = [&](size_t call) -> const LayerSpec& {
    return options.layers[static_cast<size_t>(options.calls[call].layer)];
  };
  masked = false;
  size_t last = 0;
  for (size_t c = 1; c < options.calls.size(); ++c) {
    if (std::holds_alternative<RecurrentOptions>(spec(c))) last = c;
  }
  for (size_t c = 1; c <= last; ++c) {
    if (const auto* o = std::get_if<RecurrentOptions>(&spec(c))) {
      const bool fits = !o->go_backwards && !o->return_state && !o->zero_output_for_mask &&
                        o->return_sequences == (c != last);
      if (!fits) return 0;
    } else if (const auto* e = std::get_if<EmbeddingOptions>(&spec(c))) {
      if (c != 1) return 0;
      masked = e->mask_zero;
    } else if (!takes_steps(spec(c), masked)) {
      return 0;
    }
  }
  return last;
}

// Body and head as they are put together, with the layer of the model behind each.
struct Parts {
  GraphOptions body, head;
  std::vector<std::pair<size_t, size_t>> body_layers, head_layers;  // own, the model's
};

Parts take_apart(const Graph<float>& model, size_t last) {
  const GraphOptions& options = model.options();
  Parts parts;
  parts.body.name = parts.head.name = "explained";
  const auto add_input = [](GraphOptions& graph, Shape shape) {
    graph.inputs.push_back({.call = static_cast<int64_t>(graph.calls.size())});
    graph.calls.push_back({.layer = static_cast<int64_t>(graph.layers.size())});
    graph.layers.emplace_back(InputOptions{.batch_shape = std::move(shape),
                                           .name = fmt::format("input {}", graph.layers.size())});
    return graph.inputs.back();
  };
  const auto add_layer = [](GraphOptions& graph, LayerSpec spec,
                            std::vector<GraphOptions::Value> inputs) {
    const auto call = static_cast<int64_t>(graph.calls.size());
    graph.calls.push_back(
        {.layer = static_cast<int64_t>(graph.layers.size()), .inputs = std::move(inputs)});
    graph.layers.push_back(std::move(spec));
    return GraphOptions::Value{.call = call};
  };
  Shape input = model.input_shape(0);
  input[1] = kNone;
  GraphOptions::Value value = add_input(parts.body, input);
  std::vector<GraphOptions::Value> states;
  for (size_t c = 1; c <= last; ++c) {
    const auto layer = static_cast<size_t>(options.calls[c].layer);
    LayerSpec spec = plain(options.layers[layer]);
    std::vector<GraphOptions::Value> inputs = {value};
    int count = 0;
    if (auto* o = std::get_if<RecurrentOptions>(&spec)) {
      o->return_sequences = o->return_state = true;
      count = find_cell(o->cell).states;
      for (int s = 0; s < count; ++s) inputs.push_back(add_input(parts.body, {kNone, o->units}));
    }
    parts.body_layers.emplace_back(parts.body.layers.size(), layer);
    value = add_layer(parts.body, std::move(spec), std::move(inputs));
    for (int s = 0; s < count; ++s) states.push_back({.call = value.call, .output = s + 1});
  }
  parts.body.outputs = {value};
  parts.body.outputs.insert(parts.body.outputs.end(), states.begin(), states.end());
  value = add_input(parts.head, model.call_shapes(last)[0]);
  for (size_t c = last + 1; c < options.calls.size(); ++c) {
    const auto layer = static_cast<size_t>(options.calls[c].layer);
    parts.head_layers.emplace_back(parts.head.layers.size(), layer);
    value = add_layer(parts.head, plain(options.layers[layer]), {value});
  }
  if (parts.head_layers.empty()) {
    value = add_layer(parts.head, ActivationOptions{.name = "as it is"}, {value});
  }
  parts.head.outputs = {value};
  return parts;
}

std::unique_ptr<Graph<float>> assemble(GraphOptions options,
                                       const std::vector<std::pair<size_t, size_t>>& layers,
                                       const Graph<float>& model) {
  auto graph = std::make_unique<Graph<float>>(std::move(options));
  for (const auto& [own, of] : layers) share_weights(*graph->layer(own), *model.layer(of));
  return graph;
}

}  // namespace

LayerSpec plain(LayerSpec spec) {
  std::visit(MakePlain{}, options_of(spec));
  spec.trainable = false;  // BatchNormalization goes by its averages
  return spec;
}

GraphOptions plain(GraphOptions options) {
  for (LayerSpec& spec : options.layers) spec = plain(std::move(spec));
  return options;
}

void share_weights(Layer<float>& layer, Layer<float>& of) {
  const auto mine = layer.weights(), theirs = of.weights();
  for (size_t w = 0; w < mine.size(); ++w) mine[w]->value = theirs[w]->value;
  layer.relink();
}

std::unique_ptr<Graph<float>> graph_with_weights(GraphOptions options, const Graph<float>& model) {
  auto graph = std::make_unique<Graph<float>>(std::move(options));
  for (size_t i = 0; i < model.options().layers.size(); ++i) {
    Layer<float>*const mine = graph->layer(i), *const theirs = model.layer(i);
    if (mine != nullptr && theirs != nullptr) share_weights(*mine, *theirs);
  }
  graph->relink();
  return graph;
}

const EmbeddingOptions* embedding_of(const GraphOptions& options) {
  for (const auto& call : options.calls) {
    const auto* embedding =
        std::get_if<EmbeddingOptions>(&options.layers[static_cast<size_t>(call.layer)]);
    if (embedding != nullptr && call.inputs[0].call == options.inputs[0].call) return embedding;
  }
  return nullptr;
}

size_t only_embedding(const GraphOptions& options, const std::string& model) {
  int64_t takers = 0;
  size_t layer = 0;
  for (const auto& call : options.calls) {
    for (const auto& value : call.inputs) {
      if (value.call != options.inputs[0].call) continue;
      ++takers;
      layer = static_cast<size_t>(call.layer);
    }
  }
  const auto calls = std::count_if(options.calls.begin(), options.calls.end(), [&](const auto& c) {
    return c.layer == static_cast<int64_t>(layer);
  });
  if (takers == 1 && calls == 1) return layer;
  throw Error(ErrorCode::not_supported, model,
              fmt::format("ids: expected to go to one Embedding that nothing else uses, got {} "
                          "layers that take them.",
                          std::max<int64_t>(takers, calls)),
              "use the method leave-one-out, which needs no gradient.");
}

std::optional<StateChain> state_chain(const Graph<float>& model) {
  if (!is_chain(model.options())) return std::nullopt;
  bool masked = false;
  const size_t last = last_recurrent(model.options(), masked);
  if (last == 0) return std::nullopt;
  Parts parts = take_apart(model, last);
  StateChain chain;
  for (size_t i = 1; i < parts.body.inputs.size(); ++i) {
    const auto call = static_cast<size_t>(parts.body.inputs[i].call);
    const auto layer = static_cast<size_t>(parts.body.calls[call].layer);
    chain.units.push_back(std::get<InputOptions>(parts.body.layers[layer]).batch_shape[1]);
  }
  chain.skips_zeros = masked;
  chain.body = assemble(std::move(parts.body), parts.body_layers, model);
  chain.head = assemble(std::move(parts.head), parts.head_layers, model);
  return chain;
}

}  // namespace eddy
