// SPDX-License-Identifier: MIT
#include "tune_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "eddy/report.h"

namespace eddy::cli {
namespace {

constexpr double kLongest = 366.0 * 24 * 3600;
constexpr double kDecade = 10;  // ranges from here on are drawn by the logarithm

const std::vector<std::string> kUsual = {"units=16..128", "dropout=0..0.5",
                                         "learning-rate=0.0001..0.01"};
const std::vector<std::string> kUsualOfConfig = {"batch-size=16..256",
                                                 "learning-rate=0.0001..0.01"};

// What changes neither the data nor how trials are judged.
std::vector<std::string> searchable(const TrainFlags& flags) {
  std::vector<std::string> names = {"batch-size", "learning-rate", "optimizer"};
  if (!flags.config.empty()) return names;
  for (const std::string& flag : NetworkFlags::names()) names.push_back(flag.substr(2));
  // A batch of a language model is so many streams of the text, which it reads one way.
  if (flags.texts.task == "char-lm") {
    for (const char* name : {"batch-size", "bidirectional", "pooling"}) std::erase(names, name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

tune::Value value_of(const std::string& flag, const Flags& declared) {
  const std::string shown = declared.shown(flag);
  const auto kind = declared.kind(flag);
  if (kind == Flags::Kind::real) {
    double value = 0;
    std::from_chars(shown.data(), shown.data() + shown.size(), value);
    return value;
  }
  const bool whole = kind == Flags::Kind::whole || kind == Flags::Kind::wholes;
  if (!whole || shown.find(',') != std::string::npos) return shown;
  int64_t value = 0;
  std::from_chars(shown.data(), shown.data() + shown.size(), value);
  return value;
}

// What the flag makes of the text; the flag stays as it is.
tune::Value checked(const std::string& flag, const std::string& text, Flags& declared) {
  const std::string now = declared.shown(flag);
  try {
    declared.set(flag, text);
  } catch (const UsageError& error) {
    throw UsageError(flag + " in --search", error.subject(), error.fix());
  }
  tune::Value value = value_of(flag, declared);
  declared.set(flag, now);
  return value;
}

tune::Parameter range_of(const std::string& name, const std::string& text, size_t dots,
                         Flags& declared) {
  const std::string flag = "--" + name;
  const tune::Value from = checked(flag, text.substr(0, dots), declared);
  const tune::Value to = checked(flag, text.substr(dots + 2), declared);
  if (std::holds_alternative<double>(from) && std::holds_alternative<double>(to)) {
    const double low = std::get<double>(from), high = std::get<double>(to);
    return {name, tune::Real{low, high, low > 0 && high >= kDecade * low}};
  }
  if (std::holds_alternative<int64_t>(from) && std::holds_alternative<int64_t>(to)) {
    const int64_t low = std::get<int64_t>(from), high = std::get<int64_t>(to);
    const bool log = low > 0 && static_cast<double>(high) >= kDecade * static_cast<double>(low);
    return {name, tune::Whole{low, high, log}};
  }
  throw UsageError(flag + " in --search",
                   fmt::format("values: expected a range of numbers, got '{}'.", text),
                   "list the values with commas between them.");
}

tune::Parameter parameter_of(const std::string& search, const TrainFlags& flags, Flags& declared) {
  const size_t sign = std::min(search.find('='), search.size());
  const std::string name = search.substr(0, sign);
  const std::vector<std::string> known = searchable(flags);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw UsageError("--search",
                     fmt::format("name: expected a flag that can be searched, got '{}'.", name),
                     did_you_mean(Flags::key_of(name), known));
  }
  const std::string text = sign == search.size() ? "" : search.substr(sign + 1);
  if (text.empty()) {
    throw UsageError("--search", fmt::format("values: expected some for {}, got none.", name),
                     "write for instance units=16,32,64 or learning-rate=1e-4..1e-2.");
  }
  const auto kind = declared.kind("--" + name);
  const bool numbers = kind != Flags::Kind::text && kind != Flags::Kind::boolean;
  const size_t dots = text.find("..");
  if (numbers && dots != std::string::npos) return range_of(name, text, dots, declared);
  tune::Choice choice;
  for (std::string& value : split(text, ',')) {
    std::replace(value.begin(), value.end(), '/', ',');  // 64/32: two layers
    choice.values.push_back(checked("--" + name, value, declared));
  }
  return {name, std::move(choice)};
}

}  // namespace

void TuneFlags::declare(Flags& flags) {
  train.declare(flags);
  flags.texts("--search", search, "NAME=VALUES",
              "what to search, once for each flag: units=16,32,64/32 (64/32: two layers) or "
              "learning-rate=1e-4..1e-2; default: units, dropout and learning-rate");
  flags.text("--budget", budget, "TIME", "for all trials together: 90s, 10m, 1h30m; default: 10m");
  flags.whole("--trials", trials, {1, 1'000'000}, "at most so many, whatever time they take");
  flags.text("--out", train.out, "DIR", "folder for the results; default: runs/DATASET-tune");
  flags.text("--resume", train.resume, "DIR",
             "go on with the search in DIR; --budget and --trials may be larger than before");
  flags.only_on_the_command_line("--resume");
}

std::vector<tune::Parameter> TuneFlags::space(Flags& declared) const {
  const bool by_config = !train.config.empty();
  std::vector<tune::Parameter> space;
  for (const std::string& text : !search.empty() ? search : by_config ? kUsualOfConfig : kUsual) {
    space.push_back(parameter_of(text, train, declared));
  }
  return space;
}

tune::Values TuneFlags::values(const std::vector<tune::Parameter>& space, const Flags& declared) {
  tune::Values values;
  for (const auto& parameter : space) {
    values[parameter.name] = value_of("--" + parameter.name, declared);
  }
  return values;
}

void TuneFlags::apply(const tune::Values& values, Flags& declared) {
  for (const auto& [name, value] : values) declared.set("--" + name, tune::to_string(value));
}

double TuneFlags::seconds() const {
  const std::string text = budget.empty() && !trials ? "10m" : budget;
  double seconds = 0;
  for (size_t at = 0; at < text.size();) {
    double count = 0;
    const char* const end = text.data() + text.size();
    const auto [after, error] = std::from_chars(text.data() + at, end, count);
    const double unit = error != std::errc() || after == end ? 0
                        : *after == 's'                      ? 1
                        : *after == 'm'                      ? 60
                        : *after == 'h'                      ? 3600
                        : *after == 'd'                      ? 86400
                                                             : 0;
    if (unit == 0 || !(count >= 0)) {
      seconds = 0;
      break;
    }
    seconds += count * unit;
    at = static_cast<size_t>(after - text.data()) + 1;
  }
  if (text.empty() || (seconds > 0 && seconds <= kLongest)) return seconds;
  throw UsageError(
      "--budget",
      fmt::format("time: expected one above 0, up to a year, with its unit, got '{}'.", text),
      "write for instance 90s, 10m or 1h30m.");
}

}  // namespace eddy::cli
