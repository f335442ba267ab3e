// SPDX-License-Identifier: MIT
// What a person sees of a training run and what it leaves behind: progress line, histories, text
// plots.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/model.h"

namespace eddy {

// How a stream wants to be written to.
struct Terminal {
  bool interactive = false;  // a person watches: moving lines are welcome
  bool color = false;        // escape codes are welcome; never with NO_COLOR set or TERM=dumb
  int64_t width = 80;        // columns: $COLUMNS, else the terminal's, else 80
  int64_t height = 24;       // rows: $LINES, else the terminal's, else 24
};

// Of file descriptor 1 (stdout), 2 (stderr), ...
EDDY_API Terminal terminal(int file_descriptor);

struct ProgressBarOptions {
  int64_t verbose = 1;  // Keras' words: 0 nothing, 1 a moving line, 2 one plain line an epoch
  bool color = true;    // false: the same line without escape codes
  int64_t width = 0;  // columns that a moving line may fill, so that it never wraps; 0: Keras' way,
                      // which does not care
};

// The moving line on a terminal, the plain one elsewhere.
EDDY_API ProgressBarOptions progress_bar_for(const Terminal& terminal);

// Keras' progress line. Throws Error{invalid_argument} for another `verbose`.
class EDDY_API ProgressBar : public Callback {
 public:
  // `out` must outlive the bar. It is flushed after every line.
  explicit ProgressBar(std::ostream& out, ProgressBarOptions options = {});

  void on_train_begin(TrainingState& state) override;
  void on_epoch_begin(TrainingState& state) override;
  void on_train_batch_end(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  // Ends a moving line that stands unfinished, e.g. before an error message.
  void end_line();

 private:
  void draw(const TrainingState& state, int64_t done, bool last);

  std::ostream& out_;
  ProgressBarOptions options_;
  bool open_ = false;             // a moving line stands without its newline
  int64_t drawn_width_ = 0;       // of the line that stands
  double drawn_at_ = 0;           // seconds into the epoch
  double after_first_step_ = -1;  // seconds into the epoch; below 0: not known
};

// Keras' CSVLogger, byte for byte: header, 0-based epochs, Python's shortest floats, CRLF.
EDDY_API std::string history_csv(const History& history);
// History.history as one JSON object of lists, with `epoch` (0-based) and `seconds` besides.
EDDY_API std::string history_json(const History& history);
// Writes history.csv and history.json. Throws Error{io}.
EDDY_API void write_history(const History& history, const std::filesystem::path& folder);
// Reads a run's folder, or one history.json or history.csv (Keras' CSVLogger too).
// Throws Error{io} when there is none, Error{bad_file} naming what is wrong.
EDDY_API History read_history(const std::filesystem::path& run);

// Writes a file whole or not at all: temporary name, fsync, rename. Throws Error{io}.
EDDY_API void write_file(const std::filesystem::path& path, std::string_view content);

// "did you mean 'lstm'? Known: gru, lstm, simple_rnn.": the Fix of an error about an unknown word.
EDDY_API std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace eddy
