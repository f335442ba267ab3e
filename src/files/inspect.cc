// SPDX-License-Identifier: MIT
// The facts about a model; see eddy/inspect.h.
#include "eddy/inspect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/sha256.h"
#include "files/compile_config.h"
#include "files/flat_config.h"
#include "files/keras_file.h"
#include "files/legacy_file.h"
#include "files/model_file.h"
#include "files/weight_facts.h"
#include "layers/options.h"

namespace eddy {
namespace files {
namespace {

constexpr int64_t kMostBins = 10'000;
constexpr size_t kMostClasses = 6;  // named in one line

std::vector<LayerFacts> layer_facts(const Network& network, const InspectOptions& options) {
  const auto configs = layer_configs(network);
  const auto inputs = layer_inputs(network);
  std::vector<LayerFacts> layers;
  for (size_t i = 0; i < network.specs.size(); ++i) {
    const LayerSpec& spec = network.specs[i];
    LayerFacts facts;
    facts.name = layer_name(spec);
    facts.class_name = class_name(spec);
    facts.output_shape = network.output_shape(i);
    facts.inputs = inputs[i];
    facts.options = configs[i];
    if (auto* layer = network.layer(i)) {
      for (const auto* weight : layer->weights()) {
        facts.parameters += weight->size();
        if (weight->trainable) facts.trainable += weight->size();
        if (options.weights) facts.weights.push_back(weight_facts(*weight, options.bins));
      }
      if (options.weights) facts.gates = gate_facts(spec, *layer);
    }
    layers.push_back(std::move(facts));
  }
  return layers;
}

std::optional<TextFacts> text_facts(const Network& network) {
  if (!network.text) return std::nullopt;
  const TextEncoder& encoder = *network.text;
  TextFacts facts;
  facts.threshold = encoder.threshold;
  facts.classes = encoder.classes;
  if (encoder.vectorization) {
    const TextVectorization& layer = *encoder.vectorization;
    facts.vocabulary = static_cast<int64_t>(layer.vocabulary.size());
    facts.ids = facts.vocabulary + 2;
    facts.length = layer.output_sequence_length;
    if (layer.split == "character") facts.unit = "character";
    if (layer.split == "none") facts.unit = "text";
  } else {
    facts.vocabulary = static_cast<int64_t>(encoder.words.size());
    facts.ids = encoder.num_words;
    facts.length = encoder.maxlen;
  }
  return facts;
}

// "7 classes: a, b, c and 4 more"
std::string class_list(const std::vector<std::string>& classes) {
  const size_t shown = classes.size() <= kMostClasses ? classes.size() : kMostClasses - 1;
  std::string text = fmt::format(
      "{} classes: {}", classes.size(),
      fmt::join(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < classes.size()) text += fmt::format(" and {} more", classes.size() - shown);
  return text;
}

// From the notes and the texts' rules: a model of somebody else says nothing about it.
std::string purpose_of(const Network& network) {
  if (const auto found = network.notes.find("forecast"); found != network.notes.end()) {
    const Json note = Json::parse(found->second, nullptr, false);
    if (note.is_object() && note.contains("target") && note["target"].is_string() &&
        note.contains("horizon") && note.contains("window")) {
      return fmt::format("a forecast of '{}': {} steps ahead from {}",
                         note["target"].get<std::string>(), note["horizon"].dump(),
                         note["window"].dump());
    }
  }
  if (!network.text) return "";
  if (network.text->classes.empty()) return "texts, each to a number";
  return "texts of " + class_list(network.text->classes);
}

std::optional<OptimizerFacts> optimizer_facts(const Network& network) {
  if (!network.compiled) return std::nullopt;
  const Optimizer& optimizer = network.compiled->optimizer;
  OptimizerFacts facts;
  facts.name = optimizer.name;
  facts.options = flat_config(compile_json(network.compiled)["optimizer"]);
  facts.options.erase("name");
  const auto rate = optimizer.values.find("learning_rate");
  if (rate != optimizer.values.end()) facts.learning_rate = rate->second;
  if (const auto* state = network.optimizer.get()) {
    facts.iterations = state->iterations;
    facts.learning_rate = state->learning_rate();
    for (const auto& slot : network.optimizer->listed()) {
      facts.parameters += element_count(slot.shape);
    }
  } else if (optimizer.schedule) {
    facts.learning_rate = learning_rate_at(*optimizer.schedule, 0);
  }
  // Kept as float32; the shortest number that is the same one.
  facts.learning_rate = shortest(static_cast<float>(facts.learning_rate));
  if (!optimizer.schedule) facts.options["learning_rate"] = fmt::format("{}", facts.learning_rate);
  return facts;
}

std::map<std::string, std::string> compiled_facts(const Network& network) {
  std::map<std::string, std::string> facts;
  if (!network.compiled) return facts;
  const OrderedJson config = compile_json(network.compiled);
  for (const char* key : {"loss", "loss_weights", "metrics", "weighted_metrics"}) {
    const OrderedJson& value = config[key];
    if (value.is_null() || (value.is_array() && value.empty())) continue;
    facts[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return facts;
}

FileFacts file_facts(const std::filesystem::path& path) {
  FileFacts facts;
  facts.path = path;
  std::error_code ignored;
  facts.bytes = static_cast<int64_t>(std::filesystem::file_size(path, ignored));
  facts.sha256 = sha256_file(path);
  if (file_kind(path) == FileKind::hdf5) {
    facts.format = ".h5";
    read_legacy_writer(path, facts);
  } else {
    facts.format = ".keras";
    read_keras_writer(path, facts);
  }
  return facts;
}

}  // namespace
}  // namespace files

ModelFacts inspect(const Model& model, const InspectOptions& options) {
  if (options.bins < 1 || options.bins > files::kMostBins) {
    throw Error(ErrorCode::invalid_argument, "inspect",
                fmt::format("bins: expected 1 to {}, got {}.", files::kMostBins, options.bins),
                "16 fit beside a line of numbers.");
  }
  const Network& network = model.network();
  ModelFacts facts;
  facts.name = network.name;
  facts.class_name = network.sequential ? "Sequential" : "Functional";
  facts.inputs = network.input_shapes();
  facts.outputs = network.graph->output_shapes();
  facts.layers = files::layer_facts(network, options);
  for (const auto& layer : facts.layers) {
    facts.parameters += layer.parameters;
    facts.trainable += layer.trainable;
  }
  facts.purpose = files::purpose_of(network);
  facts.text = files::text_facts(network);
  facts.compiled = files::compiled_facts(network);
  facts.optimizer = files::optimizer_facts(network);
  facts.notes = network.notes;
  return facts;
}

ModelFacts inspect(const std::filesystem::path& path, const InspectOptions& options) {
  std::string not_compiled;
  const auto load = [&] {
    try {
      return Model::load(path);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_supported) throw;
      Model model = Model::load(path, false);
      not_compiled = error.what();
      return model;
    }
  };
  ModelFacts facts = inspect(load(), options);
  facts.not_compiled = std::move(not_compiled);
  facts.file = files::file_facts(path);
  return facts;
}

}  // namespace eddy
