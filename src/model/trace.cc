// SPDX-License-Identifier: MIT
// Gates and states by the library's own training forward, which keeps them for backward. The model
// runs once with the inputs of its recurrent layers as outputs; then each of these layers runs
// alone.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "cells/cell.h"
#include "eddy/explain.h"
#include "kernels/plain_activation.h"
#include "layers/bidirectional.h"
#include "layers/options.h"
#include "layers/recurrent.h"
#include "model/explain_graph.h"
#include "model/network.h"

namespace eddy {
namespace {

constexpr const char* kTraceWhere = "trace";
constexpr int64_t kMostNumbers = int64_t{1} << 27;

struct GateName {
  const char* name;
  bool of_state = false;  // its activation is `activation`, not `recurrent_activation`
};

// As the literature and Keras call them, in the cells' order; a gate that is the state has none.
const std::vector<GateName>& gate_names(const std::string& cell) {
  static const std::map<std::string, std::vector<GateName>> names = {
      {"simple_rnn", {}},
      {"lstm", {{"i"}, {"f"}, {"c", true}, {"o"}}},
      {"gru", {{"z"}, {"r"}, {"h", true}}}};
  static const std::vector<GateName> unknown;
  const auto found = names.find(cell);
  return found == names.end() ? unknown : found->second;
}

Tensor values_of(const std::vector<float>& kept, const Shape& shape, ActivationKind activation) {
  Tensor values(shape, kept);
  if (!slope_needs_argument(activation)) return values;
  for (int64_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(plain_activation(activation, static_cast<double>(values[i])));
  }
  return values;
}

using Weights = std::span<Weight<float>* const>;

// Layers that live as long as their outputs are looked at.
class Tracer {
 public:
  // Runs a layer of the model on its inputs and notes what its recurrent layers did.
  //   weights  of the layer, inner ones in order
  void run(const LayerSpec& spec, const std::string& name, Inputs<float> inputs, Weights weights) {
    if (const auto* o = std::get_if<RecurrentOptions>(&spec)) {
      run_layer(*o, name, inputs, weights);
    } else if (const auto* rnn = std::get_if<RNNOptions>(&spec)) {
      run_cells(*rnn, name, inputs, weights);
    } else if (const auto* both = std::get_if<BidirectionalOptions>(&spec)) {
      run_both(*both, name, inputs, weights);
    }
  }

  std::vector<LayerTrace>& traces() { return traces_; }

 private:
  struct Live {
    std::unique_ptr<RecurrentLayer<float>> layer;
    std::vector<Signal<float>> out;
  };

  const Signal<float>& run_layer(RecurrentOptions options, const std::string& name,
                                 Inputs<float> inputs, Weights weights) {
    options.return_sequences = true;
    Live& live = *live_.emplace_back(std::make_unique<Live>());
    live.layer = std::make_unique<RecurrentLayer<float>>(options, 0);
    std::vector<Shape> shapes;
    for (const auto* input : inputs) shapes.push_back(input->shape);
    live.out.resize(live.layer->build(shapes).size());
    const auto mine = live.layer->weights();
    for (size_t w = 0; w < mine.size(); ++w) mine[w]->value = weights[w]->value;
    const int64_t T = inputs[0]->shape[1];
    const CellSpec& cell = find_cell(options.cell);
    if (T > kMostNumbers / (options.units * (cell.gates + cell.states))) {
      throw Error(ErrorCode::bad_data, kTraceWhere,
                  fmt::format("layer '{}': expected at most {} numbers, got {} steps of {} units.",
                              name, kMostNumbers, T, options.units),
                  "trace a shorter input.");
    }
    live.layer->forward(inputs, live.out, Pass{.training = true, .share_prefix = false});
    note(*live.layer, options, name, T);
    return live.out[0];
  }

  void note(const RecurrentLayer<float>& layer, const RecurrentOptions& options,
            const std::string& name, int64_t T) {
    const auto kept = layer.kept_steps(0);
    const Shape shape = {T, options.units};
    const std::string variant = kept.cell->variant_of, own = kept.cell->name;
    LayerTrace trace;
    trace.layer = name;
    trace.cell = find_cell(options.cell).name;
    trace.backwards = options.go_backwards;
    const auto& gates = gate_names(variant.empty() ? own : variant);
    const ActivationPair activations = layer.activations();
    for (size_t g = 0; g < gates.size(); ++g) {
      trace.gates.push_back(
          {gates[g].name, values_of(kept.gates[g], shape,
                                    gates[g].of_state ? activations.state : activations.gate)});
    }
    const char* const states[] = {"h", "c"};
    for (size_t s = 0; s < kept.states.size(); ++s) {
      trace.states.push_back({states[s], Tensor(shape, kept.states[s])});
    }
    traces_.push_back(std::move(trace));
  }

  // Each cell on the outputs of the one below.
  void run_cells(const RNNOptions& rnn, const std::string& name, Inputs<float> inputs,
                 Weights weights) {
    if (rnn.go_backwards && rnn.cells.size() > 1) {
      throw Error(ErrorCode::not_supported, name,
                  "cells: expected one for go_backwards, got several.",
                  "use a layer for every cell.");
    }
    std::vector<const Signal<float>*> in = {inputs[0]};
    size_t state = 1;
    for (size_t k = 0; k < rnn.cells.size(); ++k) {
      RecurrentOptions cell = rnn.cells[k];
      cell.go_backwards = rnn.go_backwards;
      cell.return_state = false;
      cell.name = fmt::format("cell_{}", k);
      for (int s = 0; inputs.size() > 1 && s < find_cell(cell.cell).states; ++s) {
        in.push_back(inputs[state++]);
      }
      const Signal<float>& out = run_layer(cell, name + "/" + cell.name, in, weights);
      weights = weights.subspan(live_.back()->layer->weights().size());
      in = {&out};
    }
  }

  void run_both(const BidirectionalOptions& options, const std::string& name, Inputs<float> inputs,
                Weights weights) {
    const auto layers = both_layers(options);
    const size_t states = inputs.size() / 2;
    const size_t half = count_weights(layers.first, *inputs[0]);
    size_t first = 1;
    for (const LayerSpec* layer : {&layers.first, &layers.second}) {
      std::vector<const Signal<float>*> in = {inputs[0]};
      for (size_t s = 0; s < states; ++s) in.push_back(inputs[first++]);
      run(*layer, name + "/" + layer_name(*layer), in,
          layer == &layers.first ? weights.first(half) : weights.subspan(half));
    }
  }

  static size_t count_weights(const LayerSpec& spec, const Signal<float>& input) {
    Graph<float> alone({spec}, {kNone, kNone, input.shape[2]});
    return alone.weights().size();
  }

  std::vector<std::unique_ptr<Live>> live_;
  std::vector<LayerTrace> traces_;
};

bool is_traced(const LayerSpec& spec) {
  return std::holds_alternative<RecurrentOptions>(spec) ||
         std::holds_alternative<RNNOptions>(spec) ||
         std::holds_alternative<BidirectionalOptions>(spec);
}

Signal<float> signal_of(const Input& x) {
  Signal<float> signal;
  if (const auto* ids = std::get_if<IntTensor>(&x)) {
    signal.shape = ids->shape();
    signal.ids = ids->data();
  } else {
    signal.shape = std::get<Tensor>(x).shape();
    signal.value = std::get<Tensor>(x).data();
  }
  return signal;
}

void check_input(const Shape& shape, Shape expected) {
  expected[0] = 1;
  bool fits = shape.size() == expected.size() && shape.size() >= 2;
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    fits = shape[i] == expected[i] || (expected[i] == kNone && shape[i] > 0);
  }
  if (fits) return;
  throw Error(ErrorCode::shape_mismatch, kTraceWhere,
              fmt::format("input: expected {}, got {}.", to_string(expected), to_string(shape)),
              "give one input as the model takes it.");
}

}  // namespace

std::vector<LayerTrace> trace(const Model& model, const Input& x) {
  const Graph<float>& graph = *model.network().graph;
  GraphOptions options = plain(graph.options());
  std::vector<size_t> calls;
  options.outputs.clear();
  for (size_t c = 0; c < options.calls.size(); ++c) {
    const auto& call = options.calls[c];
    if (!is_traced(options.layers[static_cast<size_t>(call.layer)])) continue;
    calls.push_back(c);
    options.outputs.insert(options.outputs.end(), call.inputs.begin(), call.inputs.end());
  }
  if (calls.empty() || options.inputs.size() != 1) {
    throw Error(ErrorCode::not_supported, kTraceWhere,
                fmt::format("model: expected one input and a SimpleRNN, LSTM or GRU, got {} and {} "
                            "of them.",
                            options.inputs.size(), calls.size()),
                "trace a model with such a layer, not inside of another model or TimeDistributed.");
  }
  const Signal<float> input = signal_of(x);
  check_input(input.shape, graph.input_shape(0));
  const auto feeder = graph_with_weights(options, graph);
  const Signal<float>* in[] = {&input};
  const auto values = feeder->run(in, Pass{});
  Tracer tracer;
  size_t at = 0;
  for (const size_t c : calls) {
    const auto layer = static_cast<size_t>(options.calls[c].layer);
    std::vector<const Signal<float>*> inputs;
    for (size_t i = 0; i < options.calls[c].inputs.size(); ++i) inputs.push_back(&values[at++]);
    const auto weights = graph.layer(layer)->weights();
    tracer.run(options.layers[layer], layer_name(options.layers[layer]), inputs, weights);
  }
  return std::move(tracer.traces());
}

}  // namespace eddy
