// SPDX-License-Identifier: MIT
// What `eddy train` leaves behind, besides its backup (run_backup.h). Every file is written whole
// or not at all, after every epoch, so that the folder always holds the last finished one.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "eddy/model.h"

namespace eddy::cli {

class RunFolder : public Callback {
 public:
  // Makes the folder and tries to write in it. Throws UsageError, also for an unfinished run in it
  // that must not be there.
  RunFolder(std::filesystem::path path, bool may_be_unfinished);

  // What writes the model, and what run.json says besides the results. Before training.
  using Save = std::function<void(const std::filesystem::path&)>;
  void describe(Save save, nlohmann::json record);
  // Adds a result to run.json.
  void add(const std::string& key, nlohmann::json value) { record_[key] = std::move(value); }

  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;  // throws Error{io}
  void exchange(SavedState& state) override;

  // Writes run.json for good, and the pictures if gnuplot is there; `signal` 0: ran to its end.
  void finish(int signal, bool pictures = true);

  const std::filesystem::path& path() const { return path_; }
  const History& history() const { return history_; }
  double seconds() const { return seconds_; }  // of training, to the last record
  bool has_pictures() const { return pictures_; }

 private:
  void write_record(const char* status, int signal);

  std::filesystem::path path_;
  Save save_;
  nlohmann::json record_;
  History history_;
  double started_ = 0, seconds_ = 0;
  bool pictures_ = false;
};

}  // namespace eddy::cli
