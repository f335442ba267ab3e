// SPDX-License-Identifier: MIT
// Keras' callback for TensorBoard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "eddy/callback.h"

namespace eddy {

class AppendedFile;

struct TensorBoardOptions {
  std::filesystem::path log_dir = "logs";
  bool write_steps_per_second = false;
  int64_t update_freq = 0;  // batches between the scalars of batches; 0: those of epochs alone
};

// Scalars for TensorBoard, with Keras' names and steps, in event files below log_dir:
//   train/       epoch_<name> by epoch, epoch_learning_rate; batch_<name> by batch
//   validation/  epoch_<name> by epoch, evaluation_<name>_vs_iterations by iterations
// When a training goes on, what came after its backup is cut off and comes again; a TensorBoard
// that was reading the file wants to be started anew. Throws Error{io} when a file cannot be
// written.
class EDDY_API TensorBoard : public Callback {
 public:
  explicit TensorBoard(TensorBoardOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_train_batch_begin(TrainingState& state) override;
  void on_train_batch_end(TrainingState& state) override;
  void on_test_end(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  void exchange(SavedState& state) override;

 private:
  struct Writer {
    std::string folder = {};
    std::shared_ptr<AppendedFile> file = {};  // null: nothing written yet
    std::string waiting = {};                 // records for it
  };
  static void add(Writer& writer, const std::string& tag, double value, int64_t step);
  static void open(Writer& writer, const std::filesystem::path& path);
  void write(Writer& writer, bool synced);

  TensorBoardOptions options_;
  Writer train_, validation_;
  int64_t train_batch_ = 0;  // from 1, over all epochs
  double batch_began_ = 0;   // seconds into the epoch
};

}  // namespace eddy
