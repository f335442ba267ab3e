// SPDX-License-Identifier: MIT
#include "files/compile_config.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/nearest.h"
#include "layers/options.h"

namespace eddy::files {
namespace {

// One row an optimizer, its own keys in Keras' order.
struct OptimizerRow {
  const char* name;
  const char* class_name;
  std::vector<const char*> numbers, flags;
  std::vector<const char*> order;
};

const std::vector<OptimizerRow>& optimizer_rows() {
  static const std::vector<OptimizerRow> rows = {
      {"rmsprop",
       "RMSprop",
       {"rho", "momentum", "epsilon"},
       {"centered"},
       {"rho", "momentum", "epsilon", "centered"}},
      {"sgd", "SGD", {"momentum"}, {"nesterov"}, {"momentum", "nesterov"}},
      {"adam",
       "Adam",
       {"beta_1", "beta_2", "epsilon"},
       {"amsgrad"},
       {"beta_1", "beta_2", "epsilon", "amsgrad"}},
  };
  return rows;
}

// "RMSprop", "rms_prop", "Custom>RMSprop" -> "rmsprop"
std::string plain(std::string name) {
  if (name.starts_with("Custom>")) name.erase(0, 7);
  std::erase(name, '_');
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

const OptimizerRow& optimizer_row(const std::string& name, const Where& where) {
  std::vector<std::string> known;
  for (const OptimizerRow& row : optimizer_rows()) {
    if (plain(name) == row.name) return row;
    known.emplace_back(row.class_name);
  }
  not_supported(where, fmt::format("one of {}", join(known)), brief(name), kLoadUncompiled);
}

OrderedJson optimizer_json(const Optimizer& optimizer) {
  const OptimizerRow& row = optimizer_row(optimizer.name, {"compile", "optimizer"});
  OrderedJson config;
  config["name"] = optimizer_object_name(optimizer);
  config["learning_rate"] =
      static_cast<double>(static_cast<float>(optimizer.values.at("learning_rate")));
  for (const char* key : {"weight_decay", "clipnorm", "global_clipnorm", "clipvalue"}) {
    config[key] = nullptr;
  }
  config["use_ema"] = false;
  config["ema_momentum"] = 0.99;
  for (const char* key :
       {"ema_overwrite_frequency", "loss_scale_factor", "gradient_accumulation_steps"}) {
    config[key] = nullptr;
  }
  for (const char* key : row.order) {
    const double value = optimizer.values.at(key);
    const bool flag =
        std::find(row.flags.begin(), row.flags.end(), std::string(key)) != row.flags.end();
    config[key] = flag ? OrderedJson(value != 0) : OrderedJson(value);
  }
  return keras_object("keras.optimizers", row.class_name, std::move(config));
}

double read_learning_rate(const Json& value, const Where& where) {
  if (value.is_object()) {
    not_supported(where, "a number", fmt::format("{} (a schedule)", brief(value)), kLoadUncompiled);
  }
  const double rate = read_number(value, where);
  const auto single = static_cast<float>(rate);
  return static_cast<double>(single) == rate ? shortest(single) : rate;
}

Optimizer read_optimizer(const Json& value, const Where& where) {
  if (value.is_string()) return Optimizer(optimizer_row(value.get<std::string>(), where).name);
  const KerasObject object = read_keras_object(value, where);
  const OptimizerRow& row = optimizer_row(object.class_name, where);
  Optimizer optimizer(row.name);
  if (object.config == nullptr) return optimizer;
  ConfigObject config(*object.config, where.at(row.class_name));
  if (const Json* rate = config.find("learning_rate")) {
    optimizer.values["learning_rate"] = read_learning_rate(*rate, config.where("learning_rate"));
  }
  for (const char* key : row.numbers) {
    if (const Json* found = config.find(key)) {
      optimizer.values[key] = read_number(*found, config.where(key));
    }
  }
  for (const char* key : row.flags) {
    if (const Json* found = config.find(key)) {
      optimizer.values[key] = read_bool(*found, config.where(key)) ? 1 : 0;
    }
  }
  for (const char* key : {"weight_decay", "clipnorm", "global_clipnorm", "clipvalue",
                          "loss_scale_factor", "gradient_accumulation_steps"}) {
    config.only(key, nullptr, kLoadUncompiled);
  }
  config.only("use_ema", false, kLoadUncompiled);
  config.only("decay", 0.0, kLoadUncompiled);
  config.ignore(
      {"name", "ema_momentum", "ema_overwrite_frequency", "jit_compile", "is_legacy_optimizer"});
  config.expect_all_read(kLoadUncompiled);
  return optimizer;
}

// A loss or metric by name, as an object with Keras' defaults, or as a function of Keras.
std::string read_function(const Json& value, const Where& where) {
  if (value.is_string()) return value.get<std::string>();
  const KerasObject object = read_keras_object(value, where);
  if (object.class_name == "function" && object.config != nullptr) {
    return read_string(*object.config, where);
  }
  std::string name = snake_case(object.class_name);
  if (object.config == nullptr) return name;
  ConfigObject config(*object.config, where.at(object.class_name));
  if (object.class_name == "MeanMetricWrapper") {  // how Keras 2 wrote all metrics
    config.ignore({"dtype"});
    const std::string function = read_string(config.at("fn"), config.where("fn"));
    const std::string alias = read_string(config.at("name"), config.where("name"));
    config.expect_all_read(kLoadUncompiled);
    const bool accuracy = function.ends_with("accuracy") && (alias == "acc" || alias == "accuracy");
    return accuracy ? alias : function;
  }
  config.only("name", name, kLoadUncompiled);
  if (const Json* reduction = config.find("reduction");
      reduction != nullptr && *reduction != "auto") {
    config.only("reduction", "sum_over_batch_size", kLoadUncompiled);
  }
  config.only("from_logits", false, kLoadUncompiled);
  config.only("label_smoothing", 0.0, kLoadUncompiled);
  config.only("axis", -1, kLoadUncompiled);
  config.only("ignore_class", nullptr, kLoadUncompiled);
  config.only("threshold", 0.5, kLoadUncompiled);
  if (const Json* type = config.find("dtype"); type != nullptr && !type->is_null()) {
    config.only("dtype", "float32", kLoadUncompiled);
  }
  config.ignore({"fn"});
  config.expect_all_read(kLoadUncompiled);
  return name;
}

// One output: ["mse"] and [["acc"]] say the same as "mse" and ["acc"].
const Json& unwrapped(const Json& value, bool inner_list) {
  const bool one = value.is_array() && value.size() == 1;
  return one && (!inner_list || value[0].is_array()) ? value[0] : value;
}

}  // namespace

double shortest(float value) { return std::strtod(fmt::format("{}", value).c_str(), nullptr); }

std::string optimizer_object_name(const Optimizer& optimizer) {
  return snake_case(optimizer_row(optimizer.name, {"compile", "optimizer"}).class_name);
}

OrderedJson compile_json(const std::optional<CompileOptions>& options) {
  OrderedJson config = OrderedJson::object();
  if (!options) return config;
  config["optimizer"] = optimizer_json(options->optimizer);
  config["loss"] = options->loss;
  config["loss_weights"] = nullptr;
  config["metrics"] =
      options->metrics.empty() ? OrderedJson(nullptr) : OrderedJson(options->metrics);
  config["weighted_metrics"] = nullptr;
  config["run_eagerly"] = false;
  config["steps_per_execution"] = 1;
  config["jit_compile"] = false;
  return config;
}

std::optional<CompileOptions> read_compile(const Json& value, const Where& where,
                                           const std::string& otherwise) {
  if (value.is_null() || (value.is_object() && value.empty())) return std::nullopt;
  ConfigObject config(value, where);
  const Json* optimizer = config.find("optimizer");
  if (optimizer == nullptr) optimizer = config.find("optimizer_config");
  const Json* loss = config.find("loss");
  const auto missing = [](const Json* found) { return found == nullptr || found->is_null(); };
  if (missing(loss) || (optimizer != nullptr && optimizer->is_null())) return std::nullopt;
  CompileOptions options;
  if (optimizer != nullptr) {
    options.optimizer = read_optimizer(*optimizer, config.where("optimizer"));
  } else if (!otherwise.empty()) {
    options.optimizer = optimizer_row(otherwise, config.where("optimizer")).name;
  }
  options.loss = read_function(unwrapped(*loss, false), config.where("loss"));
  if (const Json* metrics = config.find("metrics"); !missing(metrics)) {
    const Where place = config.where("metrics");
    if (metrics->is_object()) not_supported(place, "a list", brief(*metrics), kLoadUncompiled);
    for (const Json& metric : read_list(unwrapped(*metrics, true), place)) {
      options.metrics.push_back(read_function(metric, place));
    }
  }
  config.only("loss_weights", nullptr, kLoadUncompiled);
  if (const Json* more = config.find("weighted_metrics"); !missing(more) && !more->empty()) {
    config.only("weighted_metrics", nullptr, kLoadUncompiled);
  }
  config.ignore({"run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss"});
  config.expect_all_read(kLoadUncompiled);
  return options;
}

}  // namespace eddy::files
