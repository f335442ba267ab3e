// SPDX-License-Identifier: MIT
#include "files/compile_config.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "files/spec_config.h"
#include "layers/options.h"
#include "training/losses.h"
#include "training/metrics.h"
#include "training/optimizer.h"
#include "training/schedules.h"

namespace eddy::files {
namespace {

OrderedJson schedule_json(const LearningRateSchedule& schedule) {
  return spec_json("keras.optimizers.schedules", schedule_rows(), schedule);
}

OrderedJson optimizer_json(const Optimizer& optimizer) {
  const SpecRow& row = row_of(optimizer_rows(), optimizer.name, {"compile", "optimizer"});
  OrderedJson config;
  config["name"] = optimizer_object_name(optimizer);
  write_arguments(row, Spec(row.name, optimizer.values), config);
  const double rate = config["learning_rate"].get<double>();
  config["learning_rate"] = optimizer.schedule
                                ? schedule_json(*optimizer.schedule)
                                : OrderedJson(static_cast<double>(static_cast<float>(rate)));
  return keras_object("keras.optimizers", row.class_name, std::move(config));
}

Optimizer read_optimizer(const Json& value, const Where& where) {
  const auto& rows = optimizer_rows();
  if (value.is_string()) {
    return Optimizer(row_of(rows, value.get<std::string>(), where, kLoadUncompiled).name);
  }
  const KerasObject object = read_keras_object(value, where);
  const SpecRow& row = row_of(rows, object.class_name, where, kLoadUncompiled);
  Optimizer optimizer(row.name);
  if (object.config == nullptr) return optimizer;
  ConfigObject config(*object.config, where.at(row.class_name));
  Json numbers = *object.config;
  const Json* rate = config.find("learning_rate");
  if (rate != nullptr && rate->is_object()) {
    LearningRateSchedule schedule;
    static_cast<Spec&>(schedule) =
        read_spec(schedule_rows(), *rate, config.where("learning_rate"), kLoadUncompiled);
    optimizer.schedule = std::move(schedule);
    numbers.erase("learning_rate");
  }
  ConfigObject arguments(numbers, config.where());
  Spec spec(row.name);
  read_arguments(row, arguments, spec);
  optimizer.values = std::move(spec.values);
  if (rate != nullptr && rate->is_number()) {
    const double given = read_number(*rate, config.where("learning_rate"));
    const auto single = static_cast<float>(given);
    optimizer.values["learning_rate"] =
        static_cast<double>(single) == given ? shortest(single) : given;
  }
  arguments.only("decay", 0.0, kLoadUncompiled);
  arguments.ignore({"name", "jit_compile", "is_legacy_optimizer"});
  arguments.expect_all_read(kLoadUncompiled);
  return optimizer;
}

// How Keras 2 wrote all metrics.
Spec read_wrapped_metric(ConfigObject config) {
  config.ignore({"dtype"});
  const std::string function = read_string(config.at("fn"), config.where("fn"));
  const std::string alias = read_string(config.at("name"), config.where("name"));
  config.expect_all_read(kLoadUncompiled);
  const bool accuracy = function.ends_with("accuracy") && (alias == "acc" || alias == "accuracy");
  return {accuracy ? alias : function};
}

// By name, as an object, or as a function of Keras. `label` gets the name of a metric object.
Spec read_function(const std::vector<SpecRow>& rows, const Json& value, const Where& where,
                   std::string* label) {
  if (value.is_string()) return {value.get<std::string>()};
  const KerasObject object = read_keras_object(value, where);
  if (object.class_name == "function" && object.config != nullptr) {
    return {read_string(*object.config, where)};
  }
  if (object.class_name == "MeanMetricWrapper" && object.config != nullptr) {
    return read_wrapped_metric({*object.config, where.at(object.class_name)});
  }
  const SpecRow& row = row_of(rows, object.class_name, where, kLoadUncompiled);
  Spec spec(row.name);
  if (object.config == nullptr) return spec;
  ConfigObject config(*object.config, where.at(object.class_name));
  if (const Json* name = config.find("name"); name != nullptr && label != nullptr) {
    *label = read_string(*name, config.where("name"));
  }
  if (const Json* word = config.find("reduction"); word == nullptr || *word != "auto") {
    read_arguments(row, config, spec);
  } else {  // Keras 2
    Json rest = *object.config;
    rest.erase("reduction");
    ConfigObject others(rest, config.where());
    read_arguments(row, others, spec);
  }
  if (const Json* type = config.find("dtype"); type != nullptr && !type->is_null()) {
    config.only("dtype", "float32", kLoadUncompiled);
  }
  config.only("axis", -1, kLoadUncompiled);
  config.ignore({"fn", "name", "reduction"});
  config.expect_all_read(kLoadUncompiled);
  return spec;
}

LossSpec read_loss(const Json& value, const Where& where) {
  LossSpec loss;
  if (!value.is_null()) {
    static_cast<Spec&>(loss) = read_function(loss_rows(), value, where, nullptr);
  }
  return loss;
}

MetricSpec read_metric(const Json& value, const Where& where) {
  MetricSpec metric;
  static_cast<Spec&>(metric) = read_function(metric_rows(), value, where, &metric.label);
  if (metric.label == metric.name && !metric.has_arguments()) metric.label.clear();
  return metric;
}

bool is_one(const Json& value) {
  return value.is_string() || (value.is_object() && value.contains("class_name"));
}

Losses read_losses(const Json& value, const Where& where) {
  if (is_one(value)) return {read_loss(value, where)};
  Losses losses;
  if (value.is_object()) {
    for (const auto& [output, loss] : value.items()) {
      losses.outputs.push_back(output);
      losses.list.push_back(read_loss(loss, where));
    }
    return losses;
  }
  for (const Json& loss : read_list(value, where)) losses.list.push_back(read_loss(loss, where));
  return losses;
}

std::vector<MetricSpec> read_metric_list(const Json& value, const Where& where) {
  std::vector<MetricSpec> list;
  if (is_one(value)) return {read_metric(value, where)};
  if (value.is_null()) return {};
  for (const Json& metric : read_list(value, where)) list.push_back(read_metric(metric, where));
  return list;
}

MetricLists read_metrics(const Json& value, const Where& where, size_t outputs) {
  MetricLists metrics;
  if (is_one(value)) return {read_metric_list(value, where)};
  if (value.is_object()) {
    for (const auto& [output, list] : value.items()) {
      metrics.outputs.push_back(output);
      metrics.lists.push_back(read_metric_list(list, where));
    }
    return metrics;
  }
  bool lists = outputs > 1;
  for (const Json& entry : read_list(value, where)) lists = lists || !is_one(entry);
  if (!lists) return {read_metric_list(value, where)};
  for (const Json& entry : value) metrics.lists.push_back(read_metric_list(entry, where));
  return metrics;
}

std::vector<double> read_loss_weights(const Json& value, const Losses& losses, const Where& where) {
  if (value.is_number()) return {read_number(value, where)};
  std::vector<double> weights;
  if (value.is_array()) {
    for (const Json& weight : value) weights.push_back(read_number(weight, where));
    return weights;
  }
  ConfigObject named(value, where);
  for (const std::string& output : losses.outputs) {
    const Json* weight = named.find(output.c_str());
    weights.push_back(weight == nullptr ? 1 : read_number(*weight, named.where(output.c_str())));
  }
  named.expect_all_read(kLoadUncompiled);
  return weights;
}

// A list of entries, or an object by output names.
OrderedJson by_output(const std::vector<std::string>& outputs, std::vector<OrderedJson> entries) {
  OrderedJson named = OrderedJson::object();
  for (size_t i = 0; i < outputs.size(); ++i) named[outputs[i]] = std::move(entries[i]);
  return outputs.empty() ? OrderedJson(std::move(entries)) : named;
}

OrderedJson loss_json(const LossSpec& loss) {
  if (loss.name.empty()) return nullptr;
  if (!loss.has_arguments()) return loss.name;
  const SpecRow& row = row_of(loss_rows(), loss.name, {"compile", "loss"});
  OrderedJson config = {{"name", row.name}};
  write_arguments(row, loss, config);
  config.erase("axis");  // Keras' classes do not all take it
  return keras_object("keras.losses", row.class_name, std::move(config));
}

OrderedJson losses_json(const Losses& losses) {
  if (losses.list.size() == 1 && losses.outputs.empty()) return loss_json(losses.list[0]);
  std::vector<OrderedJson> entries;
  for (const LossSpec& loss : losses.list) entries.push_back(loss_json(loss));
  return by_output(losses.outputs, std::move(entries));
}

OrderedJson metric_json(const MetricSpec& metric) {
  if (!metric.has_arguments() && metric.label.empty()) return metric.name;
  const SpecRow& row = row_of(metric_rows(), metric.name, {"compile", "metrics"});
  OrderedJson config = {{"name", metric.label.empty() ? row.name : metric.label},
                        {"dtype", "float32"}};
  write_arguments(row, metric, config);
  return keras_object("keras.metrics", row.class_name, std::move(config));
}

OrderedJson metrics_json(const MetricLists& metrics) {
  if (metrics.empty()) return nullptr;
  std::vector<OrderedJson> entries;
  for (const auto& list : metrics.lists) {
    OrderedJson one = OrderedJson::array();
    for (const MetricSpec& metric : list) one.push_back(metric_json(metric));
    entries.push_back(std::move(one));
  }
  if (entries.size() == 1 && metrics.outputs.empty()) return entries[0];
  return by_output(metrics.outputs, std::move(entries));
}

}  // namespace

double shortest(float value) { return std::strtod(fmt::format("{}", value).c_str(), nullptr); }

std::string optimizer_object_name(const Optimizer& optimizer) {
  return snake_case(row_of(optimizer_rows(), optimizer.name, {"compile", "optimizer"}).class_name);
}

OrderedJson compile_json(const std::optional<CompileOptions>& options) {
  OrderedJson config = OrderedJson::object();
  if (!options) return config;
  config["optimizer"] = optimizer_json(options->optimizer);
  config["loss"] = losses_json(options->loss);
  config["loss_weights"] = nullptr;
  if (!options->loss_weights.empty()) {
    config["loss_weights"] = by_output(
        options->loss.outputs, {options->loss_weights.begin(), options->loss_weights.end()});
  }
  config["metrics"] = metrics_json(options->metrics);
  config["weighted_metrics"] = metrics_json(options->weighted_metrics);
  config["run_eagerly"] = false;
  config["steps_per_execution"] = 1;
  config["jit_compile"] = false;
  return config;
}

std::optional<CompileOptions> read_compile(const Json& value, const Where& where,
                                           const std::string& otherwise, size_t outputs) {
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
    options.optimizer = row_of(optimizer_rows(), otherwise, config.where("optimizer")).name;
  }
  options.loss = read_losses(*loss, config.where("loss"));
  if (const Json* weights = config.find("loss_weights"); !missing(weights)) {
    options.loss_weights = read_loss_weights(*weights, options.loss, config.where("loss_weights"));
  }
  if (const Json* metrics = config.find("metrics"); !missing(metrics)) {
    options.metrics = read_metrics(*metrics, config.where("metrics"), outputs);
  }
  if (const Json* more = config.find("weighted_metrics"); !missing(more) && !more->empty()) {
    options.weighted_metrics = read_metrics(*more, config.where("weighted_metrics"), outputs);
  }
  config.ignore({"run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss"});
  config.expect_all_read(kLoadUncompiled);
  return options;
}

}  // namespace eddy::files
