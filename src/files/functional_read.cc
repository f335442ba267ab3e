// SPDX-License-Identifier: MIT
// Reading the calls of a functional model, in the form of Keras 3 (arguments with tensors in them)
// and of Keras 2 (lists of names and numbers).
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "files/call_arguments.h"
#include "files/graph_config.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

constexpr size_t kMaxCalls = 10'000;

const char* const kNoOperations =
    "write the model with layers only: Add()([x, y]) rather than x + y, for example.";

class FunctionalReader {
 public:
  FunctionalReader(ConfigObject& config, bool legacy, GraphOptions& graph)
      : config_(config), legacy_(legacy), graph_(graph) {}

  void read() {
    const Where where = config_.where("layers");
    for (const Json& entry : read_list(config_.at("layers"), where)) read_entry(entry, where);
    order_calls();
    read_ends();
    check_masks(
        graph_, masks_, [this](const TensorName& tensor) { return value_of(tensor); },
        config_.where());
  }

 private:
  // A call before it has its place in the order.
  struct Pending {
    size_t layer;
    std::vector<TensorName> inputs = {};
    std::vector<TensorName> masks = {};
    bool old_form = false;
  };

  void read_entry(const Json& entry, const Where& where) {
    ConfigObject object(entry, where);
    const std::string name = read_string(object.at("name"), object.where("name"));
    const Where place = where.at(fmt::format("layer '{}'", name));
    const Json& nodes = read_list(object.at("inbound_nodes"), place);
    if (!names_.insert(name).second) bad_file(place, "distinct names of layers", "this one twice");
    if (is_operation(entry)) {
      Masks::Operation& operation = masks_.operations[name];
      operation.class_name = read_string(object.at("class_name"), place);
      for (const Json& node : nodes) operation.calls.push_back(&node);
      return;
    }
    LayerSpec spec;
    const KerasObject keras = read_keras_object(entry, place);
    const bool input = keras.class_name == "InputLayer";
    spec = input ? LayerSpec(read_input(entry, place)) : read_layer(entry, where, legacy_);
    set_layer_name(spec, name);
    const size_t layer = graph_.layers.size();
    number_[name] = layer;
    graph_.layers.push_back(std::move(spec));
    calls_of_.emplace_back();
    if (input) pending_.push_back({layer});
    if (!input && nodes.empty()) bad_file(place, "at least one call of the layer", "none");
    for (const Json& node : nodes) {
      if (input) break;  // Keras 2 writes none, Keras 3 neither
      pending_.push_back(read_node(node, layer, place));
    }
    if (pending_.size() > kMaxCalls) {
      bad_file(config_.where(), fmt::format("at most {} calls", kMaxCalls), "more");
    }
  }

  Pending read_node(const Json& node, size_t layer, const Where& place) const {
    Pending call{layer};
    if (node.is_array()) {  // Keras 2: tensors with the call's other arguments behind them
      call.old_form = true;
      collect_tensors(node, place, /*others=*/false, call.inputs);
      if (is_tensor_name(node) && node.size() == 4) read_kwargs(node[3], place, call);
      for (const Json& tensor : node) {
        if (is_tensor_name(tensor) && tensor.size() == 4) read_kwargs(tensor[3], place, call);
      }
    } else {
      ConfigObject arguments(node, place);
      read_args(read_list(arguments.at("args"), place), place, call);
      read_kwargs(arguments.at("kwargs"), place, call);
      arguments.expect_all_read();
    }
    if (call.inputs.empty()) bad_file(place, "a call on at least one value", "none");
    return call;
  }

  void read_args(const Json& args, const Where& place, Pending& call) const {
    for (size_t i = 0; i < args.size(); ++i) {
      if (args[i].is_null()) continue;
      // The second argument of recurrent layers is the initial state; the others have no second.
      if (i > 1 || (i == 1 && !has_states(graph_.layers[call.layer]))) {
        not_supported(place, "a call with one argument", brief(args[i]));
      }
      collect_tensors(args[i], place, /*others=*/false, call.inputs);
    }
  }

  void read_kwargs(const Json& value, const Where& place, Pending& call) const {
    ConfigObject kwargs(value, place);
    kwargs.only("training", false);
    kwargs.only("constants", nullptr);
    if (const Json* state = kwargs.find("initial_state"); state != nullptr && !state->is_null()) {
      collect_tensors(*state, kwargs.where("initial_state"), /*others=*/false, call.inputs);
    }
    if (const Json* mask = kwargs.find("mask"); mask != nullptr && !mask->is_null()) {
      collect_tensors(*mask, kwargs.where("mask"), /*others=*/false, call.masks);
    }
    kwargs.expect_all_read();
  }

  bool is_model(const std::string& name) const {
    const auto found = number_.find(name);
    return found != number_.end() &&
           std::holds_alternative<NestedOptions>(graph_.layers[found->second]);
  }

  // Each call after those it depends on; calls of one layer stay in their order.
  void order_calls() {
    for (Pending& call : pending_) {
      if (!call.old_form) continue;
      for (TensorName& tensor : call.inputs) {  // a model's own graph counted as its first call
        if (is_model(tensor.layer)) --tensor.node;
      }
    }
    const auto firsts = first_calls();
    std::vector<std::vector<size_t>> users(pending_.size());
    std::vector<size_t> waits_for(pending_.size(), 0);
    const auto depends = [&](size_t user, size_t on) {
      users[on].push_back(user);
      ++waits_for[user];
    };
    for (size_t c = 0; c < pending_.size(); ++c) {
      for (const auto& tensor : pending_[c].inputs) depends(c, pending_call(tensor, firsts));
      if (c > 0 && pending_[c - 1].layer == pending_[c].layer) depends(c, c - 1);
    }
    std::set<size_t> ready;  // the earliest first: Keras' own order where it is one
    for (size_t c = 0; c < pending_.size(); ++c) {
      if (waits_for[c] == 0) ready.insert(c);
    }
    while (!ready.empty()) {
      const size_t c = *ready.begin();
      ready.erase(ready.begin());
      add_call(pending_[c]);
      for (const size_t user : users[c]) {
        if (--waits_for[user] == 0) ready.insert(user);
      }
    }
    if (graph_.calls.size() != pending_.size()) {
      bad_file(config_.where("layers"), "calls without a circle", "one");
    }
  }

  // In `pending_`, of every layer.
  std::vector<size_t> first_calls() const {
    std::vector<size_t> first(graph_.layers.size() + 1, pending_.size());
    for (size_t c = pending_.size(); c-- > 0;) first[pending_[c].layer] = c;
    return first;
  }

  size_t pending_call(const TensorName& tensor, const std::vector<size_t>& firsts) const {
    const size_t layer = layer_number(tensor);
    const int64_t count = static_cast<int64_t>(firsts[layer + 1] - firsts[layer]);
    if (tensor.node < 0 || tensor.node >= count) no_such(tensor);
    return firsts[layer] + static_cast<size_t>(tensor.node);
  }

  size_t layer_number(const TensorName& tensor) const {
    const auto found = number_.find(tensor.layer);
    if (found != number_.end()) return found->second;
    if (masks_.operations.contains(tensor.layer)) {
      not_supported(config_.where(), "calls of layers",
                    fmt::format("the operation '{}' on values", tensor.layer), kNoOperations);
    }
    no_such(tensor);
  }

  [[noreturn]] void no_such(const TensorName& tensor) const {
    bad_file(config_.where(), "values of layers of the model",
             fmt::format("call {} of layer {}", tensor.node, brief(tensor.layer)));
  }

  GraphOptions::Value value_of(const TensorName& tensor) const {
    const auto& calls = calls_of_[layer_number(tensor)];
    if (tensor.node < 0 || tensor.node >= static_cast<int64_t>(calls.size())) no_such(tensor);
    return {.call = calls[static_cast<size_t>(tensor.node)], .output = tensor.output};
  }

  void add_call(const Pending& pending) {
    GraphOptions::Call call{.layer = static_cast<int64_t>(pending.layer)};
    for (const auto& tensor : pending.inputs) call.inputs.push_back(value_of(tensor));
    const auto number = static_cast<int64_t>(graph_.calls.size());
    for (const auto& mask : pending.masks) masks_.given.emplace_back(number, mask);
    calls_of_[pending.layer].push_back(number);
    graph_.calls.push_back(std::move(call));
  }

  void read_ends() {
    const auto read = [&](const char* key) {
      std::vector<TensorName> tensors;
      const Json& value = config_.at(key);
      if (value.is_object()) {  // inputs by name: Keras sorts them
        for (const auto& item : value.items()) {
          collect_tensors(item.value(), config_.where(key), /*others=*/false, tensors);
        }
      } else {
        collect_tensors(value, config_.where(key), /*others=*/false, tensors);
      }
      if (tensors.empty()) bad_file(config_.where(key), "at least one value", "none");
      return tensors;
    };
    std::set<int64_t> inputs;
    for (const auto& tensor : read("input_layers")) {
      graph_.inputs.push_back(value_of(tensor));
      const auto& value = graph_.inputs.back();
      const auto& call = graph_.calls[static_cast<size_t>(value.call)];
      const bool input =
          std::holds_alternative<InputOptions>(graph_.layers[static_cast<size_t>(call.layer)]);
      if (!input || !inputs.insert(value.call).second) {
        bad_file(config_.where("input_layers"), "every InputLayer once", brief(tensor.layer));
      }
    }
    for (const LayerSpec& spec : graph_.layers) {
      if (!std::holds_alternative<InputOptions>(spec)) continue;
      const TensorName tensor{layer_name(spec), 0, 0};
      if (!inputs.contains(value_of(tensor).call)) {
        bad_file(config_.where("input_layers"), "every InputLayer",
                 fmt::format("none for '{}'", tensor.layer));
      }
    }
    for (auto tensor : read("output_layers")) {
      // A model's own graph counts as its first call; in Keras 3 not that of a Sequential.
      const auto found = number_.find(tensor.layer);
      if (found != number_.end() && is_model(tensor.layer) &&
          (legacy_ || class_name(graph_.layers[found->second]) == "Functional")) {
        --tensor.node;
      }
      graph_.outputs.push_back(value_of(tensor));
    }
  }

  ConfigObject& config_;
  bool legacy_;
  GraphOptions& graph_;
  std::set<std::string> names_;
  std::map<std::string, size_t> number_;  // of the layers, in graph_.layers
  std::vector<Pending> pending_;          // layer by layer
  std::vector<std::vector<int64_t>> calls_of_;
  Masks masks_;
};

}  // namespace

void read_functional(ConfigObject& config, bool legacy, GraphOptions& graph) {
  FunctionalReader(config, legacy, graph).read();
}

}  // namespace eddy::files
