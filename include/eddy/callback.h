// SPDX-License-Identifier: MIT
// What fit() tells while it trains, and who listens. Keras' own callbacks stand in callbacks.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/export.h"
#include "eddy/saved_state.h"
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

// Names all of it.
EDDY_API void exchange_history(SavedState& state, History& history);

// Where the numbers of a training ceased to be finite, and what usually helps.
struct NotFinite {
  // "input", "weight", "gradient", "output" or "loss": the first in which it shows.
  std::string part;
  std::string layer, weight;     // names; empty: it is about none
  int64_t epoch = 0, batch = 0;  // 0-based; of a gradient or weight, the batch that spoiled it
  // Of every layer with weights, the norms of its gradients in the last batches, latest last: of
  // those since the loss began to grow, at most five. That of a single one is what clipping left.
  using Norms = std::vector<std::pair<std::string, std::vector<double>>>;
  Norms gradient_norms = {};
  std::string what;  // "the output of layer 'lstm', time step 7"
  std::string fix;
};
// "lstm 0.3 12.8 5.1e+04, dense 0.1 0.9 17"; of many layers those with the largest gradients.
EDDY_API std::string to_string(const NotFinite::Norms& norms);

// The model as a callback sees it.
class EDDY_API ModelInTraining {
 public:
  virtual ~ModelInTraining() = default;
  virtual std::vector<Tensor> get_weights() const = 0;
  virtual void set_weights(const std::vector<Tensor>& weights) = 0;
  virtual double learning_rate() const = 0;
  virtual int64_t iterations() const = 0;  // batches that the optimizer has seen
  // Throws Error{not_supported} when a schedule sets the learning rate.
  virtual void set_learning_rate(double learning_rate) = 0;
  virtual const Model& model() const = 0;
  // 1: a larger value of this metric is better, -1: a smaller one, 0: unknown.
  virtual int direction(const std::string& metric) const = 0;
  // In on_train_batch_end and on_epoch_end: once all callbacks have heard of it, `write` gets the
  // whole state of this training, theirs included. Changes nothing about the training.
  virtual void back_up(std::function<void(const SavedState&)> write) = 0;
  // In on_train_batch_end with TrainingState::not_finite: looks for the first culprit. Otherwise
  // nothing.
  virtual std::optional<NotFinite> find_not_finite() const { return {}; }
  // In on_train_batch_end: of every layer with weights that training moves, its name and the norm
  // of its gradients in this batch, as clipping left them. Reads every gradient once.
  virtual std::vector<std::pair<std::string, double>> gradient_norms() const { return {}; }
};

// What a callback sees and may ask for.
struct TrainingState {
  int64_t epoch = 0, epochs = 0;     // 0-based
  int64_t batch = 0, batches = 0;    // 0-based; of the training, or of the test in on_test_*
  int64_t samples = 0;               // training samples per epoch
  double seconds = 0;                // since the epoch began
  Metrics logs = {};                 // running means, keys sorted; val_ keys at on_epoch_end
  bool validates = false;            // there is validation data, if not in every epoch
  ModelInTraining* model = nullptr;  // null in evaluate()
  bool resumed = false;        // an earlier training goes on; in on_train_begin at `epoch`, `batch`
  bool stop_training = false;  // set it: leave the epoch after this batch, validate, end
  bool stop_now = false;  // set it: end after this batch, without validation or on_epoch_end; in
                          // on_epoch_end, after this epoch
  // The loss of the batch is not finite, or after the last one of an epoch a weight is not: unless
  // somebody stops the training, fit() throws Error{numeric} after on_train_batch_end.
  bool not_finite = false;
};

// A training as back_up() gave it; none: it starts anew.
using Backup = std::optional<SavedState>;

// Keras' order: train_begin, then each epoch epoch_begin, its train batches, test_begin, its test
// batches, test_end, epoch_end, then train_end. evaluate() calls on_test_* alone.
class EDDY_API Callback {
 public:
  virtual ~Callback() = default;
  // Before on_train_begin: a training to go on with, from back_up(). The model then has its weights
  // and its optimizer's state, and of an epoch in which it stopped no on_epoch_begin comes again.
  virtual Backup training_to_resume() { return {}; }
  // Names what the callback must not forget between two runs of one training. When a training goes
  // on it is called after on_train_begin.
  virtual void exchange(SavedState&) {}
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
             on_train_batch_end = {}, on_test_begin = {}, on_test_batch_begin = {},
             on_test_batch_end = {}, on_test_end = {}, on_epoch_end = {}, on_train_end = {};
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
  void on_test_begin(TrainingState& state) override { call(functions_.on_test_begin, state); }
  void on_test_batch_begin(TrainingState& state) override {
    call(functions_.on_test_batch_begin, state);
  }
  void on_test_batch_end(TrainingState& state) override {
    call(functions_.on_test_batch_end, state);
  }
  void on_test_end(TrainingState& state) override { call(functions_.on_test_end, state); }
  void on_epoch_end(TrainingState& state) override { call(functions_.on_epoch_end, state); }
  void on_train_end(TrainingState& state) override { call(functions_.on_train_end, state); }

 private:
  static void call(const Function& function, TrainingState& state) {
    if (function) function(state);
  }
  Functions functions_;
};

}  // namespace eddy
