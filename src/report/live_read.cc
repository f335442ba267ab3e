// SPDX-License-Identifier: MIT
// How a training stands, from what lies in its folder.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "eddy/error.h"
#include "eddy/live.h"
#include "eddy/report.h"

namespace eddy {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostLiveBytes = uint64_t{16} << 20;

// Nothing: it is not there, or too large.
std::optional<std::string> text_of_file(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) || fs::file_size(path, error) > kMostLiveBytes || error) {
    return std::nullopt;
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream.is_open()) return std::nullopt;
  std::string text;
  // It may grow while it is read.
  for (std::string part(1 << 16, '\0'); stream && text.size() < kMostLiveBytes;) {
    stream.read(part.data(), static_cast<std::streamsize>(part.size()));
    text.append(part, 0, static_cast<size_t>(stream.gcount()));
  }
  return text;
}

std::string name_of_run(const fs::path& run) {
  std::error_code ignored;
  fs::path path = fs::absolute(run, ignored).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

bool has_gone(const LiveTraining& training) {
  std::string host(256, '\0');
  if (::gethostname(host.data(), host.size() - 1) != 0) return false;
  host.resize(std::min(host.find('\0'), host.size()));
  return training.host == host && training.pid > 0 && training.pid < INT32_MAX &&
         ::kill(static_cast<pid_t>(training.pid), 0) != 0 && errno == ESRCH;
}

// run.json, for what the other files do not say. Damaged fields are left out.
void take_record(const nlohmann::json& record, bool has_live, LiveTraining& training) {
  const auto number = [&](const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    const bool sound = found != object.end() && found->is_number() && found->get<double>() >= 0 &&
                       found->get<double>() < 1e15;
    return sound ? found->get<double>() : 0;
  };
  const auto options = record.find("options");
  if (training.epochs == 0 && options != record.end() && options->is_object()) {
    training.epochs = static_cast<int64_t>(number(*options, "epochs"));
  }
  if (has_live) return;
  training.whole_epochs = static_cast<int64_t>(number(record, "epochs_finished"));
  training.epoch = std::max<int64_t>(training.whole_epochs - 1, 0);
  training.seconds_in_all = number(record, "seconds");
  const auto status = record.find("status");
  const bool ended = status != record.end() && (*status == "finished" || *status == "interrupted");
  if (ended) training.status = status->get<std::string>();
  const auto signal = record.find("signal");
  if (signal != record.end() && signal->is_string()) {
    training.events.push_back(
        {training.time, training.epoch, 0, "stopped by " + signal->get<std::string>()});
  }
}

// Of a training that goes on, what came before its last whole epoch: in a folder that is used again
// the files of the training before lie until then.
void cut_history(History& history, int64_t epochs) {
  size_t kept = 0;
  while (kept < history.epoch.size() && history.epoch[kept] < epochs) ++kept;
  history.epoch.resize(kept);
  history.seconds.resize(std::min(history.seconds.size(), kept));
  for (auto& [key, values] : history.history) values.resize(std::min(values.size(), kept));
  if (kept == 0) history.history.clear();
}

double written_at(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return -1;
  const auto passed = fs::file_time_type::clock::now() - time;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count() - std::chrono::duration<double>(passed).count();
}

// The damage of the first file that is damaged, for the case that there is nothing else.
class Damage {
 public:
  template <class Body>
  void keep(Body&& body) {
    try {
      body();
    } catch (const Error& error) {
      if (!first_) first_ = error;
    }
  }
  const std::optional<Error>& first() const { return first_; }

 private:
  std::optional<Error> first_;
};

}  // namespace

LiveTraining read_live(const fs::path& run) {
  LiveTraining training;
  Damage damage;
  bool has_live = false, has_record = false;
  std::error_code ignored;
  if (const auto text = text_of_file(run / "live.json")) {
    damage.keep([&] {
      training = parse_live(*text, (run / "live.json").string());
      has_live = true;
    });
  }
  if (has_live && (training.status == "training" || training.status == "validating") &&
      has_gone(training)) {
    training.status = "gone";
  }
  if (fs::exists(run / "history.json", ignored) || fs::exists(run / "history.csv", ignored)) {
    damage.keep([&] { training.history = read_history(run); });
  }
  if (has_live) cut_history(training.history, training.whole_epochs);
  if (!has_live) training.time = std::max(written_at(run / "history.json"), 0.0);
  if (const auto text = text_of_file(run / "run.json")) {
    const auto record = nlohmann::json::parse(*text, nullptr, false);
    has_record = record.is_object();
    if (has_record) take_record(record, has_live, training);
  }
  if (!has_live && !has_record) {
    training.whole_epochs = static_cast<int64_t>(training.history.epoch.size());
    training.epoch = std::max<int64_t>(training.whole_epochs - 1, 0);
  }
  training.name = name_of_run(run);
  if (has_live || has_record || !training.history.epoch.empty()) return training;
  if (damage.first()) throw Error(*damage.first());
  throw Error(ErrorCode::io, run.string(),
              "run: expected a folder with live.json, history.json or run.json, got none of them.",
              "pass the folder that `eddy train` writes.");
}

std::optional<fs::path> newest_run(const fs::path& folder) {
  std::optional<fs::path> newest;
  double latest = -1;
  std::error_code ignored;
  fs::directory_iterator entry(folder, ignored);
  for (; !ignored && entry != fs::directory_iterator(); entry.increment(ignored)) {
    for (const char* file : {"live.json", "history.json", "run.json"}) {
      const double time = written_at(entry->path() / file);
      if (time <= latest) continue;
      latest = time;
      newest = entry->path();
    }
  }
  return newest;
}

}  // namespace eddy
