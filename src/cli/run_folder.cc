// SPDX-License-Identifier: MIT
#include "run_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <numeric>

#include "eddy/plot.h"
#include "eddy/report.h"
#include "flags.h"
#include "machine.h"
#include "run_backup.h"

namespace eddy::cli {
namespace {

// Makes the missing folders above and with `path`.
void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (std::filesystem::is_directory(path)) return;
  throw UsageError("--out",
                   fmt::format("folder: expected to make '{}', got '{}'.", path.string(),
                               error ? error.message() : "a file of that name"),
                   "name a folder that can be written.");
}

}  // namespace

RunFolder::RunFolder(std::filesystem::path path, bool may_be_unfinished) : path_(std::move(path)) {
  if (!may_be_unfinished && RunBackup::is_unfinished(path_)) {
    throw UsageError(
        "--out",
        fmt::format("folder: expected one without an unfinished run, got '{}'.", path_.string()),
        fmt::format("go on with `eddy train --resume {}`, name another folder, or remove this one.",
                    path_.string()));
  }
  make_folder(path_);
  // Permissions alone say too little: a full or read-only disk shows when something is written.
  std::string probe = (path_ / ".eddy-probe-XXXXXX").string();
  const int file = mkstemp(probe.data());
  const std::string content(4096, ' ');
  const bool written = file >= 0 && write(file, content.data(), content.size()) ==
                                        static_cast<ssize_t>(content.size());
  const int error = errno;
  if (file >= 0) {
    close(file);
    unlink(probe.c_str());
  }
  if (!written) {
    throw UsageError("--out",
                     fmt::format("folder: expected a writable one, got '{}' for {}.",
                                 std::strerror(error), path_.string()),
                     "name a folder that can be written, with space for the model.");
  }
}

void RunFolder::describe(Save save, nlohmann::json record) {
  save_ = std::move(save);
  record_ = std::move(record);
}

void RunFolder::on_train_begin(TrainingState&) { started_ = seconds_now(); }

void RunFolder::on_epoch_end(TrainingState& state) {
  history_.epoch.push_back(state.epoch);
  history_.seconds.push_back(state.seconds);
  for (const auto& [key, value] : state.logs) history_.history[key].push_back(value);
  save_(path_ / "model.keras");
  write_history(history_, path_);
  write_record("training", 0);
}

void RunFolder::exchange(SavedState& state) {
  exchange_history(state, history_);
  double seconds = seconds_now() - started_;
  state.value("seconds of the run", seconds);
  if (state.restores()) started_ = seconds_now() - seconds;
}

void RunFolder::write_record(const char* status, int signal) {
  nlohmann::json record = record_;
  record["status"] = status;
  record["signal"] = signal == 0 ? nlohmann::json() : nlohmann::json(strsignal(signal));
  record["epochs_finished"] = history_.epoch.size();
  seconds_ = seconds_now() - started_;
  record["seconds"] = seconds_;
  record["seconds_per_epoch"] =
      std::accumulate(history_.seconds.begin(), history_.seconds.end(), 0.0) /
      static_cast<double>(std::max<size_t>(1, history_.seconds.size()));
  record["peak_memory_bytes"] = peak_memory_bytes();
  nlohmann::json last = nlohmann::json::object();
  for (const auto& [key, values] : history_.history) last[key] = values.back();
  record["last_epoch"] = last;
  write_file(path_ / "run.json", record.dump(2) + "\n");
}

void RunFolder::finish(int signal, bool pictures) {
  if (history_.epoch.empty()) return;
  write_record(signal == 0 ? "finished" : "interrupted", signal);
  if (!pictures || !can_plot()) return;
  plot(history_, (path_ / "").string());
  pictures_ = true;
}

}  // namespace eddy::cli
