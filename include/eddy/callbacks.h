// SPDX-License-Identifier: MIT
// What fit() tells while it trains, and Keras' callbacks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/export.h"
#include "eddy/tensor.h"

namespace eddy {

class Model;

// Results in Keras' order: loss first, then the metrics as compiled.
using Metrics = std::vector<std::pair<std::string, double>>;

// What fit() returns. history["loss"][e] belongs to epoch[e] (0-based); keys that do not appear in
// every epoch (validation_freq above 1) have shorter lists.
struct History {
  std::vector<int64_t> epoch;
  std::map<std::string, std::vector<double>> history;  // keys sorted: acc, loss, val_acc, val_loss
  std::vector<double> seconds;                         // of each epoch, validation included
  bool interrupted = false;                            // stopped by a callback before its end
};

// The model as a callback sees it.
class EDDY_API ModelInTraining {
 public:
  virtual ~ModelInTraining() = default;
  virtual std::vector<Tensor> get_weights() const = 0;
  virtual void set_weights(const std::vector<Tensor>& weights) = 0;
  virtual double learning_rate() const = 0;
  // Throws Error{not_supported} when a schedule sets the learning rate.
  virtual void set_learning_rate(double learning_rate) = 0;
  virtual const Model& model() const = 0;
  // 1: a larger value of this metric is better, -1: a smaller one, 0: unknown.
  virtual int direction(const std::string& metric) const = 0;
};

// What a callback sees and may ask for.
struct TrainingState {
  int64_t epoch = 0, epochs = 0;   // 0-based
  int64_t batch = 0, batches = 0;  // 0-based; of the training, or of the test in on_test_*
  int64_t samples = 0;             // training samples per epoch
  double seconds = 0;              // since the epoch began
  Metrics logs = {};               // running means, keys sorted; val_ keys at on_epoch_end
  bool validates = false;          // there is validation data, if not in every epoch
  ModelInTraining* model = nullptr;
  bool stop_training = false;  // set it: leave the epoch after this batch, validate, end
  bool stop_now = false;       // set it: end after this batch, without validation or on_epoch_end
};

// Keras' order: train_begin, then each epoch epoch_begin, its train batches, test_begin, its test
// batches, test_end, epoch_end, then train_end. evaluate() calls on_test_* alone.
class EDDY_API Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(TrainingState&) {}
  virtual void on_epoch_begin(TrainingState&) {}
  virtual void on_train_batch_begin(TrainingState&) {}
  virtual void on_train_batch_end(TrainingState&) {}
  virtual void on_test_begin(TrainingState&) {}
  virtual void on_test_batch_begin(TrainingState&) {}
  virtual void on_test_batch_end(TrainingState&) {}
  virtual void on_test_end(TrainingState&) {}
  virtual void on_epoch_end(TrainingState&) {}
  virtual void on_train_end(TrainingState&) {}
};

// Functions as a callback; empty ones are skipped.
class EDDY_API LambdaCallback : public Callback {
 public:
  using Function = std::function<void(TrainingState&)>;
  struct Functions {
    Function on_train_begin = {}, on_epoch_begin = {}, on_train_batch_begin = {},
             on_train_batch_end = {}, on_epoch_end = {}, on_train_end = {};
  };
  explicit LambdaCallback(Functions functions) : functions_(std::move(functions)) {}
  void on_train_begin(TrainingState& state) override { call(functions_.on_train_begin, state); }
  void on_epoch_begin(TrainingState& state) override { call(functions_.on_epoch_begin, state); }
  void on_train_batch_begin(TrainingState& state) override {
    call(functions_.on_train_batch_begin, state);
  }
  void on_train_batch_end(TrainingState& state) override {
    call(functions_.on_train_batch_end, state);
  }
  void on_epoch_end(TrainingState& state) override { call(functions_.on_epoch_end, state); }
  void on_train_end(TrainingState& state) override { call(functions_.on_train_end, state); }

 private:
  static void call(const Function& function, TrainingState& state) {
    if (function) function(state);
  }
  Functions functions_;
};

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

// A row an epoch (0-based), with the keys of the first epoch; flushed each time. Where the first
// epoch does not validate, the val_ copies of all keys are columns too, as in Keras. Missing values
// read NA.
class EDDY_API CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::filesystem::path filename, char separator = ',', bool append = false);
  // Throws Error{io} when the file cannot be written.
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;

 private:
  std::filesystem::path filename_;
  char separator_;
  bool append_, header_ = true;
  std::vector<std::string> keys_;
  std::ofstream file_;
};

// Ends training at a loss that is NaN or infinite, as Keras. Without it fit() throws
// Error{numeric} then.
class EDDY_API TerminateOnNaN : public Callback {
 public:
  explicit TerminateOnNaN(std::ostream* verbose = nullptr) : verbose_(verbose) {}
  void on_train_batch_end(TrainingState& state) override;

 private:
  std::ostream* verbose_;
};

}  // namespace eddy
