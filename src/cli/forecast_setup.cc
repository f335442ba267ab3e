// SPDX-License-Identifier: MIT
#include "forecast_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "flags.h"

namespace eddy::cli {
namespace {

constexpr const char* kForecastNote = "forecast";

template <class Container>
int64_t place_of(const Container& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) - names.begin();
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

[[noreturn]] void no_target(const std::string& data, const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& name : columns) list += (list.empty() ? "" : ", ") + name;
  throw UsageError("--target",
                   fmt::format("column: expected one of {} in {}, got none.", list, data),
                   "name the column to foretell.");
}

}  // namespace

void ForecastSetup::store(Model& model) const {
  const nlohmann::ordered_json note = {{"inputs", inputs}, {"target", target}, {"id", id},
                                       {"time", time},     {"window", window}, {"horizon", horizon},
                                       {"season", season}};
  model.set_note(kForecastNote, note.dump());
}

ForecastSetup ForecastSetup::of(const Model& model, const std::string& file) {
  ForecastSetup setup;
  const std::string text = model.note(kForecastNote);
  if (text.empty()) return setup;
  try {
    const auto note = nlohmann::json::parse(text);
    setup.inputs = note.at("inputs").get<std::vector<std::string>>();
    setup.target = note.at("target").get<std::string>();
    setup.id = note.at("id").get<std::string>();
    setup.time = note.at("time").get<std::string>();
    setup.window = note.at("window").get<int64_t>();
    setup.horizon = note.at("horizon").get<int64_t>();
    setup.season = note.at("season").get<int64_t>();
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCode::bad_file, file,
                "note 'forecast': expected columns, window and horizon, got something else.",
                "make the model again with `eddy forecast`.");
  }
  return setup;
}

std::vector<std::string> split_names(const std::string& flag, const std::string& list) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin <= list.size() && !list.empty();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    std::string name = list.substr(begin, end - begin);
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    if (name.empty() || has(names, name)) {
      throw UsageError(flag,
                       fmt::format("list: expected names with commas between them, each once, got "
                                   "'{}'.",
                                   list),
                       fmt::format("pass for instance {} a,b.", flag));
    }
    names.push_back(name);
    begin = end + 1;
  }
  return names;
}

ForecastTable read_forecast_table(const std::string& data, ForecastSetup& setup) {
  datasets::NumbersOptions options{.columns = setup.inputs, .id = setup.id, .time = setup.time};
  if (!setup.inputs.empty() && !setup.target.empty() && !has(setup.inputs, setup.target)) {
    options.columns.push_back(setup.target);
  }
  ForecastTable read;
  read.table = datasets::read_numbers(data, options);
  if (setup.inputs.empty()) setup.inputs = read.table.columns;
  if (setup.target.empty()) {
    if (read.table.columns.size() != 1) no_target(data, read.table.columns);
    setup.target = read.table.columns[0];
  }
  setup.time = read.table.time;
  for (const std::string& name : setup.inputs) {
    read.inputs.push_back(place_of(read.table.columns, name));
  }
  read.target = read.table.column(setup.target);
  return read;
}

}  // namespace eddy::cli
