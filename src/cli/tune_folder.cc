// SPDX-License-Identifier: MIT
#include "tune_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "eddy/error.h"
#include "eddy/report.h"
#include "flags.h"
#include "run_folder.h"

namespace eddy::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array<std::pair<tune::End, const char*>, 4> kEnds = {
    {{tune::End::whole, "whole"},
     {tune::End::stopped, "stopped"},
     {tune::End::out_of_time, "out of time"},
     {tune::End::failed, "failed"}}};

json json_of(const tune::Values& values) {
  json object = json::object();
  for (const auto& [name, value] : values) {
    std::visit([&object, &key = name](const auto& held) { object[key] = held; }, value);
  }
  return object;
}

tune::Values values_of(const json& object) {
  tune::Values values;
  for (const auto& item : object.items()) {
    const json& value = item.value();
    if (value.is_number_integer()) {
      values[item.key()] = value.get<int64_t>();
    } else if (value.is_number()) {
      values[item.key()] = value.get<double>();
    } else {
      values[item.key()] = value.get<std::string>();
    }
  }
  return values;
}

json json_of(const tune::Trial& trial) {
  return {{"number", trial.number},
          {"values", json_of(trial.values)},
          {"scores", trial.scores},  // one that is no number becomes null
          {"seconds", trial.seconds},
          {"end", name_of(trial.end)}};
}

tune::Trial trial_of(const json& object) {
  tune::Trial trial;
  trial.number = object.at("number").get<int64_t>();
  trial.values = values_of(object.at("values"));
  for (const json& score : object.at("scores")) {
    trial.scores.push_back(score.is_null() ? std::nan("") : score.get<double>());
  }
  trial.seconds = object.at("seconds").get<double>();
  const auto end = object.at("end").get<std::string>();
  for (const auto& [value, name] : kEnds) {
    if (end == name) trial.end = value;
  }
  return trial;
}

// RFC 4180.
std::string field(const std::string& text) {
  return text.find(',') == std::string::npos ? text : '"' + text + '"';
}

std::string csv_of(const tune::RandomSearch& search, const Score& score) {
  std::string csv = fmt::format("trial,val_{},best_epoch,epochs,seconds,end", score.key);
  const auto& trials = search.trials();
  if (!trials.empty()) {
    for (const auto& item : trials[0].values) csv += ',' + Flags::key_of(item.first);
  }
  csv += "\r\n";
  for (const tune::Trial& trial : trials) {
    const auto best = search.best_score(trial);
    csv += fmt::format("{},{},{},{},{:.3f},{}", trial.number, best ? fmt::format("{}", *best) : "",
                       best ? fmt::format("{}", search.best_epoch(trial) + 1) : "",
                       trial.scores.size(), trial.seconds, name_of(trial.end));
    for (const auto& item : trial.values) csv += ',' + field(tune::to_string(item.second));
    csv += "\r\n";
  }
  return csv;
}

void check_free(const fs::path& path) {
  std::error_code ignored;
  for (const char* name : {"tune.json", "run.json", "backup", "model.keras", "best"}) {
    if (!fs::exists(fs::symlink_status(path / name, ignored))) continue;
    throw UsageError(
        "--out",
        fmt::format("folder: expected one without another search or run, got '{}', which holds {}.",
                    path.string(), name),
        std::string(name) == "tune.json"
            ? fmt::format("go on with `eddy tune --resume {}`, or name another folder.",
                          path.string())
            : "name another folder.");
  }
}

// What a process that was killed was about to write.
void remove_temporaries(const fs::path& path) {
  std::error_code ignored;
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(path, ignored)) {
    const bool ours = entry.path().parent_path() == path ||
                      entry.path().parent_path().filename().string().starts_with("trial-");
    if (ours && entry.path().filename().string().starts_with(".eddy-")) {
      found.push_back(entry.path());
    }
  }
  for (const fs::path& file : found) fs::remove(file, ignored);
}

}  // namespace

const char* name_of(tune::End end) {
  for (const auto& [value, name] : kEnds) {
    if (end == value) return name;
  }
  return "";
}

TuneFolder::TuneFolder(fs::path path, bool resumes) : path_(std::move(path)) {
  if (!resumes) check_free(path_);
  const RunFolder writable(path_, true);
  lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
    if (resumes) remove_temporaries(path_);
    return;
  }
  ::close(lock_);
  throw UsageError(resumes ? "--resume" : "--out",
                   fmt::format("folder: expected one that nobody is at, got '{}', where another "
                               "process searches.",
                               path_.string()),
                   "wait for that process to end, or end it.");
}

TuneFolder::~TuneFolder() {
  if (lock_ >= 0) ::close(lock_);
}

json TuneFolder::record_of(const fs::path& path) {
  const fs::path file_path = path / "tune.json";
  std::error_code ignored;
  if (!fs::exists(file_path, ignored)) {
    throw UsageError("--resume",
                     fmt::format("folder: expected a search, got none in '{}'.", path.string()),
                     "name the folder that `eddy tune` was writing to.");
  }
  std::ifstream file(file_path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto record = json::parse(text, nullptr, false);
  if (record.is_object() && record.contains("options") && record["options"].is_object()) {
    return record;
  }
  throw Error(ErrorCode::bad_file, file_path.string(),
              "record: expected a JSON object with the search's options, got something else.",
              "start the search anew in another folder.");
}

std::vector<tune::Trial> TuneFolder::trials_of(const json& record, const std::string& path) {
  std::vector<tune::Trial> trials;
  try {
    for (const json& trial : record.at("trials")) trials.push_back(trial_of(trial));
  } catch (const json::exception&) {
    throw Error(ErrorCode::bad_file, path + "/tune.json",
                "trials: expected numbers, values and scores, got something else.",
                "start the search anew in another folder.");
  }
  return trials;
}

fs::path TuneFolder::folder_of(const tune::Trial& trial) const {
  return path_ / fmt::format("trial-{:03}", trial.number);
}

void TuneFolder::write(json record, const tune::RandomSearch& search, const Score& score) {
  json trials = json::array();
  for (const tune::Trial& trial : search.trials()) trials.push_back(json_of(trial));
  record["trials"] = std::move(trials);
  write_file(path_ / "tune.json", record.dump(2) + "\n");
  write_file(path_ / "trials.csv", csv_of(search, score));
  settle(search);
}

// In this order, so that `best` always leads to a whole model: the record, the link, the removals.
void TuneFolder::settle(const tune::RandomSearch& search) {
  const auto ranked = search.ranked();
  if (ranked.empty() || !search.best_score(ranked[0])) return;
  const fs::path best = folder_of(ranked[0]).filename(), link = path_ / "best";
  std::error_code error;
  if (fs::read_symlink(link, error) != best) {
    const fs::path temporary = path_ / ".eddy-best";
    fs::remove(temporary, error);
    fs::create_directory_symlink(best, temporary, error);
    if (!error) fs::rename(temporary, link, error);
    if (error) {
      throw Error(ErrorCode::io, link.string(),
                  fmt::format("link: expected to be made, got '{}'.", error.message()),
                  "name a folder that can be written.");
    }
  }
  for (const tune::Trial& trial : search.trials()) {
    if (trial.number != ranked[0].number) fs::remove(folder_of(trial) / "model.keras", error);
  }
}

}  // namespace eddy::cli
