// SPDX-License-Identifier: MIT
#include "files/spec_config.h"

#include <algorithm>

#include "core/nearest.h"

namespace eddy::files {
namespace {

OrderedJson number_json(const NumberRow& row, double value) {
  if (row.kind == NumberRow::Kind::boolean) return value != 0;
  if (row.kind == NumberRow::Kind::integer) return static_cast<int64_t>(value);
  return value;
}

double number_of(const NumberRow& row, const Json& value, const Where& where) {
  if (row.kind == NumberRow::Kind::boolean) return read_bool(value, where) ? 1 : 0;
  // Thresholds of metrics may come as a list.
  if (value.is_array() && value.size() == 1) return read_number(value[0], where);
  if (value.is_array()) {
    not_supported(where, "one number", fmt::format("{} of them", value.size()), kLoadUncompiled);
  }
  return read_number(value, where);
}

}  // namespace

void write_arguments(const SpecRow& row, const Spec& spec, OrderedJson& config) {
  for (const NumberRow& number : row.numbers) {
    const auto given = spec.values.find(number.name);
    if (given != spec.values.end()) {
      config[number.name] = number_json(number, given->second);
    } else if (number.otherwise == NumberRow::Default::value) {
      config[number.name] = number_json(number, number.initial);
    } else {
      config[number.name] = nullptr;
    }
  }
  for (const WordRow& word : row.words) {
    const auto given = spec.words.find(word.name);
    const std::string& value = given == spec.words.end() ? word.allowed[0] : given->second;
    config[word.name] = value.empty() ? OrderedJson(nullptr) : OrderedJson(value);
  }
  for (const std::string& list : row.lists) {
    const auto given = spec.lists.find(list);
    if (given != spec.lists.end()) config[list] = given->second;
  }
}

void read_arguments(const SpecRow& row, ConfigObject& config, Spec& spec) {
  for (const NumberRow& number : row.numbers) {
    const Json* found = config.find(number.name);
    if (found == nullptr || found->is_null()) continue;
    const double value = number_of(number, *found, config.where(number.name));
    const bool has_default = number.otherwise == NumberRow::Default::value;
    if (!has_default || value != number.initial) spec.values[number.name] = value;
  }
  for (const WordRow& word : row.words) {
    const Json* found = config.find(word.name);
    if (found == nullptr || found->is_null()) continue;
    const std::string value = read_string(*found, config.where(word.name));
    if (value != word.allowed[0]) spec.words[word.name] = value;
  }
  for (const std::string& list : row.lists) {
    const Json* found = config.find(list.c_str());
    if (found == nullptr || found->is_null()) continue;
    for (const Json& number : read_list(*found, config.where(list.c_str()))) {
      spec.lists[list].push_back(read_number(number, config.where(list.c_str())));
    }
  }
}

OrderedJson spec_json(const char* module, const std::vector<SpecRow>& rows, const Spec& spec) {
  const SpecRow& row = rows[find_row(rows, spec.name, module, "name")];
  OrderedJson config = OrderedJson::object();
  write_arguments(row, spec, config);
  return keras_object(module, row.class_name, std::move(config));
}

const SpecRow& row_of(const std::vector<SpecRow>& rows, const std::string& name, const Where& where,
                      const char* fix) {
  const std::string plain = plain_name(name.starts_with("Custom>") ? name.substr(7) : name);
  std::vector<std::string> known;
  for (const SpecRow& row : rows) {
    const auto is = [&](const std::string& other) { return plain == plain_name(other); };
    if (is(row.name) || is(row.class_name) ||
        std::any_of(row.aliases.begin(), row.aliases.end(), is)) {
      return row;
    }
    known.push_back(row.class_name);
  }
  not_supported(where, fmt::format("one of {}", join(known)), brief(name), fix);
}

Spec read_spec(const std::vector<SpecRow>& rows, const Json& value, const Where& where,
               const char* fix) {
  if (value.is_string()) return {row_of(rows, value.get<std::string>(), where, fix).name};
  const KerasObject object = read_keras_object(value, where);
  const SpecRow& row = row_of(rows, object.class_name, where, fix);
  Spec spec(row.name);
  if (object.config == nullptr) return spec;
  ConfigObject config(*object.config, where.at(row.class_name));
  read_arguments(row, config, spec);
  config.ignore({"name"});
  config.expect_all_read(fix);
  return spec;
}

}  // namespace eddy::files
