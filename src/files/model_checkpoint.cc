// SPDX-License-Identifier: MIT
// Keras' ModelCheckpoint: the model as a file, after epochs or batches.
#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <system_error>

#include "core/nearest.h"
#include "eddy/callbacks.h"
#include "eddy/error.h"
#include "eddy/model.h"

namespace eddy {
namespace {

template <class... Arguments>
void say(std::ostream* out, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  if (out == nullptr) return;
  *out << fmt::format(format, std::forward<Arguments>(arguments)...) << '\n';
  out->flush();
}

bool has(const Metrics& logs, const std::string& key) {
  return std::any_of(logs.begin(), logs.end(), [&](const auto& log) { return log.first == key; });
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(ModelCheckpointOptions options)
    : MonitorCallback("ModelCheckpoint", options.monitor, options.mode, 0),
      options_(std::move(options)),
      best_(options_.initial_value_threshold) {
  const std::string& path = options_.filepath;
  const bool fits = options_.save_weights_only ? path.ends_with(".weights.h5")
                                               : path.ends_with(".keras") || path.ends_with(".h5");
  if (!fits) {
    throw Error(ErrorCode::invalid_argument, where(),
                fmt::format("filepath: expected a name that ends in {}, got '{}'.",
                            options_.save_weights_only ? ".weights.h5" : ".keras or .h5", path),
                "rename the file.");
  }
  if (options_.save_freq < 0) {
    throw Error(ErrorCode::invalid_argument, where(),
                fmt::format("save_freq: expected at least 0, got {}.", options_.save_freq),
                "0 saves after every epoch.");
  }
}

void ModelCheckpoint::on_train_batch_end(TrainingState& state) {
  if (options_.save_freq == 0) return;
  const bool new_epoch = last_batch_ < 0 || state.batch <= last_batch_;
  batches_since_saving_ += new_epoch ? state.batch + 1 : state.batch - last_batch_;
  last_batch_ = state.batch;
  if (batches_since_saving_ < options_.save_freq) return;
  batches_since_saving_ = 0;
  save(state, true);
}

void ModelCheckpoint::on_epoch_end(TrainingState& state) {
  if (options_.save_freq == 0) save(state, false);
}

void ModelCheckpoint::exchange(SavedState& state) {
  state.value("best", best_);
  state.value("batches_since_saving", batches_since_saving_);
  state.value("last_batch", last_batch_);
}

std::string ModelCheckpoint::path_for(const TrainingState& state, bool at_batch) const {
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  values.push_back(fmt::arg("epoch", state.epoch + 1));
  if (at_batch) values.push_back(fmt::arg("batch", state.batch + 1));
  std::vector<std::string> known = {"epoch"};
  for (const auto& [name, value] : state.logs) {
    values.push_back(fmt::arg(name.c_str(), value));
    known.push_back(name);
  }
  try {
    return fmt::vformat(options_.filepath, values);
  } catch (const fmt::format_error& error) {
    throw Error(ErrorCode::invalid_argument, where(),
                fmt::format("filepath: expected fields of {}, got '{}' ({}).", join(known),
                            options_.filepath, error.what()),
                "write fields like {epoch:02d} or {val_loss:.2f}.");
  }
}

bool ModelCheckpoint::wanted(const TrainingState& state, const std::string& path) {
  const int64_t epoch = state.epoch + 1;
  std::ostream* out = options_.verbose;
  if (!options_.save_best_only) {
    say(out, "\nEpoch {}: saving model to {}", epoch, path);
    return true;
  }
  // A batch knows no val_ keys yet: nothing to compare, so Keras saves.
  if (options_.save_freq > 0 && !has(state.logs, monitor())) return true;
  const auto value = current(state);
  if (!value) return false;
  const std::string best = best_ ? fmt::format("{:.5f}", *best_) : "None";
  if (!is_improvement(*value, best_)) {
    say(out, "\nEpoch {}: {} did not improve from {}", epoch, monitor(), best);
    return false;
  }
  say(out, "\nEpoch {}: {} improved from {} to {:.5f}, saving model to {}", epoch, monitor(), best,
      *value, path);
  best_ = value;
  return true;
}

void ModelCheckpoint::save(const TrainingState& state, bool at_batch) {
  const std::string path = path_for(state, at_batch);
  if (!wanted(state, path)) return;
  const std::filesystem::path file(path);
  if (file.has_parent_path()) {
    std::error_code failed;
    std::filesystem::create_directories(file.parent_path(), failed);
    if (failed) {
      throw Error(ErrorCode::io, where(),
                  fmt::format("folder '{}': expected one that can be made, got: {}.",
                              file.parent_path().string(), failed.message()),
                  "choose a folder that you may write to.");
    }
  }
  if (options_.save_weights_only) {
    state.model->model().save_weights(file);
  } else {
    state.model->model().save(file);
  }
  say(options_.verbose, "\nEpoch {}: finished saving model to {}", state.epoch + 1, path);
}

}  // namespace eddy
