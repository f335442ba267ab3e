// SPDX-License-Identifier: MIT
// A training that tells how it stands.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <system_error>

#include "core/atomic_file.h"
#include "eddy/error.h"
#include "eddy/live.h"
#include "eddy/model.h"
#include "model/network.h"

namespace eddy {
namespace {

constexpr size_t kMostLivePoints = 256, kMostNorms = 32, kMostEvents = 20;
constexpr double kShareOfWriting = 100;  // the training waits for it at most 1 % of its time
constexpr double kNewRate = 0.3;         // its weight beside the rates before

std::string this_host() {
  std::string host(256, '\0');
  if (::gethostname(host.data(), host.size() - 1) != 0) return "localhost";
  host.resize(std::min(host.find('\0'), host.size()));
  return host;
}

// [None, T, ...]; ids are [None, T] too.
int64_t time_steps_of(const Model& model) {
  const auto shapes = model.network().input_shapes();
  const bool known = !shapes.empty() && shapes[0].size() > 1;
  return known ? std::max<int64_t>(shapes[0][1], 0) : 0;
}

}  // namespace

LiveLogger::LiveLogger(LiveLoggerOptions options) : options_(std::move(options)) {
  if (options_.filename.empty()) {
    throw Error(ErrorCode::invalid_argument, "LiveLogger",
                "filename: expected a file, got an empty name.",
                "name for instance run/live.json.");
  }
  if (!(options_.interval >= 0)) {
    throw Error(ErrorCode::invalid_argument, "LiveLogger",
                fmt::format("interval: expected at least 0, got {}.", options_.interval),
                "0 writes after every batch.");
  }
}

LiveLogger::~LiveLogger() {
  if (running_) {
    live_.status = "failed";
    write();
  } else if (live_.status == "finished") {
    std::error_code ignored;
    std::filesystem::remove(options_.filename, ignored);
  }
}

double LiveLogger::now() const {
  if (options_.clock) return options_.clock();
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void LiveLogger::add_event(const std::string& what) {
  live_.events.push_back({now(), live_.epoch, live_.batch, what});
  if (live_.events.size() > kMostEvents) live_.events.erase(live_.events.begin());
}

void LiveLogger::note(const std::string& what) {
  add_event(what);
  write();
}

void LiveLogger::on_train_begin(TrainingState& state) {
  live_ = {};
  live_.status = "training";
  live_.host = this_host();
  live_.pid = ::getpid();
  live_.epoch = live_.whole_epochs = state.epoch;
  live_.epochs = state.epochs;
  live_.batch = state.batch;
  live_.batches = state.batches;
  live_.samples = state.samples;
  live_.time_steps = time_steps_of(state.model->model());
  live_.learning_rate = state.model->learning_rate();
  began_ = rated_at_ = now();
  rated_batch_ = state.batch;
  test_took_.reset();
  train_took_ = test_began_ = 0;
  stride_ = 1;
  batches_ = 0;
  running_ = true;
  add_event(state.resumed ? "resumed" : "began");
  write();
  due_ = 0;  // with the first batch again: it has the first norms
}

void LiveLogger::take_learning_rate(const TrainingState& state) {
  const double before = live_.learning_rate;
  live_.learning_rate = state.model->learning_rate();
  if (live_.learning_rate != before) {
    add_event(fmt::format("learning_rate {:.6g} -> {:.6g}", before, live_.learning_rate));
  }
}

void LiveLogger::on_epoch_begin(TrainingState& state) {
  live_.epoch = state.epoch;
  live_.batch = 0;
  live_.seconds = 0;
  live_.left_in_epoch.reset();
  rated_at_ = now();
  rated_batch_ = 0;
  take_learning_rate(state);
}

void LiveLogger::add_point(const TrainingState& state) {
  if (live_.curve_keys.empty()) {
    for (const auto& [key, value] : state.logs) live_.curve_keys.push_back(key);
  }
  LiveTraining::Point point;
  point.epoch = static_cast<double>(state.epoch) +
                static_cast<double>(state.batch + 1) / static_cast<double>(state.batches);
  for (const std::string& key : live_.curve_keys) {
    const auto log = std::find_if(state.logs.begin(), state.logs.end(),
                                  [&](const auto& named) { return named.first == key; });
    point.values.push_back(log == state.logs.end() ? std::nan("") : log->second);
  }
  live_.curve.push_back(std::move(point));
  if (live_.curve.size() < kMostLivePoints) return;
  // Every second one, and from here on half as many.
  for (size_t i = 1; 2 * i < live_.curve.size(); ++i) live_.curve[i] = live_.curve[2 * i];
  live_.curve.resize(live_.curve.size() / 2);
  stride_ *= 2;
}

void LiveLogger::guess_time_left() {
  live_.left_in_epoch.reset();
  live_.left.reset();
  if (live_.batch == 0 || live_.batches == 0 || live_.seconds <= 0) return;
  const double test = test_took_.value_or(0);
  const bool tests = live_.status == "validating";
  double epoch = 0, rest = 0;
  if (tests) {
    // Before the first validation has ended nothing but its own pace is known.
    const double so_far = live_.seconds - train_took_;
    const double whole =
        so_far / static_cast<double>(live_.batch) * static_cast<double>(live_.batches);
    rest = whole - so_far;
    epoch = train_took_ + whole;
  } else {
    const double batch = live_.seconds / static_cast<double>(live_.batch);
    rest = batch * static_cast<double>(live_.batches - live_.batch) + test;
    epoch = batch * static_cast<double>(live_.batches) + test;
  }
  live_.left_in_epoch = std::max(rest, 0.0);
  live_.left = *live_.left_in_epoch + epoch * static_cast<double>(live_.epochs - live_.epoch - 1);
}

void LiveLogger::take_batch(const TrainingState& state) {
  live_.batch = state.batch + 1;
  live_.batches = state.batches;
  if (live_.status == "training") {
    const double passed = now() - rated_at_;
    const auto done = static_cast<double>(live_.batch - rated_batch_);
    if (passed > 0 && done > 0) {
      const double rate = done / passed;
      double& known = live_.batches_per_second;
      known = known > 0 ? (1 - kNewRate) * known + kNewRate * rate : rate;
      rated_at_ = now();
      rated_batch_ = live_.batch;
    }
  }
  guess_time_left();
}

void LiveLogger::on_train_batch_end(TrainingState& state) {
  live_.status = "training";
  if (batches_++ % stride_ == 0) add_point(state);
  const bool ends = state.not_finite || state.stop_now || state.stop_training;
  if (!ends && !is_due()) return;
  const double start = now();
  live_.seconds = train_took_ = state.seconds;
  live_.logs = state.logs;
  take_batch(state);
  for (const auto& [layer, norm] : state.model->gradient_norms()) {
    const auto known = std::find_if(live_.gradient_norms.begin(), live_.gradient_norms.end(),
                                    [&name = layer](const auto& of) { return of.first == name; });
    auto& norms = known != live_.gradient_norms.end()
                      ? known->second
                      : live_.gradient_norms.emplace_back(layer, std::vector<double>()).second;
    norms.push_back(norm);
    if (norms.size() > kMostNorms) norms.erase(norms.begin());
  }
  if (state.not_finite) {
    const auto found = state.model->find_not_finite();
    add_event("NaN or infinite: " + (found ? found->what : std::string("the loss")));
  }
  write(start);
}

void LiveLogger::on_test_begin(TrainingState& state) {
  if (!running_ || state.model == nullptr) return;
  live_.status = "validating";
  live_.batch = 0;
  live_.batches = state.batches;
  live_.seconds = train_took_ = state.seconds;
  test_began_ = now();
}

void LiveLogger::on_test_batch_end(TrainingState& state) {
  if (!running_ || state.model == nullptr || !is_due()) return;
  live_.seconds = train_took_ + now() - test_began_;
  take_batch(state);
  write();
}

void LiveLogger::on_epoch_end(TrainingState& state) {
  if (live_.status == "validating") test_took_ = now() - test_began_;
  live_.status = "training";
  live_.whole_epochs = state.epoch + 1;
  live_.batch = live_.batches = state.batches;
  live_.seconds = state.seconds;
  live_.logs = state.logs;
  take_learning_rate(state);
  if (state.stop_training && state.epoch + 1 < state.epochs) {
    add_event(fmt::format("stops early, after {} of {} epochs", state.epoch + 1, state.epochs));
  }
  live_.left_in_epoch = 0;
  live_.left =
      state.stop_training ? 0 : state.seconds * static_cast<double>(state.epochs - state.epoch - 1);
  if (is_due()) write();
}

void LiveLogger::on_train_end(TrainingState& state) {
  running_ = false;
  const bool whole = live_.whole_epochs == state.epochs;
  live_.status = state.stop_now && !whole ? "interrupted" : "finished";
  live_.left_in_epoch.reset();
  live_.left.reset();
  add_event(live_.status);
  write();
}

void LiveLogger::write() { write(now()); }

void LiveLogger::write(double start) {
  live_.time = now();
  live_.seconds_in_all = live_.time - began_;
  try {
    AtomicFile file(options_.filename);
    file.write(live_json(live_, false));
    file.commit_unsynced();
  } catch (const std::exception&) {
    // A full disk, a folder that has gone: the training goes on, and the next time may do better.
  }
  const double end = now();
  due_ = end;
  if (options_.interval > 0) due_ += std::max(options_.interval, kShareOfWriting * (end - start));
}

}  // namespace eddy
