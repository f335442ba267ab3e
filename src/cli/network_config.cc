// SPDX-License-Identifier: MIT
#include "network_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "eddy/layers.h"
#include "json_file.h"

namespace eddy::cli {
namespace {

using nlohmann::json;

constexpr const char* kCompile = "compile_config";

// What matters of a network to its data, out of Keras' JSON as eddy writes it.
struct Ends {
  std::vector<json> inputs;                             // batch_shape: [null, 500]
  std::vector<std::pair<std::string, int64_t>> tables;  // embeddings: name, input_dim
  json activation = "linear";                           // of the last layer
};

void find_tables(const json& value, Ends& ends) {
  if (!value.is_structured()) return;
  if (value.is_object() && value.value("class_name", json()) == "Embedding") {
    const json& config = value.at("config");
    ends.tables.emplace_back(config.at("name"), config.at("input_dim"));
  }
  for (const auto& item : value) find_tables(item, ends);
}

// The name in ["dense", 0, 0] or [["dense", 0, 0]].
std::string name_of_output(const json& outputs) {
  const json& first = outputs.at(0);
  return first.is_array() ? first.at(0) : first;
}

Ends ends_of(const Model& model) {
  const json whole = json::parse(model.to_json());
  const json& config = whole.at("config");
  const json& layers = config.at("layers");
  Ends ends;
  find_tables(config, ends);
  json last = layers.back();
  for (const json& layer : layers) {
    if (layer.at("class_name") == "InputLayer") {
      ends.inputs.push_back(layer.at("config").at("batch_shape"));
    }
    if (config.contains("output_layers") &&
        layer.at("config").at("name") == name_of_output(config["output_layers"])) {
      last = layer;
    }
  }
  while (true) {  // down into TimeDistributed and models as layers
    const json& inside = last.at("config");
    if (inside.contains("layer")) {
      last = json(inside["layer"]);
    } else if (inside.contains("layers")) {
      last = json(inside["layers"].back());
    } else {
      break;
    }
  }
  ends.activation = last.at("config").value("activation", json("linear"));
  return ends;
}

std::string shape_text(const json& shape) {
  std::string text;
  for (const json& axis : shape) {
    text += (text.empty() ? "" : ", ") + (axis.is_null() ? std::string("None") : axis.dump());
  }
  return "(" + text + ")";
}

[[noreturn]] void refuse(const std::string& where, const std::string& subject,
                         const std::string& expected, const std::string& got,
                         const std::string& fix) {
  throw UsageError(where, fmt::format("{}: expected {}, got {}.", subject, expected, got), fix);
}

void check_inputs(const Ends& got, const Ends& wanted, const std::string& where) {
  if (got.inputs.size() != 1) {
    refuse(where, "inputs", "one", std::to_string(got.inputs.size()),
           "describe a network with one input and one output.");
  }
  const json &shape = got.inputs[0], &data = wanted.inputs.at(0);
  bool fits = shape.size() == data.size() && shape[0].is_null();
  for (size_t axis = 1; fits && axis < shape.size(); ++axis) {
    fits = shape[axis].is_null() || shape[axis] == data[axis];
  }
  if (!fits) {
    refuse(where, "input", shape_text(data) + ", as the data are", shape_text(shape),
           "change the shape of the InputLayer (null: any length), or the data by flags, as "
           "--maxlen.");
  }
  if (wanted.tables.empty()) return;
  if (got.tables.empty()) {
    refuse(where, "layers", "an Embedding, for the data are ids", "none",
           "begin the network with an Embedding.");
  }
  const int64_t ids = wanted.tables[0].second;
  for (const auto& [name, input_dim] : got.tables) {
    if (input_dim >= ids) continue;
    refuse(where, fmt::format("layer '{}' (Embedding), input_dim", name),
           fmt::format("{} or more, for the ids of the data", ids), std::to_string(input_dim),
           "change it, or take fewer words (--num-words).");
  }
}

void check_outputs(const Model& model, const Ends& got, const Model& wanted_model,
                   const Ends& wanted, const std::string& loss, const std::string& where) {
  Shape shape;
  try {
    shape = model.output_shape();
  } catch (const Error&) {
    refuse(where, "outputs", "one", "several", "describe a network with one input and one output.");
  }
  const Shape& data = wanted_model.output_shape();
  bool fits = shape.size() == data.size();
  for (size_t axis = 1; fits && axis < shape.size(); ++axis) {
    fits = shape[axis] == data[axis] || (shape[axis] == kNone && axis + 1 < shape.size());
  }
  if (!fits) {
    refuse(where, "output", fmt::format("{} for the loss {}", to_string(data), loss),
           to_string(shape), "change the last layer's units, and return_sequences before it.");
  }
  if (wanted.activation == "linear" || got.activation == wanted.activation) return;
  refuse(where, "activation of the last layer",
         fmt::format("{} for the loss {}", wanted.activation.dump(), loss), got.activation.dump(),
         "change it in the last layer.");
}

// "bce" and "BinaryCrossentropy" are "binary_crossentropy"; "": not known.
std::string long_name(const std::string& loss) {
  try {
    Sequential model({Dense(1)});
    model.compile({.loss = loss});
    model.build({kNone, 1});
    return json::parse(model.to_json()).at(kCompile).at("loss").get<std::string>();
  } catch (const std::exception&) {
    return {};
  }
}

// A list or dict of one counts as the one.
json single(const json& value) {
  return value.is_array() && value.size() == 1 ? single(value[0]) : value;
}

void check_loss(const json& config, const std::string& wanted, const std::string& where) {
  const json compiled = config.value(kCompile, json());
  if (!compiled.is_object()) return;
  const json loss = single(compiled.value("loss", json()));
  if (loss.is_null()) return;
  std::string name = loss.is_string() ? loss.get<std::string>() : std::string();
  bool from_logits = false;
  if (loss.is_object() && loss.contains("class_name") && loss["class_name"].is_string()) {
    name = loss["class_name"].get<std::string>();
    const json arguments = loss.value("config", json());
    from_logits = arguments.is_object() && arguments.value("from_logits", json()) == true;
  }
  if (!name.empty() && long_name(name) == wanted && !from_logits) return;
  refuse(where, "compile_config, loss", wanted + ", by which the data are learned",
         name.empty() ? loss.dump() : name + (from_logits ? " from logits" : ""),
         "change it, or take compile_config out: the loss follows from the data.");
}

}  // namespace

json read_network_config(const std::string& path) {
  if (path.ends_with(".keras") || path.ends_with(".h5") || path.ends_with(".hdf5")) {
    return json::parse(Model::load(path, false).to_json());
  }
  json config = parse_json(read_text_file(path, "--config"), path);
  if (config.is_object() && config.contains("class_name")) return config;
  throw UsageError(path, "network: expected Keras' JSON with a class_name, got other JSON.",
                   "write what model.to_json() gives into a file, or see --print-config.");
}

Model make_configured(const json& config, const std::string& where, uint64_t seed,
                      const Model& wanted) {
  const json compiled = json::parse(wanted.to_json()).at(kCompile);
  const auto loss = compiled.at("loss").get<std::string>();
  check_loss(config, loss, where);
  // Whatever it was compiled with is not what it is trained with.
  json network = config;
  network.erase(kCompile);
  Model model = [&] {
    try {
      return Model::from_json(network.dump(), {.seed = seed});
    } catch (const Error& error) {
      throw Error(error.code(), where, error.subject(), error.fix());
    }
  }();
  const Ends got = ends_of(model), data = ends_of(wanted);
  check_inputs(got, data, where);
  check_outputs(model, got, wanted, data, loss, where);
  return model;
}

void note_optimizer(const json& config, const std::string& where, const Model& model) {
  const auto optimizer_of = [](const json& whole) {
    const json compiled = whole.value(kCompile, json());
    return compiled.is_object() ? compiled.value("optimizer", json()) : json();
  };
  const json given = optimizer_of(config), used = optimizer_of(json::parse(model.to_json()));
  if (given.is_null() || given == used) return;
  const std::string name =
      given.is_object() ? given.value("class_name", given).dump() : given.dump();
  std::cerr << fmt::format(
      "note: {} was compiled with the optimizer {}; this run uses {} as --optimizer and "
      "--learning-rate say.\n",
      where, name, used.at("class_name").dump());
}

}  // namespace eddy::cli
