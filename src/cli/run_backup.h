// SPDX-License-Identifier: MIT
// The folder DIR/backup of an unfinished run: run.json, by which the run was begun, and the latest
// state of its training. It is there from the first batch on and goes when the run has finished.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "eddy/callbacks.h"

namespace eddy::cli {

class RunBackup : public BackupAndRestore {
 public:
  // Of the run in `run`; saves after every epoch, every `save_freq` batches (0: about every
  // minute), and when training is to stop at once.
  RunBackup(const std::filesystem::path& run, int64_t save_freq);
  ~RunBackup() override;
  RunBackup(const RunBackup&) = delete;
  RunBackup& operator=(const RunBackup&) = delete;

  // What begin() was given. Throws UsageError when `run` holds no unfinished run, Error{bad_file}
  // for a damaged record.
  static nlohmann::json record_of(const std::filesystem::path& run);
  static bool is_unfinished(const std::filesystem::path& run);

  // A new run; what a run before has left is removed. Throws Error{io}.
  void begin(const nlohmann::json& record);
  // Goes on; what was being written when the run was stopped is removed. Throws UsageError when
  // another process is at it.
  void resume();
  // Nothing is left to go on with.
  void remove();

  void on_train_begin(TrainingState& state) override;
  void on_train_batch_end(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;

 private:
  void lock();
  void save(TrainingState& state);

  std::filesystem::path run_, folder_;
  int lock_ = -1;
  bool by_time_;
  double saved_at_ = 0;   // seconds of a steady clock
  double save_took_ = 0;  // seconds, with the batch before
};

}  // namespace eddy::cli
