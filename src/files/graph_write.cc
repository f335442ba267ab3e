// SPDX-License-Identifier: MIT
// Writing models; see graph_config.h.
#include <set>
#include <utility>

#include "files/graph_config.h"
#include "files/implicit_masks.h"
#include "files/words.h"
#include "layers/graph.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

using Value = GraphOptions::Value;

size_t index(int64_t number) { return static_cast<size_t>(number); }

const InputOptions* as_input(const LayerSpec& spec) { return std::get_if<InputOptions>(&spec); }

// The graph with the shapes it was built for: nothing is allocated.
Graph<float> shaped(GraphOptions graph, const std::vector<Shape>& inputs) {
  for (size_t i = 0; i < inputs.size() && i < graph.inputs.size(); ++i) {
    auto& layer = graph.layers[index(graph.calls[index(graph.inputs[i].call)].layer)];
    std::get<InputOptions>(layer).batch_shape = inputs[i];
  }
  return Graph<float>(std::move(graph));
}

OrderedJson input_json(const InputOptions& input, const Shape& shape) {
  OrderedJson config;
  config["batch_shape"] = shape_json(input.batch_shape.empty() ? shape : input.batch_shape);
  config["dtype"] = input.dtype;
  config["sparse"] = false;
  config["ragged"] = false;
  config["name"] = input.name;
  config["optional"] = false;
  return keras_object("keras.layers", "InputLayer", std::move(config));
}

// When Keras reads a graph it makes an operation of its own for the mask of a Concatenate and calls
// that "concatenate", then "concatenate_1": the name that it gave to the layer, which it then
// refuses. So such a layer gets another name, unless somebody may ask for it as an output.
GraphOptions with_free_names(GraphOptions graph) {
  const auto masked = masked_calls(graph);
  std::set<std::string> names;
  for (const LayerSpec& spec : graph.layers) names.insert(layer_name(spec));
  std::set<int64_t> outputs;
  for (const Value& value : graph.outputs) outputs.insert(graph.calls[index(value.call)].layer);
  for (size_t c = 0; c < graph.calls.size(); ++c) {
    LayerSpec& spec = graph.layers[index(graph.calls[c].layer)];
    std::string name = layer_name(spec);
    if (!masked[c] || !std::holds_alternative<ConcatenateOptions>(spec) ||
        !name.starts_with("concatenate") || outputs.contains(graph.calls[c].layer)) {
      continue;
    }
    name.insert(0, "merged_");
    while (!names.insert(name).second) name += "_";
    set_layer_name(spec, name);
  }
  return graph;
}

// Calls as Keras refers to them: the name of the layer, the how-manieth call of it.
class GraphWriter {
 public:
  GraphWriter(const GraphOptions& graph, const std::vector<Shape>& inputs, Form form)
      : graph_(with_free_names(graph)),
        built_(shaped(graph_, inputs)),
        form_(form),
        calls_of_(graph.layers.size()) {
    for (size_t c = 0; c < graph.calls.size(); ++c) {
      auto& calls = calls_of_[index(graph.calls[c].layer)];
      node_.push_back(static_cast<int64_t>(calls.size()));
      calls.push_back(c);
    }
  }

  OrderedJson layers() const {
    OrderedJson list = OrderedJson::array();
    for (size_t i = 0; i < graph_.layers.size(); ++i) {
      const LayerSpec& spec = graph_.layers[i];
      const size_t first = calls_of_[i].at(0);
      OrderedJson entry = as_input(spec) != nullptr
                              ? input_json(*as_input(spec), built_.call_shapes(first)[0])
                              : layer_json(spec, input_shapes(first), form_);
      if (form_ == Form::legacy) {
        OrderedJson less = {{"class_name", entry["class_name"]}};
        less["config"] = std::move(entry["config"]);
        entry = std::move(less);
      }
      if (!graph_.sequential) {
        entry["name"] = layer_name(spec);
        entry["inbound_nodes"] = OrderedJson::array();
        for (const size_t call : calls_of_[i]) {
          if (as_input(spec) == nullptr) entry["inbound_nodes"].push_back(call_json(call));
        }
      }
      list.push_back(std::move(entry));
    }
    return list;
  }

  OrderedJson references(const std::vector<Value>& values) const {
    OrderedJson list = OrderedJson::array();
    for (const Value& value : values) {
      const LayerSpec& spec = layer_of(value);
      // Keras counts the model's own graph as its first call.
      const bool counted = class_name(spec) == "Functional";
      list.push_back(
          {layer_name(spec), node_[index(value.call)] + (counted ? 1 : 0), value.output});
    }
    return list.size() == 1 ? list[0] : list;  // Keras gives lists back for lists
  }

 private:
  const LayerSpec& layer_of(const Value& value) const {
    return graph_.layers[index(graph_.calls[index(value.call)].layer)];
  }

  const Shape& shape_of(const Value& value) const {
    return built_.call_shapes(index(value.call))[index(value.output)];
  }

  std::vector<Shape> input_shapes(size_t call) const {
    std::vector<Shape> shapes;
    for (const Value& value : graph_.calls[call].inputs) shapes.push_back(shape_of(value));
    return shapes;
  }

  OrderedJson tensor_json(const Value& value) const {
    const LayerSpec& spec = layer_of(value);
    const auto* input = as_input(spec);
    OrderedJson config;
    config["shape"] = shape_json(shape_of(value));
    config["dtype"] = input != nullptr ? input->dtype : "float32";
    config["keras_history"] = {layer_name(spec), node_[index(value.call)], value.output};
    return {{"class_name", kKerasTensor}, {"config", std::move(config)}};
  }

  OrderedJson tensors(const std::vector<Value>& values, size_t begin, size_t end) const {
    OrderedJson list = OrderedJson::array();
    for (size_t i = begin; i < end; ++i) list.push_back(tensor_json(values[i]));
    return list;
  }

  // A list for each cell, as many times as there are directions.
  OrderedJson states_of_cells(const RNNOptions& rnn, const std::vector<Value>& values) const {
    OrderedJson list = OrderedJson::array();
    for (size_t at = 1; at < values.size();) {
      for (const auto& cell : rnn.cells) {
        const auto states = index(find_cell(cell.cell).states);
        list.push_back(tensors(values, at, at + states));
        at += states;
      }
    }
    return list;
  }

  OrderedJson call_json(size_t call) const {
    const LayerSpec& spec = graph_.layers[index(graph_.calls[call].layer)];
    const auto& values = graph_.calls[call].inputs;
    OrderedJson node;
    OrderedJson kwargs = OrderedJson::object();
    if (values.size() == 1) {
      node["args"] = tensors(values, 0, 1);
    } else if (!has_states(spec)) {
      node["args"] = OrderedJson::array({tensors(values, 0, values.size())});
    } else {
      node["args"] = tensors(values, 0, 1);
      const RNNOptions* cells = stacked_cells(spec);
      kwargs["initial_state"] =
          cells != nullptr ? states_of_cells(*cells, values) : tensors(values, 1, values.size());
    }
    node["kwargs"] = std::move(kwargs);
    return node;
  }

  GraphOptions graph_;
  Graph<float> built_;
  Form form_;
  std::vector<std::vector<size_t>> calls_of_;  // of every layer
  std::vector<int64_t> node_;                  // of every call: which one of its layer
};

}  // namespace

OrderedJson graph_config_json(const GraphOptions& graph, const std::vector<Shape>& inputs,
                              Form form) {
  const GraphWriter writer(graph, inputs, form);
  OrderedJson config;
  config["name"] = graph.name;
  config["trainable"] = true;
  if (graph.sequential) config["dtype"] = float32_policy();
  config["layers"] = writer.layers();
  if (graph.sequential) {
    config["build_input_shape"] = shape_json(inputs.at(0));
  } else {
    config["input_layers"] = writer.references(graph.inputs);
    config["output_layers"] = writer.references(graph.outputs);
  }
  return config;
}

OrderedJson graph_json(const GraphOptions& graph, const std::vector<Shape>& inputs, Form form) {
  OrderedJson config = graph_config_json(graph, inputs, form);
  OrderedJson object;
  if (graph.sequential) {
    object = keras_object("keras", "Sequential", std::move(config));
    object["build_config"] = {{"input_shape", shape_json(inputs.at(0))}};
  } else {
    object = keras_object("keras.src.models.functional", "Functional", std::move(config));
    object["registered_name"] = "Functional";
    object["build_config"] = {{"input_shape", nullptr}};
  }
  object["compile_config"] = OrderedJson::object();
  return object;
}

}  // namespace eddy::files
