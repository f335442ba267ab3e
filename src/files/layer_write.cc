// SPDX-License-Identifier: MIT
// Writing layers; see layer_config.h.
#include <utility>

#include "files/graph_config.h"
#include "files/initializer_config.h"
#include "files/layer_config.h"
#include "files/spec_config.h"
#include "files/words.h"
#include "layers/bidirectional.h"
#include "layers/constraints.h"
#include "layers/factory.h"
#include "layers/options.h"
#include "layers/regularizers.h"

namespace eddy::files {
namespace {

// Keras' last key of a layer that is no option of the struct's list; see visit_options.
struct LastKey {
  OrderedJson& config;
  void operator()(const EmbeddingOptions&) const { config["quantization_config"] = nullptr; }
  void operator()(const DenseOptions&) const { config["quantization_config"] = nullptr; }
  // The seed of dropout; Keras' SimpleRNN forgets to write it.
  void operator()(const RecurrentOptions& o) const {
    if (!find_cell(o.cell).has_recurrent_activation) return;
    config["seed"] = o.seed ? OrderedJson(*o.seed) : OrderedJson(nullptr);
  }
  template <class Options>
  void operator()(const Options&) const {}
};

OrderedJson word_json(const std::string& word) {
  if (word != kOldHardSigmoid) return word;
  OrderedJson function = keras_object("builtins", "function", kRegisteredHardSigmoid);
  function["registered_name"] = "function";
  return function;
}

OrderedJson constants_json(const Constants& constants) {
  size_t next = 0;
  const auto part = [&](const auto& self, size_t depth) -> OrderedJson {
    if (depth == constants.shape.size()) return constants.values[next++];
    OrderedJson list = OrderedJson::array();
    for (int64_t i = 0; i < constants.shape[depth]; ++i) list.push_back(self(self, depth + 1));
    return list;
  };
  return part(part, 0);
}

OrderedJson build_config(const Shape& input) { return {{"input_shape", shape_json(input)}}; }

OrderedJson shapes_json(const std::vector<Shape>& shapes, size_t first, size_t end) {
  OrderedJson list = OrderedJson::array();
  for (size_t i = first; i < end; ++i) list.push_back(shape_json(shapes[i]));
  return list;
}

// The config of a layer's options in the order that its cell has.
OrderedJson as_cell(const OrderedJson& layer) {
  OrderedJson cell;
  for (const auto& [key, value] : layer.items()) {
    if (key == "unit_forget_bias") continue;
    cell[key] = value;
    if (key == "use_bias" && layer.contains("unit_forget_bias")) {
      cell["unit_forget_bias"] = layer["unit_forget_bias"];
    }
  }
  return cell;
}

class OptionWriter {
 public:
  // inside     what a layer inside is built for; none: unknown
  // trainable  what cells inside say
  OptionWriter(OrderedJson& config, std::vector<Shape> inside, Form form, bool trainable)
      : config_(config), inside_(std::move(inside)), form_(form), trainable_(trainable) {}

  template <class T>
  void operator()(const char* key, const T& value) {
    config_[key] = value;
  }
  void operator()(const char* key, const Initializer& value) {
    config_[key] = initializer_json(value);
  }
  void operator()(const char* key, const std::string& value) { config_[key] = word_json(value); }
  void operator()(const char* key, const std::optional<int64_t>& value) {
    config_[key] = value ? OrderedJson(*value) : OrderedJson(nullptr);
  }
  void operator()(const char* key, const std::optional<Regularizer>& value) {
    config_[key] = nullptr;
    if (value) config_[key] = spec_json("keras.regularizers", regularizer_rows(), *value);
  }
  void operator()(const char* key, const std::optional<Constants>& value) {
    config_[key] = value ? constants_json(*value) : OrderedJson(nullptr);
  }
  void operator()(const char* key, const std::optional<Constraint>& value) {
    config_[key] = nullptr;
    if (value) config_[key] = spec_json("keras.constraints", constraint_rows(), *value);
  }
  template <class T>
  void if_given(const char* key, const std::optional<T>& value) {
    if (value) (*this)(key, value);
  }
  void single(const char* key, int64_t value) { config_[key] = {value}; }
  void integer(const char* key, int64_t value) { config_[key] = value; }
  void integers(const char* key, const std::vector<int64_t>& values) { config_[key] = values; }
  void word(const char* key, const std::string& value, const char* none) {
    config_[key] = value == none ? OrderedJson(nullptr) : OrderedJson(value);
  }
  void word_unless(const char* key, const std::string& value, const char* none) {
    if (value != none) config_[key] = value;
  }
  void cells(const char* key, std::vector<RecurrentOptions>& cells, bool stacked) {
    OrderedJson list = OrderedJson::array();
    Shape input;
    if (!inside_.empty() && inside_[0].size() == 3) input = {inside_[0][0], inside_[0][2]};
    const Shape first = input;
    for (RecurrentOptions& cell : cells) {
      list.push_back(cell_json(cell, input));
      if (!input.empty()) input[1] = cell.units;
    }
    if (!stacked) {
      config_[key] = list.empty() ? OrderedJson(nullptr) : list[0];
      return;
    }
    OrderedJson own = {{"name", "stacked_rnn_cells"}, {"trainable", trainable_}};
    own["dtype"] = float32_policy();
    own["cells"] = std::move(list);
    config_[key] = keras_object("keras.layers", "StackedRNNCells", std::move(own));
    if (!first.empty()) config_[key]["build_config"] = build_config(first);
  }
  void layer(const char* key, const LayerBox& value) {
    config_[key] = value ? layer_json(*value, inside_, form_) : OrderedJson(nullptr);
  }
  template <class T>
  void only(const char* key, T value, const char* = "") {
    config_[key] = value;
  }

 private:
  OrderedJson cell_json(RecurrentOptions& cell, const Shape& input) const {
    const std::string class_name = find_cell(cell.cell).class_name + std::string("Cell");
    OrderedJson config = {{"name", cell.name.empty() ? snake_case(class_name) : cell.name},
                          {"trainable", trainable_}};
    config["dtype"] = float32_policy();
    visit_cell(cell, OptionWriter(config, {}, form_, trainable_));
    config["seed"] = cell.seed ? OrderedJson(*cell.seed) : OrderedJson(nullptr);
    OrderedJson object = keras_object("keras.layers", class_name, as_cell(config));
    if (!input.empty()) object["build_config"] = build_config(input);
    return object;
  }

  OrderedJson& config_;
  std::vector<Shape> inside_;
  Form form_;
  bool trainable_;
};

// What the layers inside of a wrapper are built for.
std::vector<Shape> shapes_inside(const LayerSpec& spec, const std::vector<Shape>& inputs) {
  if (inputs.empty()) return {};
  Shape input = inputs[0];
  if (std::holds_alternative<TimeDistributedOptions>(spec) && input.size() > 1) {
    input.erase(input.begin() + 1);
  }
  return {input};
}

// Whether Keras' build() does something: it makes weights, or spreads given numbers over the shape.
bool is_built(const LayerSpec& spec, const std::vector<Shape>& inputs) {
  if (std::holds_alternative<NormalizationOptions>(spec)) return true;
  uint64_t streams = 0;
  const auto layer = make_layer<float>(spec, streams);
  layer->build(inputs);
  return !layer->weights().empty();
}

OrderedJson state_shapes_json(const LayerSpec& spec, const std::vector<Shape>& inputs) {
  const RNNOptions* cells = stacked_cells(spec);
  if (cells == nullptr) return shapes_json(inputs, 1, inputs.size());
  OrderedJson list = OrderedJson::array();
  for (size_t at = 1; at < inputs.size();) {
    for (const auto& cell : cells->cells) {
      const auto states = static_cast<size_t>(find_cell(cell.cell).states);
      list.push_back(shapes_json(inputs, at, at + states));
      at += states;
    }
  }
  return list;
}

// Keras freezes a layer inside of another one by its own flag alone.
LayerSpec trained_as(LayerSpec inside, const LayerSpec& outside) {
  inside.trainable = inside.trainable && outside.trainable;
  return inside;
}

}  // namespace

bool has_states(const LayerSpec& spec) {
  return std::holds_alternative<RecurrentOptions>(spec) ||
         std::holds_alternative<RNNOptions>(spec) ||
         std::holds_alternative<BidirectionalOptions>(spec);
}

const RNNOptions* stacked_cells(const LayerSpec& spec) {
  const auto* rnn = std::get_if<RNNOptions>(&spec);
  if (const auto* both = std::get_if<BidirectionalOptions>(&spec)) {
    rnn = std::get_if<RNNOptions>(&*both->layer);
  }
  return rnn != nullptr && rnn->stacked ? rnn : nullptr;
}

OrderedJson float32_policy() { return keras_object("keras", "DTypePolicy", {{"name", "float32"}}); }

OrderedJson layer_json(const LayerSpec& spec, const std::vector<Shape>& inputs, Form form) {
  if (const auto* nested = std::get_if<NestedOptions>(&spec)) {
    GraphOptions model = *nested->model;
    model.name = nested->name;
    for (LayerSpec& layer : model.layers) layer = trained_as(std::move(layer), spec);
    return graph_json(model, inputs, form);
  }
  LayerSpec options = spec;
  if (auto* both = std::get_if<BidirectionalOptions>(&options)) {
    auto [forward, backward] = both_layers(*both);
    both->layer = trained_as(std::move(forward), spec);
    both->backward_layer = trained_as(std::move(backward), spec);
  }
  if (auto* steps = std::get_if<TimeDistributedOptions>(&options)) {
    steps->layer = trained_as(*steps->layer, spec);
  }
  OrderedJson config;
  config["name"] = layer_name(spec);
  config["trainable"] = spec.trainable;
  config["dtype"] = float32_policy();
  OptionWriter writer(config, shapes_inside(spec, inputs), form, spec.trainable);
  std::visit([&](auto& o) { visit_options(o, writer); }, options_of(options));
  std::visit(LastKey{config}, options_of(spec));
  // Keras' class takes no other keys than those it writes.
  if (std::holds_alternative<SpatialDropout1DOptions>(spec)) config.erase("trainable");
  OrderedJson object = keras_object("keras.layers", class_name(spec), std::move(config));
  if (inputs.empty()) return object;
  if (inputs.size() > 1 && has_states(spec)) {
    object["build_config"]["shapes_dict"] = {
        {"sequences_shape", shape_json(inputs[0])},
        {"initial_state_shape", state_shapes_json(spec, inputs)}};
  } else if (inputs.size() > 1) {
    object["build_config"]["input_shape"] = shapes_json(inputs, 0, inputs.size());
  } else if (is_built(spec, inputs)) {
    object["build_config"] = build_config(inputs[0]);
  }
  return object;
}

}  // namespace eddy::files
