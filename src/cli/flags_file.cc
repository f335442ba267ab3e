// SPDX-License-Identifier: MIT
#include "flags_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cmath>
#include <sstream>
#include <utility>

#include "flags.h"
#include "json_file.h"

namespace eddy::cli {
namespace {

nlohmann::json json_of(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    auto object = nlohmann::json::object();
    for (const auto& item : *table) object[std::string(item.first.str())] = json_of(item.second);
    return object;
  }
  if (const auto* array = node.as_array()) {
    auto list = nlohmann::json::array();
    for (const auto& item : *array) list.push_back(json_of(item));
    return list;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return whole->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (const auto* real = node.as_floating_point(); real != nullptr && std::isfinite(real->get())) {
    return real->get();
  }
  // No flag takes a date, nan or inf; the message shows it.
  std::ostringstream shown;
  node.visit([&shown](const auto& value) { shown << value; });
  return nlohmann::json::array({shown.str()});
}

nlohmann::json read_toml(const std::string& text, const std::string& path) {
  try {
    return json_of(toml::parse(text));
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}, line {}", path, error.source().begin.line),
                     fmt::format("TOML: expected keys with values, got: {}.", error.description()),
                     "write `key = value` lines, texts in quotes, as docs/flags.md shows.");
  }
}

}  // namespace

FlagsFile read_flags_file(const std::string& path, const std::string& command) {
  const std::string text = read_text_file(path, "--flags");
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{') return {read_toml(text, path), false};
  nlohmann::json values = parse_json(text, path);
  const auto options = values.find("options");
  if (options == values.end() || !options->is_object()) return {std::move(values), false};
  const nlohmann::json begun = values.value("command", nlohmann::json());
  if (begun != command) {
    throw UsageError(
        "--flags",
        fmt::format("file: expected flags of `eddy {}`, got those of {} in {}.", command,
                    begun.is_string() ? "`eddy " + begun.get<std::string>() + "`"
                                      : std::string("no command"),
                    path),
        "name the run.json of a run of this command.");
  }
  return {nlohmann::json(*options), true};
}

}  // namespace eddy::cli
