// SPDX-License-Identifier: MIT
#include "files/model_config.h"

#include <utility>

#include "files/compile_config.h"
#include "files/graph_config.h"
#include "files/vectorization_config.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

constexpr size_t kMaxConfigLayers = 1000;  // inputs among them
constexpr size_t kMaxValues = 400'000;     // a layer has about 60, its calls some 10 each

// Keras would not read such a model, nor would we.
void check_can_be_read(const Where& where, const GraphOptions& graph) {
  if (graph.layers.size() > kMaxConfigLayers || live_layers(graph) > kMaxLiveLayers) {
    fail(ErrorCode::not_supported, where, fmt::format("at most {} layers", kMaxConfigLayers),
         "more", "use fewer layers.");
  }
  for (const LayerSpec& spec : graph.layers) {
    if (const auto* nested = std::get_if<NestedOptions>(&spec)) {
      check_can_be_read(where, *nested->model);
    }
    if (layer_name(spec).find('/') == std::string::npos) continue;
    fail(ErrorCode::invalid_argument, where, "layer names without '/'",
         fmt::format("'{}'", layer_name(spec)), "rename the layer.");
  }
}

}  // namespace

KerasAge keras_age(const std::string& version) {
  return version.starts_with("1.") || version.starts_with("2.") ? KerasAge::keras_2
                                                                : KerasAge::keras_3;
}

OrderedJson model_json(const Where& where, const Network& network) {
  const GraphOptions& graph = network.graph->options();
  check_can_be_read(where, graph);
  OrderedJson model = graph_json(graph, network.input_shapes(), Form::full);
  model["compile_config"] = compile_json(network.compiled);
  return model;
}

// Objects of Keras 2 had no more than these two keys; inside of layers Keras 3 writes its own form.
OrderedJson legacy_model_json(const Where& where, const Network& network) {
  const GraphOptions& graph = network.graph->options();
  check_can_be_read(where, graph);
  OrderedJson model;
  model["class_name"] = graph.sequential ? "Sequential" : "Functional";
  model["config"] = graph_config_json(graph, network.input_shapes(), Form::legacy);
  return model;
}

OrderedJson legacy_training_json(const CompileOptions& options) {
  OrderedJson config = compile_json(options);
  OrderedJson optimizer;
  optimizer["class_name"] = config["optimizer"]["class_name"];
  optimizer["config"] = config["optimizer"]["config"];
  config.erase("optimizer");
  config["optimizer_config"] = std::move(optimizer);
  return config;
}

std::optional<CompileOptions> read_training_config(const Where& where, std::string_view text) {
  return read_compile(parse_json(where, text, kMaxValues), where, "");
}

ModelConfig read_model_config(const Where& where, std::string_view text, KerasAge age,
                              const std::string& optimizer) {
  Json value = parse_json(where, text, kMaxValues);
  ModelConfig result;
  result.vectorization = take_vectorization(value, where);
  result.graph = read_graph(value, where, age == KerasAge::keras_2);
  if (live_layers(result.graph) > kMaxLiveLayers) {
    bad_file(where, fmt::format("at most {} calls of layers", kMaxLiveLayers), "more");
  }
  for (const auto& input : result.graph.inputs) {
    const auto& call = result.graph.calls[static_cast<size_t>(input.call)];
    const auto& layer = result.graph.layers[static_cast<size_t>(call.layer)];
    if (!std::get<InputOptions>(layer).batch_shape.empty()) continue;
    not_supported(where, "a model that was built before it was saved", "one without input shape",
                  "call model.build((None, ...)) or fit in Keras, and save it again.");
  }
  if (const auto compile = value.find("compile_config"); compile != value.end()) {
    result.compile = read_compile(*compile, where.at("compile_config"), optimizer);
  }
  return result;
}

}  // namespace eddy::files
