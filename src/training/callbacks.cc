// SPDX-License-Identifier: MIT
// Keras' callbacks that need no file format of their own.
#include "eddy/callbacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "core/nearest.h"
#include "core/python_float.h"
#include "eddy/error.h"

namespace eddy {
namespace {

constexpr size_t kMostNamed = 6;  // layers in one message

const double* find(const Metrics& logs, const std::string& key) {
  const auto found =
      std::find_if(logs.begin(), logs.end(), [&](const auto& log) { return log.first == key; });
  return found == logs.end() ? nullptr : &found->second;
}

void set(Metrics& logs, const std::string& key, double value) {
  const auto found =
      std::find_if(logs.begin(), logs.end(), [&](const auto& log) { return log.first == key; });
  if (found != logs.end()) {
    found->second = value;
    return;
  }
  logs.emplace_back(key, value);
  std::sort(logs.begin(), logs.end());
}

template <class... Arguments>
void say(std::ostream* out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  if (out == nullptr) return;
  *out << fmt::format(format, std::forward<Arguments>(arguments)...) << '\n';
  out->flush();
}

int direction_of(const std::string& where, const std::string& mode) {
  if (mode == "min") return -1;
  if (mode == "max") return 1;
  if (mode == "auto") return 0;
  throw Error(ErrorCode::invalid_argument, where,
              fmt::format("mode: expected auto, min or max, got '{}'.", mode),
              suggest(mode, {"auto", "min", "max"}));
}

void check_at_least(const char* where, const char* name, double value, double low) {
  if (value >= low) return;
  throw Error(ErrorCode::invalid_argument, where,
              fmt::format("{}: expected at least {}, got {}.", name, low, value),
              "give a number in this range.");
}

}  // namespace

MonitorCallback::MonitorCallback(std::string where, std::string monitor, const std::string& mode,
                                 double min_delta)
    : where_(std::move(where)),
      monitor_(std::move(monitor)),
      direction_(direction_of(where_, mode)),
      min_delta_(std::abs(min_delta)) {}

std::optional<double> MonitorCallback::current(const TrainingState& state) {
  const bool of_validation = monitor_.starts_with("val_");
  const std::string metric = of_validation ? monitor_.substr(4) : monitor_;
  const double* value = find(state.logs, monitor_);
  if (value == nullptr) {
    const bool later = of_validation && state.validates && find(state.logs, metric) != nullptr;
    if (later) return std::nullopt;
    std::vector<std::string> known;
    for (const auto& [name, log] : state.logs) known.push_back(name);
    throw Error(ErrorCode::invalid_argument, where_,
                fmt::format("monitor: expected one of {}, got '{}'.", join(known), monitor_),
                of_validation && !state.validates
                    ? "give fit validation_data or a validation_split, or monitor another key."
                    : suggest(monitor_, known));
  }
  if (direction_ == 0) direction_ = state.model->direction(metric);
  if (direction_ == 0) {
    throw Error(ErrorCode::invalid_argument, where_,
                fmt::format("mode: expected min or max for '{}', got auto.", monitor_),
                "say whether a larger or a smaller value is better: this metric does not.");
  }
  return *value;
}

bool MonitorCallback::is_improvement(double value, std::optional<double> reference) const {
  if (!reference) return true;
  // Keras compares in float32: changes below its resolution are none.
  const auto best = static_cast<float>(*reference);
  return direction_ > 0 ? static_cast<float>(value - min_delta_) > best
                        : static_cast<float>(value + min_delta_) < best;
}

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : MonitorCallback("EarlyStopping", options.monitor, options.mode, options.min_delta),
      options_(std::move(options)) {}

void EarlyStopping::on_train_begin(TrainingState&) {
  wait_ = stopped_epoch_ = best_epoch_ = 0;
  best_.reset();
  best_weights_.clear();
}

void EarlyStopping::exchange(SavedState& state) {
  state.value("wait", wait_);
  state.value("stopped_epoch", stopped_epoch_);
  state.value("best_epoch", best_epoch_);
  state.value("best", best_);
  state.value("best_weights", best_weights_);
}

void EarlyStopping::on_epoch_end(TrainingState& state) {
  const auto value = current(state);
  if (!value || state.epoch < options_.start_from_epoch) return;
  if (options_.restore_best_weights && best_weights_.empty()) {
    best_weights_ = state.model->get_weights();
    best_epoch_ = state.epoch;
  }
  ++wait_;
  if (is_improvement(*value, best_)) {
    best_ = value;
    best_epoch_ = state.epoch;
    if (options_.restore_best_weights) best_weights_ = state.model->get_weights();
    if (is_improvement(*value, options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && state.epoch > 0) {
    stopped_epoch_ = state.epoch;
    state.stop_training = true;
  }
}

void EarlyStopping::on_train_end(TrainingState& state) {
  if (stopped_epoch_ > 0) say(options_.verbose, "Epoch {}: early stopping", stopped_epoch_ + 1);
  if (best_weights_.empty()) return;
  say(options_.verbose, "Restoring model weights from the end of the best epoch: {}.",
      best_epoch_ + 1);
  state.model->set_weights(best_weights_);
}

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : MonitorCallback("ReduceLROnPlateau", options.monitor, options.mode, options.min_delta),
      options_(std::move(options)) {
  if (!(options_.factor >= 0 && options_.factor < 1)) {
    throw Error(
        ErrorCode::invalid_argument, where(),
        fmt::format("factor: expected 0 up to, but not including, 1, got {}.", options_.factor),
        "Keras' default is 0.1.");
  }
  check_at_least("ReduceLROnPlateau", "min_lr", options_.min_lr, 0);
}

void ReduceLROnPlateau::on_train_begin(TrainingState&) {
  best_.reset();
  wait_ = cooldown_left_ = 0;
}

void ReduceLROnPlateau::exchange(SavedState& state) {
  state.value("best", best_);
  state.value("wait", wait_);
  state.value("cooldown_left", cooldown_left_);
}

void ReduceLROnPlateau::on_epoch_end(TrainingState& state) {
  const double rate = state.model->learning_rate();
  set(state.logs, "learning_rate", rate);
  const auto value = current(state);
  if (!value) return;
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    wait_ = 0;
  }
  if (is_improvement(*value, best_)) {
    best_ = value;
    wait_ = 0;
    return;
  }
  if (cooldown_left_ > 0 || ++wait_ < options_.patience) return;
  if (rate <= static_cast<double>(static_cast<float>(options_.min_lr))) return;
  const double lower = std::max(rate * options_.factor, options_.min_lr);
  state.model->set_learning_rate(lower);
  say(options_.verbose, "\nEpoch {}: ReduceLROnPlateau reducing learning rate to {}.",
      state.epoch + 1, python_repr(lower));
  cooldown_left_ = options_.cooldown;
  wait_ = 0;
}

void LearningRateScheduler::on_epoch_begin(TrainingState& state) {
  const double rate = schedule_(state.epoch, state.model->learning_rate());
  state.model->set_learning_rate(rate);
  say(verbose_, "\nEpoch {}: LearningRateScheduler setting learning rate to {}.", state.epoch + 1,
      python_repr(rate));
}

void LearningRateScheduler::on_epoch_end(TrainingState& state) {
  set(state.logs, "learning_rate", state.model->learning_rate());
}

void TerminateOnNaN::on_train_batch_end(TrainingState& state) {
  const double* loss = find(state.logs, "loss");
  const bool bad_loss = loss != nullptr && !std::isfinite(*loss);
  if (!bad_loss && !state.not_finite) return;
  say(verbose_, "Batch {}: Invalid {}, terminating training", state.batch,
      bad_loss ? "loss" : "weights");
  if (state.model != nullptr) found_ = state.model->find_not_finite();
  if (found_) {
    const std::string norms = to_string(found_->gradient_norms);
    say(verbose_, "It first shows in {}.{} Fix: {}", found_->what,
        norms.empty() ? "" : " Gradient norms of the last steps: " + norms + ".", found_->fix);
  }
  state.stop_training = true;
}

std::string to_string(const NotFinite::Norms& norms) {
  auto largest = norms;
  const auto most = [](const auto& layer) {
    double value = 0;
    for (const double norm : layer.second) {
      value = std::isnan(norm) ? HUGE_VAL : std::max(value, norm);
    }
    return value;
  };
  if (largest.size() > kMostNamed) {
    std::stable_sort(largest.begin(), largest.end(),
                     [&](const auto& a, const auto& b) { return most(a) > most(b); });
    largest.resize(kMostNamed);
  }
  std::string text;
  for (const auto& [layer, values] : largest) {
    text += (text.empty() ? "" : ", ") + layer;
    for (const double norm : values) text += fmt::format(" {:.3g}", std::fabs(norm));
  }
  return text;
}

}  // namespace eddy
