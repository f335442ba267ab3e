// SPDX-License-Identifier: MIT
#include "flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "eddy/report.h"
#include "flags_file.h"

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

// Bytes of a unit: 1000s for kB, MB, GB and TB, 1024s for KiB, MiB, GiB and TiB; 0: unknown.
double unit_of(std::string_view text) {
  if (text.empty() || text == "b" || text == "B") return 1;
  const size_t power = std::string_view("kmgt").find(static_cast<char>(text[0] | 0x20));
  if (power == std::string_view::npos) return 0;
  const std::string_view rest = text.substr(1);
  const bool binary = rest == "iB" || rest == "ib" || rest == "i";
  if (!binary && !rest.empty() && rest != "B" && rest != "b") return 0;
  return std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
}

// "64MB" of 64000000.
std::string size_text(int64_t bytes) {
  constexpr std::array kUnits = {"", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  for (; unit + 1 < kUnits.size() && bytes >= 1000 && bytes % 1000 == 0; ++unit) bytes /= 1000;
  return fmt::format("{}{}", bytes, kUnits[unit]);
}

int64_t parse_size(const std::string& flag, const std::string& text, Flags::Range range) {
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value, std::chars_format::fixed);
  const double unit = error == std::errc() ? unit_of({end, static_cast<size_t>(last - end)}) : 0;
  const double bytes = value * unit;
  if (unit == 0 || !(bytes >= static_cast<double>(range.least)) ||
      !(bytes <= static_cast<double>(range.most))) {
    throw UsageError(flag,
                     fmt::format("value: expected a size from {} to {}, got '{}'.",
                                 size_text(range.least), size_text(range.most), text),
                     fmt::format("pass for instance {} 200MB or {} 2GB.", flag, flag));
  }
  return static_cast<int64_t>(bytes);
}

// "simplernn" of "simple_rnn" and of "SimpleRNN".
std::string bare(const std::string& name) {
  std::string letters;
  for (const char c : name) {
    if (c != '_' && c != '-') letters += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  return letters;
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

void Flags::remember(const std::string& flag, Kind kind, CLI::Option* option,
                     const std::function<nlohmann::json()>& get, Parse parse) {
  values_.push_back({flag, key_of(flag), kind, option, get, std::move(parse), get()});
}

void Flags::whole(const std::string& flag, int64_t& value, Range range, const std::string& help) {
  const Parse parse = [flag, &value, range](const std::string& text) {
    value = parse_whole(flag, text, range);
  };
  CLI::Option* option = add(flag, "N", std::to_string(value), help, parse);
  const auto get = [&value] { return nlohmann::json(value); };
  remember(flag, Kind::whole, option, get, parse);
}

void Flags::whole(const std::string& flag, std::optional<int64_t>& value, Range range,
                  const std::string& help) {
  const Parse parse = [flag, &value, range](const std::string& text) {
    value = parse_whole(flag, text, range);
  };
  CLI::Option* option = add(flag, "N", "", help, parse);
  const auto get = [&value] { return value ? nlohmann::json(*value) : nlohmann::json(); };
  remember(flag, Kind::whole, option, get, parse);
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
  remember(flag, Kind::wholes, option, get, parse);
}

void Flags::real(const std::string& flag, double& value, Interval interval,
                 const std::string& help) {
  const Parse parse = [flag, &value, interval](const std::string& text) {
    value = parse_real(flag, text, interval);
  };
  CLI::Option* option = add(flag, "X", fmt::format("{}", value), help, parse);
  const auto get = [&value] { return nlohmann::json(value); };
  remember(flag, Kind::real, option, get, parse);
}

void Flags::word(const std::string& flag, std::string& value, const std::vector<std::string>& known,
                 const std::string& help) {
  std::string choices;
  for (const std::string& choice : known) choices += (choices.empty() ? "" : "|") + choice;
  const Parse parse = [flag, &value, known](const std::string& text) {
    const auto found = std::find_if(known.begin(), known.end(), [&](const std::string& name) {
      return bare(name) == bare(text);
    });
    if (found == known.end()) {
      throw UsageError(flag, fmt::format("value: expected a known name, got '{}'.", text),
                       did_you_mean(text, known));
    }
    value = *found;
  };
  CLI::Option* option = add(flag, choices, value, help, parse);
  if (!flag.starts_with('-')) return;
  const auto get = [&value] { return nlohmann::json(value); };
  remember(flag, Kind::text, option, get, parse);
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
  remember(flag, Kind::text, option, get, parse);
}

void Flags::texts(const std::string& flag, std::vector<std::string>& values,
                  const std::string& placeholder, const std::string& help) {
  // Texts of several together stand apart by line ends.
  const Parse parse = [&values](const std::string& text) {
    values.clear();
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      values.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  };
  CLI::Option* option = command_.add_option(flag, values, help)
                            ->type_name(placeholder)
                            ->expected(1)
                            ->allow_extra_args(false)
                            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  const auto get = [&values] { return values.empty() ? nlohmann::json() : nlohmann::json(values); };
  remember(flag, Kind::texts, option, get, parse);
}

void Flags::size(const std::string& flag, std::optional<int64_t>& value, Range range,
                 const std::string& help) {
  const Parse parse = [flag, &value, range](const std::string& text) {
    value = parse_size(flag, text, range);
  };
  const auto get = [&value] { return value ? nlohmann::json(*value) : nlohmann::json(); };
  remember(flag, Kind::size, add(flag, "SIZE", "", help, parse), get, parse);
}

void Flags::flag(const std::string& flag, bool& value, const std::string& help) {
  CLI::Option* option = command_.add_flag(flag, value, help);
  const auto parse = [flag, &value](const std::string& text) {
    if (text != "true" && text != "false") {
      throw UsageError(flag, fmt::format("value: expected true or false, got '{}'.", text),
                       "see --help.");
    }
    value = text == "true";
  };
  const auto get = [&value] { return nlohmann::json(value); };
  remember(flag, Kind::boolean, option, get, parse);
}

void Flags::argument(const std::string& name, std::string& value, const std::string& placeholder,
                     const std::string& help) {
  CLI::Option* option = command_.add_option(name, value, help)->type_name(placeholder);
  const auto get = [&value] { return value.empty() ? nlohmann::json() : nlohmann::json(value); };
  remember(name, Kind::text, option, get, [&value](const std::string& text) { value = text; });
}

void Flags::arguments(const std::string& name, std::vector<std::string>& values,
                      const std::string& placeholder, const std::string& help) {
  command_.add_option(name, values, help)->type_name(placeholder);
}

std::string Flags::key_of(const std::string& flag) {
  std::string key = flag.substr(std::min(flag.find_first_not_of('-'), flag.size()));
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

std::vector<Flags::Value>::const_iterator Flags::place(const std::string& flag) const {
  return std::find_if(values_.begin(), values_.end(),
                      [&](const Value& value) { return value.flag == flag; });
}

bool Flags::knows(const std::string& flag) const { return place(flag) != values_.end(); }

Flags::Kind Flags::kind(const std::string& flag) const { return place(flag)->kind; }

std::string Flags::shown(const std::string& flag) const {
  const Value& value = *place(flag);
  const nlohmann::json now = value.get();
  return now.is_null() ? std::string() : text_of(now, value.kind);
}

void Flags::set(const std::string& flag, const std::string& text) { place(flag)->parse(text); }

void Flags::file() {
  text("--flags", file_, "FILE",
       "values for flags that are not given here: a TOML or JSON file with their names as keys "
       "(batch_size = 64), or run.json of a run that is to be repeated");
  only_on_the_command_line("--flags");
}

void Flags::only_on_the_command_line(const std::string& flag) {
  find(key_of(flag))->in_files = false;
}

bool Flags::given(const std::string& flag) const {
  const auto value = place(flag);
  return value != values_.end() && (value->option->count() > 0 || value->from_file);
}

std::vector<std::string> Flags::all_given() const {
  std::vector<std::string> flags;
  for (const Value& value : values_) {
    if (value.option->count() > 0 || value.from_file) flags.push_back(value.flag);
  }
  return flags;
}

nlohmann::json Flags::record() const {
  nlohmann::json record = nlohmann::json::object();
  for (const Value& value : values_) {
    if (value.in_files) record[value.name] = value.get();
  }
  return record;
}

Flags::Value* Flags::find(const std::string& name) {
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const Value& value) { return value.name == name; });
  return found == values_.end() ? nullptr : &*found;
}

std::vector<std::string> Flags::names_in_files() const {
  std::vector<std::string> names;
  for (const Value& value : values_) {
    if (value.in_files) names.push_back(value.name);
  }
  return names;
}

// As one would write it behind the flag; what a flag of this kind does not take stays JSON, so that
// messages show it as it stands in the file.
std::string Flags::text_of(const nlohmann::json& value, Kind kind) {
  const auto dump = [](const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  const bool list = kind == Kind::wholes || kind == Kind::texts;
  if (!list || !value.is_array()) {
    const bool text = kind == Kind::text || kind == Kind::texts || kind == Kind::size;
    return text && value.is_string() ? value.get<std::string>() : dump(value);
  }
  std::string joined;  // "64,32"
  for (const auto& item : value) {
    if (!joined.empty()) joined += kind == Kind::texts ? '\n' : ',';
    joined += text_of(item, kind == Kind::texts ? Kind::text : Kind::whole);
  }
  return joined;
}

void Flags::assign(const Value& value, const nlohmann::json& json) {
  const bool text = value.kind == Kind::text || value.kind == Kind::texts;
  const bool is_list = value.kind == Kind::texts && json.is_array();
  const auto is_text = [](const nlohmann::json& item) { return item.is_string(); };
  if (text && !(is_list ? std::all_of(json.begin(), json.end(), is_text) : is_text(json))) {
    throw UsageError(
        value.flag,
        fmt::format("value: expected a text in quotes, got {}.", text_of(json, Kind::whole)),
        "put it in quotes.");
  }
  value.parse(text_of(json, value.kind));
}

void Flags::take(Value& value, const nlohmann::json& json, bool is_record) {
  if (json.is_null()) return;
  const nlohmann::json now = value.get();
  try {
    assign(value, json);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{} in {}", value.flag, file_), error.subject(), error.fix());
  }
  if (value.option->count() > 0) {
    assign(value, now);
    return;
  }
  // A record names all flags, also those that nobody gave.
  value.from_file = !is_record || value.get() != value.preset;
}

void Flags::read_file(const std::string& command) {
  if (file_.empty()) return;
  const FlagsFile file = read_flags_file(file_, command);
  for (const auto& item : file.values.items()) {
    Value* value = find(item.key());
    if (value == nullptr || !value->in_files) {
      throw UsageError(file_, fmt::format("flag: expected a known one, got '{}'.", item.key()),
                       did_you_mean(key_of(item.key()), names_in_files()));
    }
    take(*value, item.value(), file.is_record);
  }
}

void Flags::restore(const nlohmann::json& record, const std::vector<std::string>& free,
                    const std::string& run) {
  for (const Value& value : values_) {
    const auto then = record.find(value.name);
    if (then == record.end() || std::find(free.begin(), free.end(), value.flag) != free.end()) {
      continue;
    }
    if (value.option->count() == 0) {
      if (!then->is_null()) assign(value, *then);
      continue;
    }
    const nlohmann::json now = value.get();
    if (now == *then) continue;
    throw UsageError(value.flag,
                     fmt::format("value: expected {} as {} was begun with, got {}.",
                                 then->is_null() ? "none" : text_of(*then, value.kind), run,
                                 text_of(now, value.kind)),
                     "leave the flag out: a run goes on as it was begun.");
  }
}

}  // namespace eddy::cli
