// SPDX-License-Identifier: MIT
// Reading models; see graph_config.h.
#include <algorithm>
#include <utility>

#include "files/graph_config.h"
#include "layers/graph.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

constexpr size_t kMaxLayers = 1000;  // of one list, its InputLayer among them

bool is_input_layer(const Json& layer) {
  return layer.is_object() && layer.value("class_name", Json()) == "InputLayer";
}

bool is_stateful(const LayerSpec& spec) {
  if (const auto* recurrent = std::get_if<RecurrentOptions>(&spec)) return recurrent->stateful;
  if (const auto* rnn = std::get_if<RNNOptions>(&spec)) return rnn->stateful;
  if (const auto* both = std::get_if<BidirectionalOptions>(&spec)) return is_stateful(*both->layer);
  if (const auto* nested = std::get_if<NestedOptions>(&spec)) {
    const auto& layers = nested->model->layers;
    return std::any_of(layers.begin(), layers.end(), is_stateful);
  }
  return false;
}

// Where Keras' versions have put the shape, best first; empty: nowhere.
Shape find_input_shape(ConfigObject& model, ConfigObject& config, const Json& layers,
                       const Shape& of_input) {
  const auto present = [](const Json* found) { return found != nullptr && !found->is_null(); };
  if (const Json* shape = config.find("build_input_shape"); present(shape)) {
    return read_shape(*shape, config.where("build_input_shape"));
  }
  if (!of_input.empty()) return of_input;
  if (const Json* build = model.find("build_config"); present(build)) {
    ConfigObject built(*build, model.where("build_config"));
    if (const Json* shape = built.find("input_shape"); present(shape)) {
      return read_shape(*shape, built.where("input_shape"));
    }
  }
  if (!layers.empty() && layers[0].is_object()) {
    const auto first = layers[0].find("config");
    if (first != layers[0].end() && first->is_object() && first->contains("batch_input_shape")) {
      return read_shape(first->at("batch_input_shape"), config.where("batch_input_shape"));
    }
  }
  return {};
}

GraphOptions read_sequential(ConfigObject& model, ConfigObject& config, bool legacy) {
  const std::string name = read_string(config.at("name"), config.where("name"));
  const Json& layers = read_list(config.at("layers"), config.where("layers"));
  InputOptions input{.name = "input_layer"};
  const bool has_input = !layers.empty() && is_input_layer(layers[0]);
  if (has_input) input = read_input(layers[0], config.where());
  Shape shape = find_input_shape(model, config, layers, input.batch_shape);
  std::vector<LayerSpec> specs;
  for (size_t i = has_input ? 1 : 0; i < layers.size(); ++i) {
    specs.push_back(read_layer(layers[i], config.where(), legacy));
  }
  if (specs.empty()) bad_file(config.where("layers"), "at least one layer", "none");
  // Keras notes the batch size of the first fit; it matters where states are kept for each row.
  const bool keep = std::any_of(specs.begin(), specs.end(), is_stateful);
  if (!shape.empty() && !keep) shape[0] = kNone;
  input.batch_shape = shape;
  if (input.name.empty()) input.name = "input_layer";
  GraphOptions graph = chain(std::move(specs), shape, name);
  graph.layers[0] = input;
  return graph;
}

// Up to Keras 2.2.2 a Sequential's config was its list of layers.
Json with_named_list(const Json& object) {
  Json named = object;
  named["config"] = {{"name", "sequential"}, {"layers", object["config"]}};
  return named;
}

bool is_bare_list(const Json& object) {
  const auto config = object.find("config");
  return config != object.end() && config->is_array();
}

int64_t saturated(int64_t count) { return std::min(count, kMaxLiveLayers + 1); }

int64_t live_layers_of(const LayerSpec& spec) {
  if (const auto* nested = std::get_if<NestedOptions>(&spec)) return live_layers(*nested->model);
  if (const auto* steps = std::get_if<TimeDistributedOptions>(&spec); steps && steps->layer) {
    return 1 + live_layers_of(*steps->layer);
  }
  if (const auto* both = std::get_if<BidirectionalOptions>(&spec); both && both->layer) {
    return 1 + 2 * live_layers_of(*both->layer);
  }
  if (const auto* rnn = std::get_if<RNNOptions>(&spec)) {
    return 1 + static_cast<int64_t>(rnn->cells.size());
  }
  return 1;
}

}  // namespace

int64_t live_layers(const GraphOptions& graph) {
  std::vector<int64_t> each;
  each.reserve(graph.layers.size());
  for (const LayerSpec& spec : graph.layers) each.push_back(saturated(live_layers_of(spec)));
  int64_t all = 0;
  for (const auto& call : graph.calls) {
    all = saturated(all + each[static_cast<size_t>(call.layer)]);
  }
  return all;
}

InputOptions read_input(const Json& object, const Where& where) {
  const KerasObject keras = read_keras_object(object, where);
  const Where place = where.at("InputLayer");
  if (keras.config == nullptr) bad_file(place, "a key 'config'", "none");
  ConfigObject config(*keras.config, place);
  const char* key = config.find("batch_shape") != nullptr ? "batch_shape" : "batch_input_shape";
  InputOptions input;
  input.batch_shape = read_shape(config.at(key), config.where(key));
  if (const Json* name = config.find("name")) input.name = read_string(*name, config.where("name"));
  if (const Json* type = config.find("dtype"); type != nullptr && type->is_string()) {
    input.dtype = type->get<std::string>();
  }
  for (const char* kind : {"sparse", "ragged", "optional"}) config.only(kind, false);
  config.expect_all_read();
  return input;
}

GraphOptions read_graph(const Json& object, const Where& where, bool legacy) {
  const KerasObject keras = read_keras_object(object, where);
  if (!is_model_class(keras.class_name)) {
    not_supported(where, "a Sequential or Functional model", brief(keras.class_name),
                  "describe the same layers as keras.Sequential or keras.Model(inputs, outputs), "
                  "copy the weights with set_weights, and save that.");
  }
  if (is_bare_list(object)) return read_graph(with_named_list(object), where, legacy);
  ConfigObject model(object, where);
  ConfigObject config(model.at("config"), where);
  if (const Json* layers = config.find("layers");
      layers != nullptr && layers->is_array() && layers->size() > kMaxLayers) {
    bad_file(config.where("layers"), fmt::format("at most {} layers", kMaxLayers), brief(*layers));
  }
  GraphOptions graph;
  if (keras.class_name == "Sequential") {
    graph = read_sequential(model, config, legacy);
  } else {
    graph.name = read_string(config.at("name"), config.where("name"));
    read_functional(config, legacy, graph);
  }
  // Keras: false freezes every layer, true leaves each as it is.
  if (const Json* trainable = config.find("trainable");
      trainable != nullptr && !read_bool(*trainable, config.where("trainable"))) {
    for (LayerSpec& layer : graph.layers) layer.trainable = false;
  }
  if (const Json* policy = config.find("dtype")) expect_float32(*policy, config.where("dtype"));
  config.expect_all_read();
  return graph;
}

}  // namespace eddy::files
