// SPDX-License-Identifier: MIT
#include "files/flat_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "files/graph_config.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

constexpr std::array<std::string_view, 6> kSkipped = {
    "module", "registered_name", "build_config", "compile_config", "dtype", "inbound_nodes"};

std::string plain(const OrderedJson& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void flatten(const OrderedJson& value, const std::string& key, FlatConfig& flat) {
  const auto below = [&](const std::string& name) { return key.empty() ? name : key + "." + name; };
  if (value.is_object() && value.contains("class_name") && value.contains("config")) {
    if (!key.empty()) flat[key] = plain(value["class_name"]);
    flatten(value["config"], key, flat);
  } else if (value.is_object()) {
    for (const auto& [name, part] : value.items()) {
      if (std::find(kSkipped.begin(), kSkipped.end(), name) != kSkipped.end()) continue;
      flatten(part, below(name), flat);
    }
  } else if (value.is_array() && std::any_of(value.begin(), value.end(),
                                             [](const auto& part) { return part.is_object(); })) {
    for (size_t i = 0; i < value.size(); ++i) {
      flatten(value[i], below(std::to_string(i)), flat);
    }
  } else {
    flat[key] = plain(value);
  }
}

}  // namespace

FlatConfig flat_config(const OrderedJson& value) {
  FlatConfig flat;
  flatten(value, "", flat);
  return flat;
}

std::vector<FlatConfig> layer_configs(const Network& network) {
  const OrderedJson config =
      graph_config_json(network.graph->options(), network.input_shapes(), Form::full);
  const OrderedJson& entries = config["layers"];
  std::vector<FlatConfig> configs;
  for (size_t i = network.sequential ? 1 : 0; i < entries.size(); ++i) {
    configs.push_back(flat_config(entries[i]));
    configs.back().erase("name");
  }
  return configs;
}

std::vector<std::vector<std::string>> layer_inputs(const Network& network) {
  const GraphOptions& graph = network.graph->options();
  const size_t first = network.sequential ? 1 : 0;
  std::vector<std::vector<std::string>> inputs(network.specs.size());
  for (const auto& call : graph.calls) {
    const auto layer = static_cast<size_t>(call.layer);
    if (layer < first) continue;
    for (const auto& value : call.inputs) {
      const auto& source = graph.calls[static_cast<size_t>(value.call)];
      std::string name = layer_name(graph.layers[static_cast<size_t>(source.layer)]);
      if (value.output > 0) name += fmt::format(":{}", value.output);
      inputs[layer - first].push_back(std::move(name));
    }
  }
  return inputs;
}

}  // namespace eddy::files
