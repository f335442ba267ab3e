// SPDX-License-Identifier: MIT
// BackupAndRestore: a training as a file.
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <system_error>

#include "core/atomic_file.h"
#include "eddy/callbacks.h"
#include "eddy/error.h"

namespace eddy {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLatest = "latest.eddy";
constexpr const char* kPrevious = "latest.eddy.bkp";

Backup read_backup(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    throw Error(ErrorCode::io, path.string(), "backup: expected a file that can be read, got none.",
                "check its permissions, or remove it to start anew.");
  }
  return SavedState(bytes, path.string());
}

}  // namespace

BackupAndRestore::BackupAndRestore(BackupAndRestoreOptions options) : options_(std::move(options)) {
  if (options_.backup_dir.empty()) {
    throw Error(ErrorCode::invalid_argument, "BackupAndRestore",
                "backup_dir: expected a folder, got an empty name.",
                "name a folder for this training alone.");
  }
  if (options_.save_freq < 0) {
    throw Error(ErrorCode::invalid_argument, "BackupAndRestore",
                fmt::format("save_freq: expected at least 0, got {}.", options_.save_freq),
                "0 saves after every epoch.");
  }
}

Backup BackupAndRestore::training_to_resume() {
  const fs::path latest = options_.backup_dir / kLatest, previous = options_.backup_dir / kPrevious;
  try {
    if (Backup backup = read_backup(latest)) return backup;
  } catch (const Error&) {
    std::error_code ignored;
    if (!fs::exists(previous, ignored)) throw;
    fs::remove(latest, ignored);  // or it would take the place of the good one
  }
  return read_backup(previous);
}

void BackupAndRestore::on_train_begin(TrainingState&) {
  batches_since_saving_ = 0;
  std::error_code failed;
  fs::create_directories(options_.backup_dir, failed);
  if (fs::is_directory(options_.backup_dir)) return;
  throw Error(
      ErrorCode::io, "BackupAndRestore",
      fmt::format("folder '{}': expected one that can be made, got: {}.",
                  options_.backup_dir.string(), failed ? failed.message() : "a file of that name"),
      "choose a folder that you may write to.");
}

void BackupAndRestore::back_up(TrainingState& state) {
  batches_since_saving_ = 0;
  state.model->back_up([this](const SavedState& backup) {
    const fs::path latest = options_.backup_dir / kLatest;
    std::error_code ignored;
    // Between the two steps the previous one is the only one, which is what it is for.
    if (options_.double_checkpoint) fs::rename(latest, options_.backup_dir / kPrevious, ignored);
    write_file_atomically(latest, backup.bytes());
  });
}

void BackupAndRestore::on_train_batch_end(TrainingState& state) {
  if (options_.save_freq > 0 && ++batches_since_saving_ >= options_.save_freq) back_up(state);
}

void BackupAndRestore::on_epoch_end(TrainingState& state) {
  if (options_.save_freq == 0) back_up(state);
}

void BackupAndRestore::on_train_end(TrainingState& state) {
  if (!options_.delete_checkpoint || state.stop_now) return;
  std::error_code ignored;
  fs::remove(options_.backup_dir / kLatest, ignored);
  fs::remove(options_.backup_dir / kPrevious, ignored);
  fs::remove(options_.backup_dir, ignored);  // unless somebody keeps other files in it
}

void BackupAndRestore::exchange(SavedState& state) {
  state.value("batches_since_saving", batches_since_saving_);
}

}  // namespace eddy
