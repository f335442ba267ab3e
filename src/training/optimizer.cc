// SPDX-License-Identifier: MIT
#include "training/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/denormals.h"
#include "core/fetch.h"
#include "core/threads.h"
#include "layers/constraints.h"
#include "training/schedules.h"

namespace eddy {
namespace {

// Elements of a task: fixed, so that sums do not depend on the number of threads.
constexpr int64_t kPerTask = 1 << 15;

template <class Real>
double sum_of_squares(const Buffer<Real>& values) {
  double sum = 0;
  for (const Real x : values) sum += static_cast<double>(x) * x;
  return sum;
}

template <class Real>
void scale(Buffer<Real>& values, double factor) {
  for (Real& x : values) x = static_cast<Real>(x * factor);
}

}  // namespace

template <class Real>
std::unique_ptr<OptimizerState<Real>> make_optimizer(const Optimizer& options,
                                                     std::vector<Weight<Real>*> weights) {
  const Optimizer resolved = resolve_optimizer(options);
  return std::make_unique<OptimizerState<Real>>(resolved, make_update_rule<Real>(resolved),
                                                std::move(weights));
}

template <class Real>
OptimizerState<Real>::OptimizerState(const Optimizer& options,
                                     std::unique_ptr<UpdateRule<Real>> rule,
                                     std::vector<Weight<Real>*> weights)
    : options_(options), rule_(std::move(rule)), weights_(std::move(weights)) {
  learning_rate_ = static_cast<double>(static_cast<Real>(number("learning_rate", 0)));
  const size_t count = rule_->slot_names().size();
  const bool averages = number("use_ema", 0) != 0;
  const bool accumulates = number("gradient_accumulation_steps", 0) > 0;
  for (const Weight<Real>* weight : weights_) {
    const auto size = static_cast<size_t>(weight->size());
    Slots& slots = slots_.emplace_back();
    slots.values.resize(count);
    for (size_t k = 0; k < count; ++k) {
      slots.values[k].resize(size);
      std::fill(slots.values[k].begin(), slots.values[k].end(), rule_->initial(k));
    }
    if (averages) slots.average.resize_zeroed(size);
    if (accumulates) slots.accumulated.resize_zeroed(size);
    if (!weight->by_rows) continue;
    const auto rows = static_cast<size_t>(weight->shape[0]);
    if (rule_->rows_may_wait()) slots.up_to_date.assign(rows, 0);
    if (accumulates) slots.is_touched.assign(rows, 0);
  }
}

template <class Real>
double OptimizerState<Real>::number(const char* key, double otherwise) const {
  for (const auto& [name, value] : options_.values) {  // no std::string is made of the key
    if (name == key) return value;
  }
  return otherwise;
}

template <class Real>
double OptimizerState<Real>::learning_rate() const {
  return options_.schedule ? schedule_value(*options_.schedule, iterations) : learning_rate_;
}

template <class Real>
void OptimizerState<Real>::set_learning_rate(double learning_rate) {
  if (options_.schedule) {
    throw Error(ErrorCode::not_supported, options_.name,
                fmt::format("learning_rate: expected one that can be set, got the schedule {}.",
                            options_.schedule->name),
                "compile the optimizer with a number, or leave the callback out.");
  }
  if (!(learning_rate >= 0 && learning_rate <= kAnyLarge)) {
    throw Error(ErrorCode::invalid_argument, options_.name,
                fmt::format("learning_rate: expected at least 0, got {}.", learning_rate),
                "set a finite number.");
  }
  learning_rate_ = static_cast<double>(static_cast<Real>(learning_rate));
}

template <class Real>
void OptimizerState<Real>::apply() {
  const auto every = static_cast<int64_t>(number("gradient_accumulation_steps", 1));
  const double rate = learning_rate();
  const int64_t step = iterations / every + 1;
  ++iterations;
  const bool updates = iterations % every == 0;
  if (every > 1) accumulate(updates, every);
  if (updates) {
    ++applied_;
    clip();
    decay_weights(rate);
    rule_->begin_step(step, rate);
    for (size_t i = 0; i < weights_.size(); ++i) {
      if (weights_[i]->by_rows) {
        apply_rows(*weights_[i], slots_[i]);
      } else {
        apply_dense(*weights_[i], slots_[i]);
      }
    }
  }
  if (number("use_ema", 0) != 0) average_weights(step);
  constrain_weights();
}

template <class Real>
void OptimizerState<Real>::find_touched(const Weight<Real>& weight, Slots& slots) const {
  const int64_t rows = weight.shape[0], width = weight.size() / std::max<int64_t>(rows, 1);
  slots.touched.clear();
  for (int64_t row = 0; row < rows; ++row) {
    const Real* values = slots.accumulated.data() + row * width;
    const bool any = std::any_of(values, values + width, [](Real x) { return x != 0; });
    slots.is_touched[static_cast<size_t>(row)] = any ? 1 : 0;
    if (any) slots.touched.push_back(static_cast<int32_t>(row));
  }
}

// Adds the gradients to the accumulated ones; with the last of `steps` batches the gradients become
// the mean of all.
template <class Real>
void OptimizerState<Real>::accumulate(bool last, int64_t steps) {
  const auto k = static_cast<Real>(steps);
  for (size_t i = 0; i < weights_.size(); ++i) {
    Weight<Real>& weight = *weights_[i];
    Slots& slots = slots_[i];
    Real* sum = slots.accumulated.data();
    if (!weight.by_rows) {
      for (int64_t j = 0; j < weight.size(); ++j) {
        Real& g = weight.grad[static_cast<size_t>(j)];
        if (last) {
          g = (g + sum[j]) / k;
          sum[j] = 0;
        } else {
          sum[j] += g;
        }
      }
      continue;
    }
    if (look_for_rows_) find_touched(weight, slots);
    const int64_t width = weight.size() / std::max<int64_t>(weight.shape[0], 1);
    for (size_t r = 0; r < weight.rows.size(); ++r) {
      const int32_t row = weight.rows[r];
      uint8_t& touched = slots.is_touched[static_cast<size_t>(row)];
      if (touched == 0) slots.touched.push_back(row);
      touched = 1;
      const Real* g = weight.grad.data() + static_cast<int64_t>(r) * width;
      for (int64_t j = 0; j < width; ++j) sum[row * width + j] += g[j];
    }
    if (!last) continue;
    weight.rows = slots.touched;
    weight.grad.resize(weight.rows.size() * static_cast<size_t>(width));
    for (size_t r = 0; r < weight.rows.size(); ++r) {
      const int32_t row = weight.rows[r];
      slots.is_touched[static_cast<size_t>(row)] = 0;
      Real* g = weight.grad.data() + static_cast<int64_t>(r) * width;
      for (int64_t j = 0; j < width; ++j) g[j] = sum[row * width + j] / k;
      std::fill_n(sum + row * width, width, Real{0});
    }
    slots.touched.clear();
  }
  look_for_rows_ = false;
}

template <class Real>
void OptimizerState<Real>::clip() {
  const double each = number("clipnorm", 0), all = number("global_clipnorm", 0);
  const double value = number("clipvalue", 0);
  if (each > 0) {
    for (auto* weight : weights_) {
      const double norm = std::sqrt(sum_of_squares(weight->grad));
      if (norm > each) scale(weight->grad, each / norm);
    }
  } else if (all > 0) {
    double squares = 0;
    for (const auto* weight : weights_) squares += sum_of_squares(weight->grad);
    const double norm = std::sqrt(squares);
    if (!(norm <= all)) {  // NaN too: it has to show
      for (auto* weight : weights_) scale(weight->grad, all / norm + (norm - norm));
    }
  } else if (value > 0) {
    const auto limit = static_cast<Real>(value);
    for (auto* weight : weights_) {
      for (Real& g : weight->grad) g = std::clamp(g, -limit, limit);
    }
  }
}

template <class Real>
void OptimizerState<Real>::decay_weights(double learning_rate) {
  const double decay = number("weight_decay", 0);
  if (decay == 0) return;
  const auto factor = static_cast<Real>(decay), rate = static_cast<Real>(learning_rate);
  for (auto* weight : weights_) {
    const auto& excluded = options_.exclude_from_weight_decay;
    const bool skip = std::any_of(excluded.begin(), excluded.end(), [&](const std::string& part) {
      return weight->name.find(part) != std::string::npos;
    });
    if (skip) continue;
    for (int64_t i = 0; i < weight->size(); ++i) {
      Real& w = weight->value.data()[i];
      w -= w * factor * rate;
    }
  }
}

template <class Real>
void OptimizerState<Real>::average_weights(int64_t step) {
  const auto keep = static_cast<Real>(step == 1 ? 0.0 : number("ema_momentum", 0.99));
  const auto every = static_cast<int64_t>(number("ema_overwrite_frequency", 0));
  const bool overwrite = every > 0 && step % every == 0;
  for (size_t i = 0; i < weights_.size(); ++i) {
    Real* w = weights_[i]->value.data();
    Real* average = slots_[i].average.data();
    for (int64_t j = 0; j < weights_[i]->size(); ++j) {
      average[j] = keep * average[j] + (1 - keep) * w[j];
      if (overwrite) w[j] = average[j];
    }
  }
}

template <class Real>
void OptimizerState<Real>::constrain_weights() {
  for (auto* weight : weights_) {
    if (weight->constraint) constrain(*weight->constraint, weight->shape, weight->value.data());
  }
}

template <class Real>
void OptimizerState<Real>::finalize() {
  if (number("use_ema", 0) == 0 || iterations == 0) return;
  for (size_t i = 0; i < weights_.size(); ++i) {
    std::copy_n(slots_[i].average.data(), weights_[i]->size(), weights_[i]->value.data());
  }
}

template <class Real>
void OptimizerState<Real>::apply_dense(Weight<Real>& weight, Slots& slots) {
  parallel_for((weight.size() + kPerTask - 1) / kPerTask, [&](int64_t task, int64_t) {
    const int64_t first = task * kPerTask;
    Real* at[kMostSlots] = {};
    for (size_t k = 0; k < slots.values.size(); ++k) at[k] = slots.values[k].data() + first;
    rule_->update(weight.value.data() + first, weight.grad.data() + first, at,
                  std::min(kPerTask, weight.size() - first));
  });
}

template <class Real>
void OptimizerState<Real>::catch_up(Slots& slots, int64_t row, int64_t width, int64_t step) {
  int64_t& done = slots.up_to_date[static_cast<size_t>(row)];
  if (done < step) {
    Real* at[kMostSlots] = {};
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
  constexpr int64_t kRowsPerTask = 512, kAhead = 8;
  parallel_for((count + kRowsPerTask - 1) / kRowsPerTask, [&](int64_t task, int64_t) {
    const int64_t end = std::min(count, (task + 1) * kRowsPerTask);
    for (int64_t i = task * kRowsPerTask; i < end; ++i) {
      const int64_t row = wait ? weight.rows[static_cast<size_t>(i)] : i;
      const int64_t from = wait ? i : row_gradient_[static_cast<size_t>(i)];
      const Real* g = from < 0 ? zeros_.data() : weight.grad.data() + from * width;
      int64_t waited = 0;
      if (wait) {
        if (i + kAhead < end) {
          const int64_t next = weight.rows[static_cast<size_t>(i + kAhead)];
          fetch(&slots.up_to_date[static_cast<size_t>(next)], 1);
          fetch(weight.grad.data() + (i + kAhead) * width, width);
          fetch(weight.value.data() + next * width, width);
          for (const auto& values : slots.values) fetch(values.data() + next * width, width);
        }
        int64_t& done = slots.up_to_date[static_cast<size_t>(row)];
        waited = applied_ - 1 - done;
        done = applied_;
      }
      Real* at[kMostSlots] = {};
      for (size_t k = 0; k < slots.values.size(); ++k) at[k] = slots.values[k].data() + row * width;
      rule_->update_waiting(weight.value.data() + row * width, g, at, width, waited);
    }
  });
}

template <class Real>
std::vector<typename OptimizerState<Real>::Slot> OptimizerState<Real>::slots() {
  const FlushDenormals flush;  // as where steps catch up
  for (size_t i = 0; i < weights_.size(); ++i) {
    const int64_t rows = static_cast<int64_t>(slots_[i].up_to_date.size());
    for (int64_t row = 0; row < rows; ++row) {
      catch_up(slots_[i], row, weights_[i]->size() / rows, applied_);
    }
  }
  look_for_rows_ = true;
  return listed();
}

template <class Real>
std::vector<typename OptimizerState<Real>::Slot> OptimizerState<Real>::listed() {
  const auto names = rule_->slot_names();
  std::vector<Slot> all;
  const auto add = [&](const std::string& name, size_t weight, Buffer<Real>& values) {
    all.push_back({name, weights_[weight]->shape, &values, static_cast<int64_t>(weight)});
  };
  const size_t count = weights_.size();
  const bool averages = number("use_ema", 0) != 0;
  for (size_t i = 0; averages && i < count; ++i) add("average", i, slots_[i].average);
  const bool accumulates = number("gradient_accumulation_steps", 0) > 0;
  for (size_t i = 0; accumulates && i < count; ++i) {
    add("gradient_accumulator", i, slots_[i].accumulated);
  }
  for (size_t i = 0; i < count; ++i) {
    for (size_t k = 0; k < rule_->interleaved(); ++k) add(names[k], i, slots_[i].values[k]);
  }
  for (size_t k = rule_->interleaved(); k < names.size(); ++k) {
    for (size_t i = 0; i < count; ++i) add(names[k], i, slots_[i].values[k]);
  }
  if (rule_->scalar() != nullptr) all.push_back({"u_product", {}, rule_->scalar(), -1});
  return all;
}

// As slots() would leave them.
template <class Real>
std::vector<typename OptimizerState<Real>::Slot> OptimizerState<Real>::slots_to_save(
    std::list<Buffer<Real>>& copies) {
  auto all = listed();
  for (size_t i = 0; i < weights_.size(); ++i) {
    const Slots& slots = slots_[i];
    if (slots.up_to_date.empty()) continue;
    std::vector<Buffer<Real>*> copied;
    for (const Buffer<Real>& values : slots.values) {
      Buffer<Real>& copy = copies.emplace_back(values.size());
      std::copy(values.begin(), values.end(), copy.begin());
      copied.push_back(&copy);
      for (Slot& slot : all) {
        if (slot.values == &values) slot.values = &copy;
      }
    }
    catch_up_copies(slots, copied);
  }
  return all;
}

template <class Real>
void OptimizerState<Real>::catch_up_copies(const Slots& slots,
                                           std::vector<Buffer<Real>*>& values) const {
  if (values.empty()) return;
  const auto rows = static_cast<int64_t>(slots.up_to_date.size());
  const auto width = static_cast<int64_t>(values[0]->size()) / rows;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t steps = applied_ - slots.up_to_date[static_cast<size_t>(row)];
    Real* at[kMostSlots] = {};
    for (size_t k = 0; k < values.size(); ++k) at[k] = values[k]->data() + row * width;
    if (steps > 0) rule_->decay(at, width, steps);
  }
}

template <class Real>
void OptimizerState<Real>::exchange(SavedState& state) {
  std::string name = options_.name;
  state.value("optimizer", name);
  if (name != options_.name) {
    throw Error(ErrorCode::bad_file, state.where(),
                fmt::format("optimizer: expected {}, got {}.", options_.name, name),
                "compile the model as it was when the backup was made.");
  }
  state.value("iterations", iterations);
  state.value("applied", applied_);
  state.value("learning_rate", learning_rate_);
  state.value("look_for_rows", look_for_rows_);
  if (rule_->scalar() != nullptr) state.value("u_product", std::span<Real>(*rule_->scalar()));
  const auto names = rule_->slot_names();
  for (size_t i = 0; i < slots_.size(); ++i) {
    SavedState part = state.part(std::to_string(i));
    Slots& slots = slots_[i];
    for (size_t k = 0; k < names.size(); ++k) {
      part.value(names[k], std::span<Real>(slots.values[k]));
    }
    part.value("average", std::span<Real>(slots.average));
    part.value("gradient_accumulator", std::span<Real>(slots.accumulated));
    part.value("up_to_date", std::span<int64_t>(slots.up_to_date));
    part.value("is_touched", std::span<uint8_t>(slots.is_touched));
    part.value("touched", slots.touched);
  }
}

template class OptimizerState<float>;
template class OptimizerState<double>;
template std::unique_ptr<OptimizerState<float>> make_optimizer(const Optimizer&,
                                                               std::vector<Weight<float>*>);
template std::unique_ptr<OptimizerState<double>> make_optimizer(const Optimizer&,
                                                                std::vector<Weight<double>*>);

}  // namespace eddy
