// SPDX-License-Identifier: MIT
// The table of Keras' optimizers and the rules between their arguments.
#include <fmt/format.h>

#include <algorithm>

#include "training/optimizer.h"
#include "training/schedules.h"

namespace eddy {
namespace {

using Default = NumberRow::Default;
using Kind = NumberRow::Kind;

NumberRow optional(const char* name, double low, double high = kAnyLarge, Kind kind = Kind::real) {
  return {name, 0, low, high, kind, Default::none};
}

// The formulas divide by 1 - beta^t.
constexpr double kBelowOne = 0.9999999999;

SpecRow row(const char* name, const char* class_name, double learning_rate,
            const std::vector<NumberRow>& own) {
  SpecRow row{name, class_name};
  row.numbers = {{"learning_rate", learning_rate}};
  const bool adamw = row.name == "adamw";
  const NumberRow common[] = {
      adamw ? NumberRow{"weight_decay", 0.004} : optional("weight_decay", 0),
      optional("clipnorm", 0),
      optional("global_clipnorm", 0),
      optional("clipvalue", 0),
      {"use_ema", 0, 0, 1, Kind::boolean},
      {"ema_momentum", 0.99, 0, 1},
      optional("ema_overwrite_frequency", 1, 1e15, Kind::integer),
      optional("loss_scale_factor", 1e-30),
      optional("gradient_accumulation_steps", 2, 1e15, Kind::integer)};
  row.numbers.insert(row.numbers.end(), std::begin(common), std::end(common));
  row.numbers.insert(row.numbers.end(), own.begin(), own.end());
  return row;
}

}  // namespace

const std::vector<SpecRow>& optimizer_rows() {
  static const NumberRow epsilon = {"epsilon", 1e-7};
  static const NumberRow beta_1 = {"beta_1", 0.9, 0, kBelowOne};
  static const NumberRow beta_2 = {"beta_2", 0.999, 0, kBelowOne};
  static const NumberRow amsgrad = {"amsgrad", 0, 0, 1, Kind::boolean};
  static const NumberRow momentum = {"momentum", 0, 0, 1};
  static const NumberRow first = {"initial_accumulator_value", 0.1};
  static const std::vector<SpecRow> rows = {
      row("rmsprop", "RMSprop", 0.001,
          {{"rho", 0.9, 0, 1}, momentum, epsilon, {"centered", 0, 0, 1, Kind::boolean}}),
      row("sgd", "SGD", 0.01, {momentum, {"nesterov", 0, 0, 1, Kind::boolean}}),
      row("adam", "Adam", 0.001, {beta_1, beta_2, epsilon, amsgrad}),
      row("adamw", "AdamW", 0.001, {beta_1, beta_2, epsilon, amsgrad}),
      row("nadam", "Nadam", 0.001, {beta_1, beta_2, epsilon}),
      row("adagrad", "Adagrad", 0.001, {first, epsilon}),
      row("adadelta", "Adadelta", 0.001, {{"rho", 0.95, 0, 1}, epsilon}),
      row("adamax", "Adamax", 0.001, {beta_1, beta_2, epsilon}),
      row("lion", "Lion", 0.001, {{"beta_1", 0.9, 1e-30, 1}, {"beta_2", 0.99, 0, 1}}),
      row("ftrl", "Ftrl", 0.001,
          {{"learning_rate_power", -0.5, -kAnyLarge, 0},
           first,
           {"l1_regularization_strength", 0},
           {"l2_regularization_strength", 0},
           {"l2_shrinkage_regularization_strength", 0},
           {"beta", 0}}),
  };
  return rows;
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const SpecRow& row : optimizer_rows()) names.push_back(row.name);
  return names;
}

Optimizer resolve_optimizer(const Optimizer& options) {
  const auto& rows = optimizer_rows();
  const SpecRow& row = rows[find_row(rows, options.name, "compile", "optimizer")];
  const Spec resolved = resolve_spec(row, Spec(options.name, options.values));
  Optimizer complete(row.name, resolved.values);
  complete.exclude_from_weight_decay = options.exclude_from_weight_decay;
  if (options.schedule) {
    if (options.values.count("learning_rate") > 0) {
      throw Error(ErrorCode::invalid_argument, row.name,
                  "learning_rate: expected a number or a schedule, got both.", "leave one out.");
    }
    complete.schedule = resolve_schedule(*options.schedule);
    complete.values.erase("learning_rate");
  }
  const auto given = [&](const char* key) { return options.values.count(key); };
  if (given("clipnorm") + given("clipvalue") + given("global_clipnorm") > 1) {
    throw Error(ErrorCode::invalid_argument, row.name,
                "clipping: expected one of clipnorm, clipvalue and global_clipnorm, got several.",
                "leave one of them.");
  }
  return complete;
}

}  // namespace eddy
