// SPDX-License-Identifier: MIT
// Ctrl-C and SIGTERM as a polite request; a second one ends the program at once.
#pragma once

#include "eddy/model.h"

namespace eddy::cli {

struct Interrupted {
  int signal;
  int exit_status() const { return 128 + signal; }
};

// Catches both signals while it lives.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // The signal that came, or 0.
  static int signal();
  // Throws Interrupted if one came; for work that has nothing to keep.
  static void check();
};

// Ends training after the current batch once a signal has come.
class StopOnSignal : public Callback {
 public:
  void on_train_batch_end(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
};

}  // namespace eddy::cli
