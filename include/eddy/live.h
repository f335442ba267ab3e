// SPDX-License-Identifier: MIT
// A training seen from outside while it runs: it keeps a small file up to date, which another
// process reads and draws (`eddy lab`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eddy/callback.h"

namespace eddy {

// Something that happened to a training.
struct LiveEvent {
  double time = 0;               // seconds since 1970
  int64_t epoch = 0, batch = 0;  // 0-based
  std::string what;              // "learning_rate 0.001 -> 0.0005"
};

// How a training stands.
struct LiveTraining {
  std::string name = {};  // of the run: its folder's
  // "training", "validating", "finished", "interrupted" (by a callback or signal), "failed" (by an
  // error), "gone" (its process ended without a word) or "unknown".
  std::string status = "unknown";
  double time = 0;        // of this writing, seconds since 1970
  std::string host = {};  // where it runs; empty: nothing runs
  int64_t pid = 0;
  int64_t epoch = 0, epochs = 0;   // 0-based; 0 epochs: not known
  int64_t whole_epochs = 0;        // that have ended
  int64_t batch = 0, batches = 0;  // done in this epoch, or of its validation
  int64_t samples = 0;             // training samples per epoch
  int64_t time_steps = 0;          // of a sample, padding included; 0: not known
  double seconds = 0;              // of this epoch
  double seconds_in_all = 0;       // since training began here
  double batches_per_second = 0;   // lately; 0: not yet known
  std::optional<double> left_in_epoch = {}, left = {};  // seconds, guessed; nothing: not yet known
  double learning_rate = 0;
  Metrics logs = {};  // running means of this epoch

  // The running means within the epochs, thinned to at most 256 points.
  struct Point {
    double epoch = 0;                 // 0.5: half of the first one
    std::vector<double> values = {};  // of curve_keys
  };
  std::vector<std::string> curve_keys = {};
  std::vector<Point> curve = {};

  // Of every layer, the norms of its gradients at the latest writings, at most 32, latest last.
  std::vector<std::pair<std::string, std::vector<double>>> gradient_norms = {};
  std::vector<LiveEvent> events = {};  // at most 20, latest last
  History history = {};                // of the whole epochs
};

struct LiveLoggerOptions {
  std::filesystem::path filename = {};
  double interval =
      0.5;  // seconds between two writings; more where they take above 1 % of the time
  std::function<double()> clock = {};  // seconds since 1970; empty: the system's
};

// Writes LiveTraining, without the history, as JSON while it trains. Never disturbs the training:
// what cannot be written is left out, nothing is synced, and no number depends on it. It stands
// behind the callbacks that may stop the training. When training has finished the file goes with
// the logger; otherwise it stays and says how it ended.
class EDDY_API LiveLogger : public Callback {
 public:
  // Throws Error{invalid_argument} for an empty name or an interval below 0.
  explicit LiveLogger(LiveLoggerOptions options);
  ~LiveLogger() override;
  LiveLogger(const LiveLogger&) = delete;
  LiveLogger& operator=(const LiveLogger&) = delete;

  void on_train_begin(TrainingState& state) override;
  void on_epoch_begin(TrainingState& state) override;
  void on_train_batch_end(TrainingState& state) override;
  void on_test_begin(TrainingState& state) override;
  void on_test_batch_end(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  // Adds an event and writes.
  void note(const std::string& what);

 private:
  double now() const;
  bool is_due() const { return now() >= due_; }
  void add_event(const std::string& what);
  void add_point(const TrainingState& state);
  void take_batch(const TrainingState& state);
  void take_learning_rate(const TrainingState& state);
  void guess_time_left();
  void write();
  void write(double start);  // of all the work for it

  LiveLoggerOptions options_;
  LiveTraining live_;
  double began_ = 0, due_ = 0;
  double rated_at_ = 0;               // when the rate was taken last
  int64_t rated_batch_ = 0;           // batches then
  double test_began_ = 0;             // in the epoch's seconds
  std::optional<double> test_took_;   // of the last epoch
  int64_t stride_ = 1, batches_ = 0;  // batches between two points, in all
  double train_took_ = 0;             // seconds of this epoch's batches
  bool running_ = false;
};

// The JSON that LiveLogger writes, and with `history` the lists of History.
EDDY_API std::string live_json(const LiveTraining& training, bool history = true);
// Reads it back, without the history. Throws Error{bad_file} that names `where`.
EDDY_API LiveTraining parse_live(std::string_view json, const std::string& where);

// Of a run's folder: live.json, history.json or .csv and run.json, as far as they are there and
// sound. Throws Error{io} when none of them is there, Error{bad_file} when all are damaged.
EDDY_API LiveTraining read_live(const std::filesystem::path& run);
// The folder in `folder` that a training has written to last; nothing: there is none.
EDDY_API std::optional<std::filesystem::path> newest_run(const std::filesystem::path& folder);

struct LiveTextOptions {
  int64_t width = 80, height = 24;  // columns and rows that it may fill, at least 20 and 3
  bool color = false;               // escape codes
  bool unicode = true;              // Braille dots and blocks; else letters alone
  double time = 0;                  // now, in seconds since 1970; 0: when it was written
};
// A picture of it: lines that end in a line end, none wider or more than allowed. What does not fit
// is left out.
EDDY_API std::string live_text(const LiveTraining& training, const LiveTextOptions& options = {});

}  // namespace eddy
