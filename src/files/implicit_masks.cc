// SPDX-License-Identifier: MIT
#include "files/implicit_masks.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <type_traits>

#include "files/call_arguments.h"
#include "files/config_object.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

using Value = GraphOptions::Value;
using Calls = std::set<int64_t>;

bool same(const Value& a, const Value& b) { return a.call == b.call && a.output == b.output; }

const LayerSpec& layer_of(const GraphOptions& graph, int64_t call) {
  return graph.layers[static_cast<size_t>(graph.calls[static_cast<size_t>(call)].layer)];
}

// An option of Masking.
class MaskValue {
 public:
  template <class T>
  void operator()(const char* key, const T& value) {
    if constexpr (std::is_same_v<T, double>) {
      if (key == std::string_view("mask_value")) found = value;
    }
  }
  template <class... Arguments>
  void word(const Arguments&...) {}
  template <class... Arguments>
  void word_unless(const Arguments&...) {}
  template <class... Arguments>
  void if_given(const Arguments&...) {}
  template <class... Arguments>
  void single(const Arguments&...) {}
  template <class... Arguments>
  void integer(const Arguments&...) {}
  template <class... Arguments>
  void integers(const Arguments&...) {}
  template <class... Arguments>
  void layer(const Arguments&...) {}
  template <class... Arguments>
  void cells(const Arguments&...) {}
  template <class... Arguments>
  void only(const Arguments&...) {}

  std::optional<double> found;
};

// The value that a layer takes for no step at all; nothing: it makes no mask.
std::optional<double> masked_value(const LayerSpec& spec) {
  if (const auto* embedding = std::get_if<EmbeddingOptions>(&spec)) {
    return embedding->mask_zero ? std::optional<double>(0) : std::nullopt;
  }
  MaskValue value;
  LayerSpec copy = spec;
  std::visit([&](auto& options) { visit_options(options, value); }, options_of(copy));
  return value.found;
}

// Layers whose outputs have no steps, or other ones than their inputs.
bool drops_mask(const LayerSpec& spec) {
  static const std::set<std::string> dropping = {"InputLayer", "Embedding",    "Conv1D",
                                                 "Flatten",    "Reshape",      "Permute",
                                                 "Dot",        "RepeatVector", "Lambda"};
  if (const auto* recurrent = std::get_if<RecurrentOptions>(&spec)) {
    return !recurrent->return_sequences;
  }
  if (const auto* rnn = std::get_if<RNNOptions>(&spec)) return !rnn->return_sequences;
  if (const auto* both = std::get_if<BidirectionalOptions>(&spec)) {
    return drops_mask(*both->layer);
  }
  const std::string name = class_name(spec);
  return dropping.contains(name) || name.find("Pooling1D") != std::string::npos;
}

// Whether a recurrent layer is called with more than its sequence.
bool has_initial_state(const GraphOptions& graph, int64_t call) {
  const LayerSpec& spec = layer_of(graph, call);
  const bool recurrent = std::holds_alternative<RecurrentOptions>(spec) ||
                         std::holds_alternative<RNNOptions>(spec) ||
                         std::holds_alternative<BidirectionalOptions>(spec);
  return recurrent && graph.calls[static_cast<size_t>(call)].inputs.size() > 1;
}

// Whose masks reach the outputs of each call.
std::vector<Calls> masks_of_calls(const GraphOptions& graph) {
  std::vector<Calls> masks(graph.calls.size());
  for (size_t c = 0; c < graph.calls.size(); ++c) {
    const LayerSpec& spec = layer_of(graph, static_cast<int64_t>(c));
    if (masked_value(spec)) {
      masks[c] = {static_cast<int64_t>(c)};
    } else if (!drops_mask(spec)) {
      for (const Value& value : graph.calls[c].inputs) {
        const Calls& below = masks[static_cast<size_t>(value.call)];
        masks[c].insert(below.begin(), below.end());
      }
    }
  }
  return masks;
}

// Where the operations of a mask start: at a comparison of a value with a number.
struct Source {
  Value value;
  std::optional<double> number;
};

class Sources {
 public:
  Sources(const Masks& masks, const Resolve& resolve, const Where& where)
      : masks_(masks), resolve_(resolve), where_(where) {}

  const std::vector<Source>& of(const TensorName& tensor) {
    values_.clear();
    seen_.clear();
    visit(tensor);
    return values_;
  }

 private:
  void visit(const TensorName& first) {
    std::vector<std::pair<TensorName, std::optional<double>>> waiting = {{first, std::nullopt}};
    while (!waiting.empty()) {
      const auto [tensor, compared] = waiting.back();
      waiting.pop_back();
      const auto found = masks_.operations.find(tensor.layer);
      if (found == masks_.operations.end()) {
        values_.push_back({resolve_(tensor), compared});
        continue;
      }
      const auto& [class_name, calls] = found->second;
      // Of these the shape alone counts, where an input has no mask.
      if (class_name == "OnesLike" || class_name == "ZerosLike") continue;
      const auto count = static_cast<int64_t>(calls.size());
      if (tensor.node < 0 || tensor.node >= count) {
        bad_file(where_, fmt::format("at most {} calls of '{}'", count, tensor.layer), "more");
      }
      const Json* node = calls[static_cast<size_t>(tensor.node)];
      if (!seen_.insert(node).second) continue;
      if (!node->is_object()) bad_file(where_, "a call of an operation", brief(*node));
      ConfigObject call(*node, where_);
      std::vector<TensorName> below;
      collect_tensors(call.at("args"), where_, /*others=*/true, below);
      std::optional<double> number;
      for (const Json& argument : read_list(call.at("args"), where_)) {
        if (argument.is_number()) number = argument.get<double>();
      }
      for (auto& name : below) waiting.emplace_back(std::move(name), number);
    }
  }

  const Masks& masks_;
  const Resolve& resolve_;
  const Where& where_;
  std::vector<Source> values_;
  std::set<const Json*> seen_;
};

}  // namespace

std::vector<bool> masked_calls(const GraphOptions& graph) {
  const auto reach = masks_of_calls(graph);
  std::vector<bool> masked;
  for (const auto& call : graph.calls) {
    masked.push_back(std::any_of(call.inputs.begin(), call.inputs.end(), [&](const Value& value) {
      return !reach[static_cast<size_t>(value.call)].empty();
    }));
  }
  return masked;
}

bool is_operation(const Json& entry) {
  // In .h5 files they look like layers, but for what all configs of layers have.
  static const std::set<std::string> without_module = {
      "NotEqual", "Any", "LogicalOr", "ExpandDims", "Concatenate", "OnesLike", "ZerosLike"};
  const auto word = [&](const char* key) {
    const auto found = entry.find(key);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!entry.is_object()) return false;
  if (word("module").starts_with("keras.src.ops")) return true;
  const auto config = entry.find("config");
  return word("module").empty() && without_module.contains(word("class_name")) &&
         config != entry.end() && !config->contains("trainable");
}

void check_masks(const GraphOptions& graph, const Masks& masks, const Resolve& resolve,
                 const Where& where) {
  if (masks.given.empty()) return;
  const auto reach = masks_of_calls(graph);
  Sources sources(masks, resolve, where);
  for (const auto& [call, tensor] : masks.given) {
    if (has_initial_state(graph, call)) {
      not_supported(where.at(fmt::format("layer '{}'", layer_name(layer_of(graph, call)))),
                    "either a mask or initial_state (see docs/masking.md)", "both");
    }
    Calls makers;
    for (const Value& input : graph.calls[static_cast<size_t>(call)].inputs) {
      const Calls& below = reach[static_cast<size_t>(input.call)];
      makers.insert(below.begin(), below.end());
    }
    for (const Source& source : sources.of(tensor)) {
      const bool implicit = std::any_of(makers.begin(), makers.end(), [&](int64_t maker) {
        return same(graph.calls[static_cast<size_t>(maker)].inputs[0], source.value) &&
               source.number == masked_value(layer_of(graph, maker));
      });
      if (implicit) continue;
      not_supported(where.at(fmt::format("layer '{}'", layer_name(layer_of(graph, call)))),
                    "a mask that comes from Embedding(mask_zero=True) or Masking before it",
                    "one that was given by hand");
    }
  }
}

}  // namespace eddy::files
