// SPDX-License-Identifier: MIT
#include "flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "eddy/report.h"

namespace eddy::cli {
namespace {

int64_t parse_whole(const std::string& flag, const std::string& text, Flags::Range range) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < range.least ||
      value > range.most) {
    throw UsageError(
        flag,
        fmt::format("value: expected a whole number from {} to {}, got '{}'.", range.least,
                    range.most, text),
        fmt::format("pass for instance {} {}.", flag, std::max<int64_t>(range.least, 1)));
  }
  return value;
}

double parse_real(const std::string& flag, const std::string& text, Flags::Interval interval) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool above = interval.inclusive ? value >= interval.above : value > interval.above;
  if (error != std::errc() || end != text.data() + text.size() || !above ||
      !(value < interval.below)) {
    const std::string range = fmt::format(
        "{} {}{}", interval.inclusive ? "from" : "above", interval.above,
        std::isinf(interval.below) ? std::string()
                                   : fmt::format(" up to, but not including, {}", interval.below));
    throw UsageError(flag, fmt::format("value: expected a number {}, got '{}'.", range, text),
                     "see --help for the default.");
  }
  return value;
}

std::string snake(std::string flag) {
  flag.erase(0, flag.find_first_not_of('-'));
  std::replace(flag.begin(), flag.end(), '-', '_');
  return flag;
}

}  // namespace

void require(const std::string& value, const std::string& command, const std::string& argument) {
  if (!value.empty()) return;
  throw UsageError("eddy " + command, fmt::format("{}: expected one, got none.", argument),
                   fmt::format("see `eddy {} --help`.", command));
}

CLI::Option* Flags::add(const std::string& flag, const std::string& placeholder,
                        const std::string& default_text, const std::string& help,
                        const Parse& parse) {
  CLI::Option* option = command_.add_option_function<std::string>(flag, parse, help)
                            ->type_name(placeholder)
                            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  if (!default_text.empty()) option->default_str(default_text);
  return option;
}

void Flags::remember(const std::string& flag, CLI::Option* option,
                     std::function<nlohmann::json()> get, Parse set) {
  values_.push_back({flag, snake(flag), option, std::move(get), std::move(set)});
}

void Flags::whole(const std::string& flag, int64_t& value, Range range, const std::string& help) {
  const Parse parse = [flag, &value, range](const std::string& text) {
    value = parse_whole(flag, text, range);
  };
  CLI::Option* option = add(flag, "N", std::to_string(value), help, parse);
  remember(
      flag, option, [&value] { return nlohmann::json(value); }, parse);
}

void Flags::whole(const std::string& flag, std::optional<int64_t>& value, Range range,
                  const std::string& help) {
  const Parse parse = [flag, &value, range](const std::string& text) {
    value = parse_whole(flag, text, range);
  };
  CLI::Option* option = add(flag, "N", "", help, parse);
  const auto get = [&value] { return value ? nlohmann::json(*value) : nlohmann::json(); };
  remember(flag, option, get, parse);
}

void Flags::wholes(const std::string& flag, std::vector<int64_t>& values, Range range,
                   const std::string& help) {
  const Parse parse = [flag, &values, range](const std::string& text) {
    std::vector<int64_t> parsed;
    for (size_t at = 0; at <= text.size();) {
      const size_t end = std::min(text.find(',', at), text.size());
      parsed.push_back(parse_whole(flag, text.substr(at, end - at), range));
      at = end + 1;
    }
    values = std::move(parsed);
  };
  CLI::Option* option = add(flag, "N,...", fmt::format("{}", fmt::join(values, ",")), help, parse);
  const auto get = [&values] {
    return values.size() == 1 ? nlohmann::json(values[0]) : nlohmann::json(values);
  };
  remember(flag, option, get, parse);
}

void Flags::real(const std::string& flag, double& value, Interval interval,
                 const std::string& help) {
  const Parse parse = [flag, &value, interval](const std::string& text) {
    value = parse_real(flag, text, interval);
  };
  CLI::Option* option = add(flag, "X", fmt::format("{}", value), help, parse);
  remember(
      flag, option, [&value] { return nlohmann::json(value); }, parse);
}

void Flags::word(const std::string& flag, std::string& value, const std::vector<std::string>& known,
                 const std::string& help) {
  std::string choices;
  for (const std::string& choice : known) choices += (choices.empty() ? "" : "|") + choice;
  const Parse parse = [flag, &value, known](const std::string& text) {
    if (std::find(known.begin(), known.end(), text) == known.end()) {
      throw UsageError(flag, fmt::format("value: expected a known name, got '{}'.", text),
                       did_you_mean(text, known));
    }
    value = text;
  };
  CLI::Option* option = add(flag, choices, value, help, parse);
  if (!flag.starts_with('-')) return;
  remember(
      flag, option, [&value] { return nlohmann::json(value); }, parse);
}

void Flags::text(const std::string& flag, std::string& value, const std::string& placeholder,
                 const std::string& help) {
  const Parse parse = [flag, &value](const std::string& text) {
    if (text.empty()) {
      throw UsageError(flag, "value: expected a name, got an empty one.", "see --help.");
    }
    value = text;
  };
  CLI::Option* option = add(flag, placeholder, value, help, parse);
  const auto get = [&value] { return value.empty() ? nlohmann::json() : nlohmann::json(value); };
  remember(flag, option, get, parse);
}

void Flags::flag(const std::string& flag, bool& value, const std::string& help) {
  CLI::Option* option = command_.add_flag(flag, value, help);
  const auto set = [&value](const std::string& text) { value = text == "true"; };
  remember(
      flag, option, [&value] { return nlohmann::json(value); }, set);
}

void Flags::argument(const std::string& name, std::string& value, const std::string& help) {
  command_.add_option(name, value, help)->type_name("");
}

bool Flags::given(const std::string& flag) const {
  return std::any_of(values_.begin(), values_.end(), [&](const Value& value) {
    return value.flag == flag && value.option->count() > 0;
  });
}

nlohmann::json Flags::record() const {
  nlohmann::json record = nlohmann::json::object();
  for (const Value& value : values_) record[value.name] = value.get();
  return record;
}

void Flags::restore(const nlohmann::json& record, const std::vector<std::string>& free,
                    const std::string& run) {
  const auto text_of = [](const nlohmann::json& value) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    return value.is_array() ? text.substr(1, text.size() - 2) : text;  // "64,32"
  };
  for (const Value& value : values_) {
    const auto then = record.find(value.name);
    if (then == record.end() || std::find(free.begin(), free.end(), value.flag) != free.end()) {
      continue;
    }
    if (value.option->count() == 0) {
      if (!then->is_null()) value.set(text_of(*then));
      continue;
    }
    const nlohmann::json now = value.get();
    if (now == *then) continue;
    throw UsageError(value.flag,
                     fmt::format("value: expected {} as {} was begun with, got {}.",
                                 then->is_null() ? "none" : text_of(*then), run, text_of(now)),
                     "leave the flag out: a run goes on as it was begun.");
  }
}

}  // namespace eddy::cli
