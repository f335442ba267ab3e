// SPDX-License-Identifier: MIT
#include "files/model_config.h"

#include <utility>

#include "files/compile_config.h"
#include "files/config_object.h"
#include "files/layer_config.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

constexpr size_t kMaxLayers = 1000;     // the InputLayer among them
constexpr size_t kMaxValues = 200'000;  // a layer has about 60

constexpr const char* kMakeSequential =
    "build the same layers as keras.Sequential, copy the weights with set_weights, and save that.";

OrderedJson input_layer_json(const Shape& input_shape) {
  OrderedJson config;
  config["batch_shape"] = shape_json(input_shape);
  config["dtype"] = "float32";
  config["sparse"] = false;
  config["ragged"] = false;
  config["name"] = "input_layer";
  config["optional"] = false;
  return keras_object("keras.layers", "InputLayer", std::move(config));
}

// Keras would not read such a model, nor would we.
void check_can_be_read(const Where& where, const Network& network) {
  if (network.specs.size() >= kMaxLayers) {
    fail(ErrorCode::not_supported, where, fmt::format("fewer than {} layers", kMaxLayers),
         fmt::format("{}", network.specs.size()), "use fewer layers.");
  }
  for (const LayerSpec& spec : network.specs) {
    if (layer_name(spec).find('/') == std::string::npos) continue;
    fail(ErrorCode::invalid_argument, where, "layer names without '/'",
         fmt::format("'{}'", layer_name(spec)), "rename the layer.");
  }
}

// The shape that an InputLayer names.
Shape read_input_layer(const Json& value, const Where& where) {
  const KerasObject object = read_keras_object(value, where);
  const Where place = where.at("InputLayer");
  if (object.config == nullptr) bad_file(place, "a key 'config'", "none");
  ConfigObject config(*object.config, place);
  const char* key = config.find("batch_shape") != nullptr ? "batch_shape" : "batch_input_shape";
  Shape shape = read_shape(config.at(key), config.where(key));
  for (const char* kind : {"sparse", "ragged", "optional"}) config.only(kind, false);
  config.ignore({"name", "dtype"});
  config.expect_all_read();
  return shape;
}

bool is_input_layer(const Json& layer) {
  return layer.is_object() && layer.value("class_name", Json()) == "InputLayer";
}

// Where Keras' versions have put the shape, best first; empty: nowhere.
Shape find_input_shape(ConfigObject& model, ConfigObject& config, const Json& layers) {
  const auto present = [](const Json* found) { return found != nullptr && !found->is_null(); };
  if (const Json* shape = config.find("build_input_shape"); present(shape)) {
    return read_shape(*shape, config.where("build_input_shape"));
  }
  if (!layers.empty() && is_input_layer(layers[0])) {
    return read_input_layer(layers[0], config.where());
  }
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

OrderedJson sequential_config(const Network& network) {
  OrderedJson config;
  config["name"] = network.name;
  config["trainable"] = true;
  config["dtype"] = float32_policy();
  OrderedJson layers = OrderedJson::array({input_layer_json(network.input_shape)});
  for (size_t i = 0; i < network.specs.size(); ++i) {
    const Shape& input = i == 0 ? network.input_shape : network.output_shape(i - 1);
    layers.push_back(layer_json(network.specs[i], input, !network.layer(i)->weights().empty()));
  }
  config["layers"] = std::move(layers);
  config["build_input_shape"] = shape_json(network.input_shape);
  return config;
}

// Up to Keras 2.2.2 a Sequential's config was its list of layers.
void name_bare_list(Json& model) {
  if (!model.is_object()) return;
  const auto config = model.find("config");
  if (config == model.end() || !config->is_array()) return;
  Json layers = std::move(*config);
  *config = Json::object();
  (*config)["name"] = "sequential";
  (*config)["layers"] = std::move(layers);
}

}  // namespace

KerasAge keras_age(const std::string& version) {
  return version.starts_with("1.") || version.starts_with("2.") ? KerasAge::keras_2
                                                                : KerasAge::keras_3;
}

OrderedJson model_json(const Where& where, const Network& network) {
  check_can_be_read(where, network);
  OrderedJson model = keras_object("keras", "Sequential", sequential_config(network));
  model["build_config"] = {{"input_shape", shape_json(network.input_shape)}};
  model["compile_config"] = compile_json(network.compiled);
  return model;
}

// Objects of Keras 2 had no more than these two keys; inside of layers Keras 3 writes its own form.
OrderedJson legacy_model_json(const Where& where, const Network& network) {
  check_can_be_read(where, network);
  OrderedJson model;
  model["class_name"] = "Sequential";
  model["config"] = sequential_config(network);
  for (OrderedJson& layer : model["config"]["layers"]) {
    OrderedJson short_form;
    short_form["class_name"] = layer["class_name"];
    short_form["config"] = std::move(layer["config"]);
    layer = std::move(short_form);
  }
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
  name_bare_list(value);
  const KerasObject object = read_keras_object(value, where);
  if (object.class_name != "Sequential") {
    not_supported(where, "a Sequential model", brief(object.class_name), kMakeSequential);
  }
  ConfigObject model(value, where);
  ConfigObject config(model.at("config"), where);
  ModelConfig result;
  result.name = read_string(config.at("name"), config.where("name"));
  const Json& layers = read_list(config.at("layers"), config.where("layers"));
  if (layers.size() > kMaxLayers) {
    bad_file(config.where("layers"), fmt::format("at most {} layers", kMaxLayers), brief(layers));
  }
  result.input_shape = find_input_shape(model, config, layers);
  for (size_t i = 0; i < layers.size(); ++i) {
    if (i == 0 && is_input_layer(layers[0])) continue;
    result.specs.push_back(read_layer(layers[i], where, age == KerasAge::keras_2));
  }
  if (result.specs.empty()) bad_file(config.where("layers"), "at least one layer", "none");
  if (result.input_shape.empty()) {
    not_supported(where, "a model that was built before it was saved", "one without input shape",
                  "call model.build((None, ...)) or fit in Keras, and save it again.");
  }
  result.input_shape[0] = kNone;
  config.only("trainable", true);
  if (const Json* policy = config.find("dtype")) expect_float32(*policy, config.where("dtype"));
  config.expect_all_read();
  if (const Json* compile = model.find("compile_config")) {
    result.compile = read_compile(*compile, where.at("compile_config"), optimizer);
  }
  return result;
}

}  // namespace eddy::files
