// SPDX-License-Identifier: MIT
#include "training/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/nearest.h"
#include "core/threads.h"
#include "training/update_rules.h"

namespace eddy {
namespace {

// One row an optimizer: Keras' options with their defaults and what a value must satisfy.
struct OptionRow {
  const char* name;
  double initial, low, high;  // low <= value <= high
  bool is_bool = false;
};
struct OptimizerRow {
  const char* name;
  std::vector<std::string> aliases;
  std::vector<OptionRow> options;
};

constexpr double kLarge = 1e30;

const std::vector<OptimizerRow>& optimizer_rows() {
  static const std::vector<OptimizerRow> rows = {
      {"rmsprop",
       {"rms_prop", "RMSprop"},
       {{"learning_rate", 0.001, 0, kLarge},
        {"rho", 0.9, 0, 1},
        {"momentum", 0, 0, 1},
        {"epsilon", 1e-7, 0, kLarge},
        {"centered", 0, 0, 1, true}}},
      {"sgd",
       {"SGD"},
       {{"learning_rate", 0.01, 0, kLarge}, {"momentum", 0, 0, 1}, {"nesterov", 0, 0, 1, true}}},
      {"adam",
       {"Adam"},
       {{"learning_rate", 0.001, 0, kLarge},
        {"beta_1", 0.9, 0, 0.9999999999},
        {"beta_2", 0.999, 0, 0.9999999999},
        {"epsilon", 1e-7, 0, kLarge},
        {"amsgrad", 0, 0, 1, true}}},
  };
  return rows;
}

const OptimizerRow& optimizer_row(const std::string& name) {
  std::vector<std::string> names;
  for (const OptimizerRow& row : optimizer_rows()) {
    if (name == row.name || std::count(row.aliases.begin(), row.aliases.end(), name) > 0)
      return row;
    names.emplace_back(row.name);
  }
  throw Error(ErrorCode::invalid_argument, "compile",
              fmt::format("optimizer: expected a known optimizer, got '{}'.", name),
              suggest(name, names));
}

void check_value(const OptimizerRow& row, const OptionRow& option, double value) {
  const bool fits =
      value >= option.low && value <= option.high && (!option.is_bool || value == 0 || value == 1);
  if (fits) return;
  throw Error(
      ErrorCode::invalid_argument, row.name,
      fmt::format("{}: expected {}, got {}.", option.name,
                  option.is_bool ? "0 or 1" : fmt::format("{} to {}", option.low, option.high),
                  value),
      fmt::format("Keras' default is {}.", option.initial));
}

}  // namespace

Optimizer resolve_optimizer(const Optimizer& options) {
  const OptimizerRow& row = optimizer_row(options.name);
  Optimizer resolved(row.name);
  std::vector<std::string> known;
  for (const OptionRow& option : row.options) {
    known.emplace_back(option.name);
    const auto given = options.values.find(option.name);
    const double value = given == options.values.end() ? option.initial : given->second;
    check_value(row, option, value);
    resolved.values[option.name] = value;
  }
  for (const auto& [key, value] : options.values) {
    if (resolved.values.count(key) > 0) continue;
    throw Error(ErrorCode::invalid_argument, row.name,
                fmt::format("options: expected those of {}, got '{}'.", row.name, key),
                suggest(key, known));
  }
  return resolved;
}

template <class Real>
std::unique_ptr<OptimizerState<Real>> make_optimizer(const Optimizer& options,
                                                     std::vector<Weight<Real>*> weights) {
  Optimizer resolved = resolve_optimizer(options);
  std::unique_ptr<UpdateRule<Real>> rule;
  if (resolved.name == "sgd") rule = std::make_unique<SGDRule<Real>>(resolved.values);
  if (resolved.name == "rmsprop") rule = std::make_unique<RMSpropRule<Real>>(resolved.values);
  if (resolved.name == "adam") rule = std::make_unique<AdamRule<Real>>(resolved.values);
  return std::make_unique<OptimizerState<Real>>(std::move(resolved), std::move(rule),
                                                std::move(weights));
}

template <class Real>
OptimizerState<Real>::OptimizerState(Optimizer options, std::unique_ptr<UpdateRule<Real>> rule,
                                     std::vector<Weight<Real>*> weights)
    : options_(std::move(options)), rule_(std::move(rule)), weights_(std::move(weights)) {
  const size_t count = rule_->slot_names().size();
  for (const Weight<Real>* weight : weights_) {
    Slots& slots = slots_.emplace_back();
    slots.values.resize(count);
    for (auto& values : slots.values) values.resize_zeroed(static_cast<size_t>(weight->size()));
    if (weight->by_rows && rule_->rows_may_wait()) {
      slots.up_to_date.assign(static_cast<size_t>(weight->shape[0]), 0);
    }
  }
}

template <class Real>
void OptimizerState<Real>::apply() {
  ++iterations;
  ++applied_;
  rule_->begin_step(iterations);
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (weights_[i]->by_rows) {
      apply_rows(*weights_[i], slots_[i]);
    } else {
      apply_dense(*weights_[i], slots_[i]);
    }
  }
}

template <class Real>
void OptimizerState<Real>::apply_dense(Weight<Real>& weight, Slots& slots) {
  constexpr int64_t kPerTask = 1 << 15;
  parallel_for((weight.size() + kPerTask - 1) / kPerTask, [&](int64_t task, int64_t) {
    const int64_t first = task * kPerTask;
    Real* at[3] = {};
    for (size_t k = 0; k < slots.values.size(); ++k) at[k] = slots.values[k].data() + first;
    rule_->update(weight.value.data() + first, weight.grad.data() + first, at,
                  std::min(kPerTask, weight.size() - first));
  });
}

template <class Real>
void OptimizerState<Real>::catch_up(Slots& slots, int64_t row, int64_t width, int64_t step) {
  int64_t& done = slots.up_to_date[static_cast<size_t>(row)];
  if (done < step) {
    Real* at[3] = {};
    for (size_t k = 0; k < slots.values.size(); ++k) at[k] = slots.values[k].data() + row * width;
    rule_->decay(at, width, step - done);
  }
  done = step;
}

template <class Real>
void OptimizerState<Real>::apply_rows(Weight<Real>& weight, Slots& slots) {
  const int64_t rows = weight.shape[0], width = weight.size() / rows;
  const bool wait = rule_->rows_may_wait();
  if (!wait) {  // every row moves, most of them with a gradient of zero
    zeros_.resize_zeroed(static_cast<size_t>(width));
    row_gradient_.assign(static_cast<size_t>(rows), -1);
    for (size_t k = 0; k < weight.rows.size(); ++k) {
      row_gradient_[static_cast<size_t>(weight.rows[k])] = static_cast<int32_t>(k);
    }
  }
  const int64_t count = wait ? static_cast<int64_t>(weight.rows.size()) : rows;
  constexpr int64_t kPerTask = 512;
  parallel_for((count + kPerTask - 1) / kPerTask, [&](int64_t task, int64_t) {
    for (int64_t i = task * kPerTask; i < std::min(count, (task + 1) * kPerTask); ++i) {
      const int64_t row = wait ? weight.rows[static_cast<size_t>(i)] : i;
      const int64_t from = wait ? i : row_gradient_[static_cast<size_t>(i)];
      const Real* g = from < 0 ? zeros_.data() : weight.grad.data() + from * width;
      if (wait) {
        catch_up(slots, row, width, applied_ - 1);
        slots.up_to_date[static_cast<size_t>(row)] = applied_;
      }
      Real* at[3] = {};
      for (size_t k = 0; k < slots.values.size(); ++k) at[k] = slots.values[k].data() + row * width;
      rule_->update(weight.value.data() + row * width, g, at, width);
    }
  });
}

template <class Real>
std::vector<typename OptimizerState<Real>::Slot> OptimizerState<Real>::slots() {
  for (size_t i = 0; i < weights_.size(); ++i) {
    const int64_t rows = static_cast<int64_t>(slots_[i].up_to_date.size());
    for (int64_t row = 0; row < rows; ++row) {
      catch_up(slots_[i], row, weights_[i]->size() / rows, applied_);
    }
  }
  const auto names = rule_->slot_names();
  std::vector<Slot> all;
  const auto add = [&](size_t weight, size_t k) {
    all.push_back({names[k], weights_[weight]->shape, &slots_[weight].values[k]});
  };
  for (size_t i = 0; i < weights_.size(); ++i) {
    for (size_t k = 0; k < rule_->interleaved(); ++k) add(i, k);
  }
  for (size_t k = rule_->interleaved(); k < names.size(); ++k) {
    for (size_t i = 0; i < weights_.size(); ++i) add(i, k);
  }
  return all;
}

template class OptimizerState<float>;
template class OptimizerState<double>;
template std::unique_ptr<OptimizerState<float>> make_optimizer(const Optimizer&,
                                                               std::vector<Weight<float>*>);
template std::unique_ptr<OptimizerState<double>> make_optimizer(const Optimizer&,
                                                                std::vector<Weight<double>*>);

}  // namespace eddy
