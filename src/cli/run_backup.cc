// SPDX-License-Identifier: MIT
#include "run_backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "eddy/report.h"
#include "flags.h"
#include "machine.h"

namespace eddy::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kSeconds = 60;  // between two backups inside an epoch
constexpr double kShare = 20;    // of the time of a backup: training never waits for more than 5 %

// What a process that was killed was about to write.
constexpr const char* kTemporary = ".eddy-";

fs::path backup_of(const fs::path& run) { return run / "backup"; }

// Those whose names begin and end so.
void remove_files(const fs::path& folder, const char* beginning, const char* end = "") {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(beginning) && name.ends_with(end)) found.push_back(entry.path());
  }
  for (const auto& path : found) fs::remove(path, ignored);
}

// Ours: TensorBoard would draw the curves of both runs as one.
void remove_events(const fs::path& run) {
  for (const char* part : {"train", "validation"}) {
    remove_files(run / part, "events.out.tfevents.", ".eddy");
  }
}

}  // namespace

RunBackup::RunBackup(const fs::path& run, int64_t save_freq)
    : BackupAndRestore(
          {.backup_dir = backup_of(run), .save_freq = save_freq, .delete_checkpoint = false}),
      run_(run),
      folder_(backup_of(run)),
      by_time_(save_freq == 0) {}

RunBackup::~RunBackup() {
  if (lock_ >= 0) ::close(lock_);
}

bool RunBackup::is_unfinished(const fs::path& run) {
  std::error_code ignored;
  return fs::exists(backup_of(run) / "run.json", ignored);
}

nlohmann::json RunBackup::record_of(const fs::path& run) {
  const fs::path path = backup_of(run) / "run.json";
  if (!is_unfinished(run)) {
    throw UsageError(
        "--resume",
        fmt::format("folder: expected an unfinished run, got none in '{}'.", run.string()),
        "name the folder that the run was writing to.");
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto record = nlohmann::json::parse(text, nullptr, false);
  if (record.is_object() && record.contains("options") && record["options"].is_object()) {
    return record;
  }
  throw Error(ErrorCode::bad_file, path.string(),
              "record: expected a JSON object with the run's options, got something else.",
              "start the run anew in another folder.");
}

void RunBackup::lock() {
  lock_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  throw UsageError("--resume",
                   fmt::format("run: expected one that nobody is at, got '{}', which another "
                               "process is training.",
                               run_.string()),
                   "wait for that process to end, or end it.");
}

void RunBackup::begin(const nlohmann::json& record) {
  std::error_code error;
  remove();
  remove_files(run_, kTemporary);
  remove_events(run_);
  fs::create_directory(folder_, error);
  lock();
  write_file(folder_ / "run.json", record.dump(2) + "\n");
}

void RunBackup::resume() {
  lock();
  remove_files(run_, kTemporary);
  remove_files(folder_, kTemporary);
  // Stopped before its first backup, it begins at its beginning.
  std::error_code ignored;
  if (!fs::exists(folder_ / "latest.eddy", ignored)) remove_events(run_);
}

void RunBackup::remove() {
  std::error_code ignored;
  fs::remove(folder_ / "run.json", ignored);  // first: by it a run is an unfinished one
  remove_files(folder_, "latest.eddy");
  remove_files(folder_, kTemporary);
  fs::remove(folder_, ignored);  // unless somebody keeps other files in it
}

void RunBackup::save(TrainingState& state) {
  saved_at_ = seconds_now();
  save_took_ = -1;
  back_up(state);
}

void RunBackup::on_train_begin(TrainingState& state) {
  BackupAndRestore::on_train_begin(state);
  saved_at_ = seconds_now();
}

void RunBackup::on_train_batch_end(TrainingState& state) {
  const double passed = seconds_now() - saved_at_;
  if (save_took_ < 0) save_took_ = passed;  // the first batch after a backup waited for it
  const bool is_time = by_time_ && passed > std::max(kSeconds, kShare * save_took_);
  if (state.stop_now || is_time) {
    save(state);
  } else {
    BackupAndRestore::on_train_batch_end(state);
  }
}

void RunBackup::on_epoch_end(TrainingState& state) { save(state); }

}  // namespace eddy::cli
