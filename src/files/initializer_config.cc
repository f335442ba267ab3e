// SPDX-License-Identifier: MIT
#include "files/initializer_config.h"

#include <cmath>
#include <utility>
#include <vector>

#include "core/nearest.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

// One row an initializer, keys in Keras' order.
struct Row {
  const char* name;
  const char* class_name;
  bool random = false;  // has a seed
  bool scaled = false;  // has axes (3.15)
  std::vector<std::pair<const char*, double>> numbers = {};
  std::vector<std::pair<const char*, const char*>> words = {};
  std::vector<const char*> aliases = {};
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"zeros", "Zeros", false, false, {}, {}, {"zero"}},
      {"ones", "Ones", false, false, {}, {}, {"one"}},
      {"constant", "Constant", false, false, {{"value", 0.0}}},
      {"random_uniform",
       "RandomUniform",
       true,
       false,
       {{"minval", -0.05}, {"maxval", 0.05}},
       {},
       {"uniform"}},
      {"random_normal",
       "RandomNormal",
       true,
       false,
       {{"mean", 0.0}, {"stddev", 0.05}},
       {},
       {"normal"}},
      {"truncated_normal", "TruncatedNormal", true, false, {{"mean", 0.0}, {"stddev", 0.05}}},
      {"variance_scaling",
       "VarianceScaling",
       true,
       true,
       {{"scale", 1.0}},
       {{"mode", "fan_in"}, {"distribution", "truncated_normal"}}},
      {"glorot_uniform", "GlorotUniform", true, true},
      {"glorot_normal", "GlorotNormal", true, true},
      {"lecun_uniform", "LecunUniform", true, true},
      {"lecun_normal", "LecunNormal", true, true},
      {"he_uniform", "HeUniform", true, true},
      {"he_normal", "HeNormal", true, true},
      // Keras up to 3.5 or so wrote the second name.
      {"orthogonal", "Orthogonal", true, false, {{"gain", 1.0}}, {}, {"OrthogonalInitializer"}},
      {"identity", "Identity", false, false, {{"gain", 1.0}}, {}, {"IdentityInitializer"}},
  };
  return all;
}

// By name, class name or alias; null: none.
const Row* find_row(const std::string& name) {
  for (const Row& row : rows()) {
    if (name == row.name || name == row.class_name) return &row;
    for (const char* alias : row.aliases) {
      if (name == alias) return &row;
    }
  }
  return nullptr;
}

// Long name and differences from the defaults only.
Initializer canonical(const Initializer& initializer) {
  const Row* row = find_row(initializer.name);
  if (row == nullptr) return initializer;
  Initializer result(row->name);
  if (row->random) result.seed = initializer.seed;
  for (const auto& [key, otherwise] : row->numbers) {
    const auto given = initializer.values.find(key);
    if (given != initializer.values.end() && given->second != otherwise)
      result.values.insert(*given);
  }
  for (const auto& [key, otherwise] : row->words) {
    const auto given = initializer.words.find(key);
    if (given != initializer.words.end() && given->second != otherwise) result.words.insert(*given);
  }
  return result;
}

}  // namespace

OrderedJson initializer_json(const Initializer& initializer) {
  const Row* row = find_row(initializer.name);
  if (row == nullptr) {
    throw Error(ErrorCode::invalid_argument, "initializer",
                fmt::format("name: expected one of Keras', got '{}'.", initializer.name),
                "use a known initializer, e.g. glorot_uniform.");
  }
  const Initializer given = canonical(initializer);
  for (const auto& [key, value] : given.values) {
    if (std::isfinite(value)) continue;
    throw Error(ErrorCode::invalid_argument, "initializer " + given.name,
                fmt::format("{}: expected a finite number, got {}.", key, value),
                "give a number that JSON can hold.");
  }
  OrderedJson config = OrderedJson::object();
  if (row->random) config["seed"] = given.seed ? OrderedJson(*given.seed) : OrderedJson(nullptr);
  for (const auto& [key, otherwise] : row->numbers) {
    const auto found = given.values.find(key);
    const bool differs = found != given.values.end();
    // Keras forgets to write this one.
    if (!differs && std::string(row->name) == "identity") continue;
    config[key] = differs ? found->second : otherwise;
  }
  for (const auto& [key, otherwise] : row->words) {
    const auto found = given.words.find(key);
    config[key] = found != given.words.end() ? found->second : otherwise;
  }
  if (row->scaled) {
    for (const char* key : {"input_axes", "output_axes"}) config[key] = nullptr;
  }
  return keras_object("keras.initializers", row->class_name, std::move(config));
}

Initializer read_initializer(const Json& value, const Where& where, const Initializer& otherwise) {
  const bool by_name = value.is_string();
  const KerasObject object =
      by_name ? KerasObject{value.get<std::string>(), nullptr} : read_keras_object(value, where);
  const Row* row = find_row(object.class_name);
  if (row == nullptr) {
    std::vector<std::string> known;
    for (const Row& other : rows()) known.emplace_back(other.class_name);
    not_supported(where, "an initializer that eddy has", brief(object.class_name),
                  suggest(object.class_name, known));
  }
  Initializer read(row->name);
  if (object.config != nullptr) {
    ConfigObject config(*object.config, where);
    // A seed object of Keras draws on; the weights are there already, so any will do.
    const Json* seed = row->random ? config.find("seed") : nullptr;
    if (seed != nullptr && seed->is_number_integer()) {
      read.seed = read_integer(*seed, config.where("seed"));
    }
    for (const auto& [key, unused] : row->numbers) {
      if (const Json* number = config.find(key)) {
        read.values[key] = read_number(*number, config.where(key));
      }
    }
    for (const auto& [key, unused] : row->words) {
      if (const Json* word = config.find(key)) {
        read.words[key] = read_string(*word, config.where(key));
      }
    }
    config.only("input_axes", nullptr);
    config.only("output_axes", nullptr);
    config.ignore({"dtype"});
    config.expect_all_read();
  }
  read = canonical(read);
  return read == canonical(otherwise) ? otherwise : read;
}

}  // namespace eddy::files
