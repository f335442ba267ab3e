// SPDX-License-Identifier: MIT
// What `eddy tune` leaves behind: tune.json with all trials, by which a search goes on, trials.csv,
// trial-001/ and so on with each trial's numbers, and `best`, a link to the best one, the only one
// that keeps its model. Every file is whole at every moment, and so is what `best` leads to.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eddy/tune.h"
#include "train_task.h"

namespace eddy::cli {

class TuneFolder {
 public:
  // Throws UsageError: for another search or a run in it, unless `resumes`; when it cannot be
  // written; when another process is at it.
  TuneFolder(std::filesystem::path path, bool resumes);
  ~TuneFolder();
  TuneFolder(const TuneFolder&) = delete;
  TuneFolder& operator=(const TuneFolder&) = delete;

  // Of the search in `path`. Throws UsageError when there is none, Error{bad_file} for damage.
  static nlohmann::json record_of(const std::filesystem::path& path);
  static std::vector<tune::Trial> trials_of(const nlohmann::json& record, const std::string& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path folder_of(const tune::Trial& trial) const;
  // All trials so far; removes models that are not the best one's. Throws Error{io}.
  void write(nlohmann::json record, const tune::RandomSearch& search, const Score& score);

 private:
  void settle(const tune::RandomSearch& search);

  std::filesystem::path path_;
  int lock_ = -1;
};

const char* name_of(tune::End end);

}  // namespace eddy::cli
