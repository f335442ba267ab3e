// SPDX-License-Identifier: MIT
// Histories written as Keras' CSVLogger and History do.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/atomic_file.h"
#include "core/python_float.h"
#include "eddy/report.h"

namespace eddy {

std::string history_csv(const History& history) {
  std::vector<std::string> keys;
  bool validated = false;
  for (const auto& [key, values] : history.history) {
    keys.push_back(key);
    validated = validated || key.starts_with("val_");
  }
  // CSVLogger adds the columns that validation would have filled.
  const size_t trained = keys.size();
  for (size_t i = 0; !validated && i < trained; ++i) keys.push_back("val_" + keys[i]);

  std::string text = "epoch";
  for (const std::string& key : keys) text += ',' + key;
  text += "\r\n";
  for (size_t row = 0; row < history.epoch.size(); ++row) {
    text += std::to_string(history.epoch[row]);
    for (const std::string& key : keys) {
      const auto column = history.history.find(key);
      const bool known = column != history.history.end() && row < column->second.size();
      text += ',';
      text += known ? python_repr(column->second[row]) : "NA";
    }
    text += "\r\n";
  }
  return text;
}

std::string history_json(const History& history) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [key, values] : history.history) json[key] = values;
  json["epoch"] = history.epoch;
  json["seconds"] = history.seconds;
  return json.dump(2) + "\n";
}

void write_history(const History& history, const std::filesystem::path& folder) {
  write_file(folder / "history.csv", history_csv(history));
  write_file(folder / "history.json", history_json(history));
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  write_file_atomically(path, content);
}

}  // namespace eddy
