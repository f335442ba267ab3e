// SPDX-License-Identifier: MIT
// Histories read back: our history.json, and the history.csv of Keras' CSVLogger.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "eddy/report.h"

namespace eddy {
namespace {

using std::filesystem::path;

constexpr uint64_t kMaxBytes = uint64_t{64} << 20;  // a million epochs fit

[[noreturn]] void bad_history(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::bad_file, where, what,
              "pass the folder of a run, its history.json or its history.csv.");
}

std::string read_text(const path& file) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(file, error);
  if (!error && size > kMaxBytes) {
    bad_history(file.string(),
                fmt::format("history: expected at most {} bytes, got {}.", kMaxBytes, size));
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text(error ? 0 : static_cast<size_t>(size), '\0');
  if (!error && stream.is_open()) stream.read(text.data(), static_cast<std::streamsize>(size));
  if (error || !stream.is_open() || stream.bad()) {
    throw Error(ErrorCode::io, file.string(),
                "history: expected a readable file, got one that cannot be read.",
                "check its name and permissions.");
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  return text;
}

// A list of numbers, null read as NaN.
std::vector<double> number_list(const nlohmann::json& list, const std::string& key,
                                const std::string& where) {
  if (!list.is_array()) {
    bad_history(where,
                fmt::format("{}: expected a list of numbers, got {}.", key, list.type_name()));
  }
  std::vector<double> numbers;
  for (const auto& item : list) {
    if (!item.is_number() && !item.is_null()) {
      bad_history(where, fmt::format("{}: expected numbers, got {}.", key, item.type_name()));
    }
    numbers.push_back(item.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                     : item.get<double>());
  }
  return numbers;
}

// Epochs are counted when the file does not number them (a plain History.history).
void check_lengths(History& history, const std::string& where) {
  size_t epochs = history.epoch.size();
  for (const auto& [key, values] : history.history) {
    if (history.epoch.empty()) epochs = std::max(epochs, values.size());
    if (values.size() > epochs) {
      bad_history(where, fmt::format("{}: expected at most {} values, got {}.", key, epochs,
                                     values.size()));
    }
  }
  if (history.history.empty() || epochs == 0) {
    bad_history(where, "history: expected at least one finished epoch, got none.");
  }
  for (size_t epoch = history.epoch.size(); epoch < epochs; ++epoch) {
    history.epoch.push_back(static_cast<int64_t>(epoch));
  }
}

int64_t epoch_number(double value, const std::string& where) {
  if (!(value >= 0 && value <= 1e9) || value != std::floor(value)) {
    bad_history(where, fmt::format("epoch: expected whole numbers from 0, got {}.", value));
  }
  return static_cast<int64_t>(value);
}

History parse_json(const std::string& text, const std::string& where) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) {
    bad_history(where, "history: expected one JSON object of lists, got something else.");
  }
  History history;
  for (const auto& item : json.items()) {
    std::vector<double> numbers = number_list(item.value(), item.key(), where);
    if (item.key() == "epoch") {
      for (const double value : numbers) history.epoch.push_back(epoch_number(value, where));
    } else if (item.key() == "seconds") {
      history.seconds = std::move(numbers);
    } else {
      history.history[item.key()] = std::move(numbers);
    }
  }
  check_lengths(history, where);
  return history;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0;;) {
    const size_t end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

double parse_cell(std::string_view cell, const std::string& where) {
  if (cell == "NA") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) {
    bad_history(where, fmt::format("cell: expected a number or NA, got '{}'.", cell.substr(0, 40)));
  }
  return value;
}

History parse_csv(const std::string& text, const std::string& file) {
  History history;
  std::vector<std::string> keys;
  int64_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    const std::string where = fmt::format("{}, line {}", file, ++number);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::vector<std::string_view> cells = split(line, ',');
    if (keys.empty()) {
      if (cells[0] != "epoch") {
        bad_history(where, fmt::format("header: expected it to begin with 'epoch', got '{}'.",
                                       cells[0].substr(0, 40)));
      }
      keys.assign(cells.begin(), cells.end());
      continue;
    }
    if (cells.size() != keys.size()) {
      bad_history(where, fmt::format("row: expected {} cells, got {}.", keys.size(), cells.size()));
    }
    history.epoch.push_back(epoch_number(parse_cell(cells[0], where), where));
    for (size_t column = 1; column < keys.size(); ++column) {
      history.history[keys[column]].push_back(parse_cell(cells[column], where));
    }
  }
  // Columns that were never filled: CSVLogger's places for a validation that did not take place.
  std::erase_if(history.history, [](const auto& column) {
    return std::all_of(column.second.begin(), column.second.end(),
                       [](double value) { return std::isnan(value); });
  });
  check_lengths(history, file);
  return history;
}

}  // namespace

History read_history(const path& run) {
  path file = run;
  std::error_code error;
  if (std::filesystem::is_directory(run, error)) {
    file = run / "history.json";
    if (!std::filesystem::exists(file, error)) file = run / "history.csv";
  }
  if (!std::filesystem::exists(file, error)) {
    throw Error(ErrorCode::io, run.string(),
                "history: expected history.json or history.csv, got no such file.",
                "pass the folder that `eddy train` wrote.");
  }
  const std::string text = read_text(file);
  return file.extension() == ".csv" ? parse_csv(text, file.string())
                                    : parse_json(text, file.string());
}

}  // namespace eddy
