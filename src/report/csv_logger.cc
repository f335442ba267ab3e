// SPDX-License-Identifier: MIT
// Keras' CSVLogger: Python's csv.excel dialect, numbers as Python prints them.
#include <algorithm>

#include "core/appended_file.h"
#include "core/python_float.h"
#include "eddy/callbacks.h"

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

void CSVLogger::on_train_begin(TrainingState& state) {
  keys_.clear();
  file_ = std::make_shared<AppendedFile>(filename_, append_ || state.resumed, "CSVLogger");
  // The end of a row that a program was stopped in: the next one is not to be glued to it.
  if (!state.resumed && !file_->ends_a_line()) file_->append("\r\n");
}

void CSVLogger::exchange(SavedState& state) {
  int64_t size = file_->size();
  state.value("size", size);
  state.value("keys", keys_);
  if (state.restores()) file_->cut(size);
}

void CSVLogger::on_epoch_end(TrainingState& state) {
  if (keys_.empty()) {
    for (const auto& [key, value] : state.logs) keys_.push_back(key);
    std::sort(keys_.begin(), keys_.end());
    const bool validated = std::any_of(
        keys_.begin(), keys_.end(), [](const std::string& key) { return key.starts_with("val_"); });
    const size_t count = keys_.size();
    for (size_t i = 0; !validated && i < count; ++i) keys_.push_back("val_" + keys_[i]);
  }
  std::string row;
  if (file_->size() == 0) {
    row = "epoch";
    for (const std::string& key : keys_) row += separator_ + field(key, separator_);
    row += "\r\n";
  }
  row += std::to_string(state.epoch);
  for (const std::string& key : keys_) {
    const auto found = std::find_if(state.logs.begin(), state.logs.end(),
                                    [&](const auto& log) { return log.first == key; });
    row += separator_ +
           field(found == state.logs.end() ? "NA" : python_repr(found->second), separator_);
  }
  file_->append(row + "\r\n");
}

void CSVLogger::on_train_end(TrainingState&) { file_.reset(); }

}  // namespace eddy
