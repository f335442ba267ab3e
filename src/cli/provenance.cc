// SPDX-License-Identifier: MIT
#include "provenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "eddy/inspect.h"

namespace eddy::cli {
namespace {

// Options that no number depends on, and the seed, which stands by itself.
constexpr std::array<std::string_view, 9> kOutside = {"out",         "threads",  "save_freq",
                                                      "tensorboard", "data_dir", "seed",
                                                      "resume",      "flags",    "print_config"};
// Options that are paths: the name alone, without where it lay.
constexpr std::array<std::string_view, 3> kPaths = {"dataset", "validation", "config"};

std::string file_name_of(const std::string& path) {
  const std::filesystem::path whole(path);
  return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

std::string word_of(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string list;
  for (const auto& part : value) {
    if (!list.empty()) list += ',';
    list += word_of(part);
  }
  return list;
}

}  // namespace

void note_provenance(Model& model, const nlohmann::json& record) {
  nlohmann::ordered_json note;
  for (const char* key : {"program", "version", "command", "seed"}) note[key] = record.at(key);
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
  for (const auto& [key, value] : record.at("options").items()) {
    if (value.is_null() || std::find(kOutside.begin(), kOutside.end(), key) != kOutside.end()) {
      continue;
    }
    const bool path = std::find(kPaths.begin(), kPaths.end(), key) != kPaths.end();
    options[key] =
        path && value.is_string() ? nlohmann::json(file_name_of(value.get<std::string>())) : value;
  }
  note["options"] = options;
  nlohmann::ordered_json dataset = record.value("dataset", nlohmann::json::object());
  if (dataset.contains("source") && dataset["source"].is_string()) {
    dataset["source"] = file_name_of(dataset["source"].get<std::string>());
  }
  note["dataset"] = dataset;
  model.set_note(kProvenanceNote,
                 note.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string provenance_line(const std::string& text) {
  const auto note = nlohmann::json::parse(text, nullptr, false);
  if (!note.is_object() || !note.contains("command") || !note["command"].is_string()) return "";
  std::string line =
      fmt::format("eddy {}: eddy {}", word_of(note.value("version", nlohmann::json())),
                  note["command"].get<std::string>());
  const auto options = note.value("options", nlohmann::json::object());
  if (!options.is_object()) return line;
  const auto dataset = note.value("dataset", nlohmann::json());
  if (options.contains("dataset")) {
    line += fmt::format(" {}", word_of(options["dataset"]));
  } else if (dataset.is_object() && dataset.contains("source")) {
    line += fmt::format(" {}", word_of(dataset["source"]));
  }
  for (const char* key : {"cell", "units", "epochs"}) {
    if (options.contains(key)) line += fmt::format(" --{} {}", key, word_of(options[key]));
  }
  return line + fmt::format(" --seed {} ...", word_of(note.value("seed", nlohmann::json())));
}

std::string provenance_data(const std::string& text) {
  const auto note = nlohmann::json::parse(text, nullptr, false);
  if (!note.is_object()) return "";
  const auto dataset = note.value("dataset", nlohmann::json());
  if (!dataset.is_object() || !dataset.contains("sha256")) return "";
  return word_of(dataset["sha256"]);
}

}  // namespace eddy::cli
