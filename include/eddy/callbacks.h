// SPDX-License-Identifier: MIT
// Keras' callbacks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/callback.h"

namespace eddy {

class AppendedFile;

// Follows one key of the logs. mode: "min", "max" or "auto": the loss is to fall, a metric goes its
// own way; Error{invalid_argument} for one that has none. A monitor that is missing at the end of
// an epoch is an Error{invalid_argument} too, except a val_ key in an epoch that does not validate.
class EDDY_API MonitorCallback : public Callback {
 protected:
  MonitorCallback(std::string where, std::string monitor, const std::string& mode,
                  double min_delta);
  // The monitored value; nothing in an epoch without validation.
  std::optional<double> current(const TrainingState& state);
  bool is_improvement(double value, std::optional<double> reference) const;
  const std::string& monitor() const { return monitor_; }
  const std::string& where() const { return where_; }

 private:
  std::string where_, monitor_;
  int direction_;  // 1: larger is better, -1: smaller, 0: to be found out
  double min_delta_;
};

// In every options struct below `verbose` is the stream for Keras' messages; null: none.

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;
  int64_t patience = 0;
  std::ostream* verbose = nullptr;
  std::string mode = "auto";
  std::optional<double> baseline = {};
  bool restore_best_weights = false;
  int64_t start_from_epoch = 0;
};

class EDDY_API EarlyStopping : public MonitorCallback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  void exchange(SavedState& state) override;

  int64_t stopped_epoch() const { return stopped_epoch_; }  // 0-based; 0: not stopped
  int64_t best_epoch() const { return best_epoch_; }        // 0-based
  std::optional<double> best() const { return best_; }

 private:
  EarlyStoppingOptions options_;
  int64_t wait_ = 0, stopped_epoch_ = 0, best_epoch_ = 0;
  std::optional<double> best_;
  std::vector<Tensor> best_weights_;
};

struct ModelCheckpointOptions {
  // May hold {epoch} (from 1), {batch} (from 1, with save_freq in batches) and every key of the
  // logs, each with a format: "lstm-{epoch:02d}-{val_loss:.2f}.keras".
  std::string filepath = {};
  std::string monitor = "val_loss";
  std::ostream* verbose = nullptr;
  bool save_best_only = false;
  bool save_weights_only = false;
  std::string mode = "auto";
  int64_t save_freq = 0;  // in batches; 0: every epoch
  std::optional<double> initial_value_threshold = {};
};

// Throws Error{invalid_argument} for a path that ends neither in .keras nor .h5, or with
// save_weights_only not in .weights.h5.
class EDDY_API ModelCheckpoint : public MonitorCallback {
 public:
  explicit ModelCheckpoint(ModelCheckpointOptions options);
  void on_train_batch_end(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void exchange(SavedState& state) override;

  std::optional<double> best() const { return best_; }

 private:
  void save(const TrainingState& state, bool at_batch);
  bool wanted(const TrainingState& state, const std::string& path);
  std::string path_for(const TrainingState& state, bool at_batch) const;

  ModelCheckpointOptions options_;
  std::optional<double> best_;
  int64_t batches_since_saving_ = 0, last_batch_ = -1;
};

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  int64_t patience = 10;
  std::ostream* verbose = nullptr;
  std::string mode = "auto";
  double min_delta = 1e-4;
  int64_t cooldown = 0;
  double min_lr = 0;
};

// Adds "learning_rate", as it was in the epoch, to the logs.
class EDDY_API ReduceLROnPlateau : public MonitorCallback {
 public:
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void exchange(SavedState& state) override;

 private:
  ReduceLROnPlateauOptions options_;
  std::optional<double> best_;
  int64_t wait_ = 0, cooldown_left_ = 0;
};

// learning rate = schedule(epoch, learning rate) at the beginning of every epoch (0-based); adds
// "learning_rate" to the logs.
class EDDY_API LearningRateScheduler : public Callback {
 public:
  using Schedule = std::function<double(int64_t epoch, double learning_rate)>;
  explicit LearningRateScheduler(Schedule schedule, std::ostream* verbose = nullptr)
      : schedule_(std::move(schedule)), verbose_(verbose) {}
  void on_epoch_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;

 private:
  Schedule schedule_;
  std::ostream* verbose_;
};

// A row an epoch (0-based), with the keys of the first epoch. Where the first epoch does not
// validate, the val_ copies of all keys are columns too, as in Keras. Missing values read NA. A row
// is on the disk when its epoch ends; when a training goes on, rows after its backup are cut off
// and come again.
class EDDY_API CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::filesystem::path filename, char separator = ',', bool append = false);
  // Throws Error{io} when the file cannot be written.
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  void exchange(SavedState& state) override;

 private:
  std::filesystem::path filename_;
  char separator_;
  bool append_;
  std::vector<std::string> keys_;
  std::shared_ptr<AppendedFile> file_;
};

struct BackupAndRestoreOptions {
  std::filesystem::path backup_dir = {};  // of this training alone; made if it is not there
  int64_t save_freq = 0;                  // in batches; 0: every epoch
  bool double_checkpoint = false;  // keep the backup before the latest, in case that one is damaged
  bool delete_checkpoint = true;   // once the training has ended
};

// Backs the training up while it runs; a later fit() of the same model with the same data and
// arguments goes on from there, and ends with the very same weights and history as if nothing had
// happened, for any number of threads. Unlike Keras', a backup holds everything: between two
// batches, too, with the states of callbacks and stateful layers and the history so far.
// `epochs` may be larger than before. Not for callbacks of one's own without exchange().
//
// The file latest.eddy in backup_dir is whole at every moment; a failure to write it leaves the one
// before. Throws Error{invalid_argument} for options out of range, Error{bad_file} for a damaged
// backup, or one of another model, when training begins.
class EDDY_API BackupAndRestore : public Callback {
 public:
  explicit BackupAndRestore(BackupAndRestoreOptions options);
  Backup training_to_resume() override;
  void on_train_begin(TrainingState& state) override;
  void on_train_batch_end(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  void exchange(SavedState& state) override;

 protected:
  void back_up(TrainingState& state);

 private:
  BackupAndRestoreOptions options_;
  int64_t batches_since_saving_ = 0;
};

// Ends training at a loss that is NaN or infinite, as Keras, and tells which layer or data it came
// from. Without it fit() throws Error{numeric} then, which says the same.
class EDDY_API TerminateOnNaN : public Callback {
 public:
  explicit TerminateOnNaN(std::ostream* verbose = nullptr) : verbose_(verbose) {}
  void on_train_batch_end(TrainingState& state) override;
  const std::optional<NotFinite>& found() const { return found_; }  // nothing: all was well

 private:
  std::ostream* verbose_;
  std::optional<NotFinite> found_;
};

}  // namespace eddy
