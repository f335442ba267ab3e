// SPDX-License-Identifier: MIT
// Keras' CSVLogger: Python's csv.excel dialect, numbers as Python prints them.
#include <fmt/format.h>

#include <algorithm>

#include "core/python_float.h"
#include "eddy/callbacks.h"
#include "eddy/error.h"

namespace eddy {
namespace {

// Quoted where csv.excel quotes: a field that would not read back as one.
std::string field(const std::string& text, char separator) {
  if (text.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

CSVLogger::CSVLogger(std::filesystem::path filename, char separator, bool append)
    : filename_(std::move(filename)), separator_(separator), append_(append) {}

void CSVLogger::on_train_begin(TrainingState&) {
  std::error_code ignored;
  header_ = !append_ || std::filesystem::file_size(filename_, ignored) == 0 || ignored;
  keys_.clear();
  file_ = std::ofstream(filename_, std::ios::binary | (append_ ? std::ios::app : std::ios::trunc));
  if (!file_) {
    throw Error(
        ErrorCode::io, "CSVLogger",
        fmt::format("file '{}': expected one that can be written, got none.", filename_.string()),
        "choose a path in a folder that exists.");
  }
}

void CSVLogger::on_epoch_end(TrainingState& state) {
  if (keys_.empty()) {
    for (const auto& [key, value] : state.logs) keys_.push_back(key);
    std::sort(keys_.begin(), keys_.end());
    const bool validated = std::any_of(
        keys_.begin(), keys_.end(), [](const std::string& key) { return key.starts_with("val_"); });
    const size_t count = keys_.size();
    for (size_t i = 0; !validated && i < count; ++i) keys_.push_back("val_" + keys_[i]);
    if (header_) {
      file_ << "epoch";
      for (const std::string& key : keys_) file_ << separator_ << field(key, separator_);
      file_ << "\r\n";
    }
  }
  file_ << state.epoch;
  for (const std::string& key : keys_) {
    const auto found = std::find_if(state.logs.begin(), state.logs.end(),
                                    [&](const auto& log) { return log.first == key; });
    file_ << separator_
          << field(found == state.logs.end() ? "NA" : python_repr(found->second), separator_);
  }
  file_ << "\r\n" << std::flush;
  if (!file_) {
    throw Error(ErrorCode::io, "CSVLogger",
                fmt::format("file '{}': expected room for a row, got none.", filename_.string()),
                "free space on the disk.");
  }
}

void CSVLogger::on_train_end(TrainingState&) { file_.close(); }

}  // namespace eddy
