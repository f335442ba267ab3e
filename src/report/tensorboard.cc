// SPDX-License-Identifier: MIT
// TensorBoard: the names, steps and folders of Keras' callback.
#include "eddy/tensorboard.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <system_error>
#include <utility>

#include "core/appended_file.h"
#include "eddy/error.h"
#include "report/event_file.h"

namespace eddy {
namespace {

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// TensorBoard reads the files of a folder by name, so the time stands first; the end tells them
// from those of other programs.
std::string file_name() {
  static std::atomic<int> counter{0};
  std::string host(256, '\0');
  if (::gethostname(host.data(), host.size() - 1) != 0) host = "localhost";
  host.resize(std::min(host.find('\0'), host.size()));
  return fmt::format("events.out.tfevents.{:010}.{}.{}.{}.eddy", static_cast<int64_t>(wall_time()),
                     host, ::getpid(), counter++);
}

}  // namespace

TensorBoard::TensorBoard(TensorBoardOptions options) : options_(std::move(options)) {
  if (options_.log_dir.empty()) {
    throw Error(ErrorCode::invalid_argument, "TensorBoard",
                "log_dir: expected a folder, got an empty name.", "Keras' default is logs.");
  }
  if (options_.update_freq < 0) {
    throw Error(ErrorCode::invalid_argument, "TensorBoard",
                fmt::format("update_freq: expected at least 0, got {}.", options_.update_freq),
                "0 writes after every epoch.");
  }
}

void TensorBoard::add(Writer& writer, const std::string& tag, double value, int64_t step) {
  writer.waiting += scalar_event(tag, static_cast<float>(value), step, wall_time());
}

void TensorBoard::open(Writer& writer, const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  writer.file = std::make_shared<AppendedFile>(path, true, "TensorBoard");
  if (writer.file->size() == 0) writer.file->append(version_event(wall_time()));
}

// One piece for all that an event has brought.
void TensorBoard::write(Writer& writer, bool synced) {
  if (writer.waiting.empty()) return;
  if (writer.file == nullptr) open(writer, options_.log_dir / writer.folder / file_name());
  const std::string records = std::exchange(writer.waiting, {});
  writer.file->append(records, synced);
}

void TensorBoard::on_train_begin(TrainingState& state) {
  train_batch_ = 0;
  train_ = {"train"};
  validation_ = {"validation"};
  if (state.resumed) return;
  // At once, so that every backup knows where the training writes.
  open(train_, options_.log_dir / train_.folder / file_name());
  if (state.validates) open(validation_, options_.log_dir / validation_.folder / file_name());
}

void TensorBoard::on_train_batch_begin(TrainingState& state) {
  ++train_batch_;
  batch_began_ = state.seconds;
}

void TensorBoard::on_train_batch_end(TrainingState& state) {
  if (options_.update_freq == 0 || train_batch_ % options_.update_freq != 0) return;
  if (options_.write_steps_per_second) {
    add(train_, "batch_steps_per_second", 1 / std::max(state.seconds - batch_began_, 1e-9),
        train_batch_);
  }
  for (const auto& [name, value] : state.logs) add(train_, "batch_" + name, value, train_batch_);
  write(train_, false);
}

void TensorBoard::on_test_end(TrainingState& state) {
  if (state.model == nullptr) return;  // evaluate() alone: there is no training to count by
  for (const auto& [name, value] : state.logs) {
    add(validation_, fmt::format("evaluation_{}_vs_iterations", name), value,
        state.model->iterations());
  }
}

void TensorBoard::on_epoch_end(TrainingState& state) {
  for (const auto& [name, value] : state.logs) {
    if (name.starts_with("val_")) {
      add(validation_, "epoch_" + name.substr(4), value, state.epoch);
    } else if (name != "learning_rate") {
      add(train_, "epoch_" + name, value, state.epoch);
    }
  }
  add(train_, "epoch_learning_rate", state.model->learning_rate(), state.epoch);
  if (options_.write_steps_per_second) {
    add(train_, "epoch_steps_per_second",
        static_cast<double>(state.batch + 1) / std::max(state.seconds, 1e-9), state.epoch);
  }
  write(train_, true);
  write(validation_, true);
}

void TensorBoard::on_train_end(TrainingState&) {
  train_.file.reset();
  validation_.file.reset();
}

void TensorBoard::exchange(SavedState& state) {
  state.value("train_batch", train_batch_);
  for (Writer* writer : {&train_, &validation_}) {
    SavedState part = state.part(writer->folder);
    std::string path = writer->file != nullptr ? writer->file->path().string() : "";
    int64_t size = writer->file != nullptr ? writer->file->size() : 0;
    part.value("path", path);
    part.value("size", size);
    part.value("waiting", writer->waiting);
    if (!state.restores() || path.empty()) continue;
    open(*writer, path);
    writer->file->cut(size);
  }
}

}  // namespace eddy
