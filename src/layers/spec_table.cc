// SPDX-License-Identifier: MIT
#include "layers/spec_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/nearest.h"
#include "eddy/error.h"

namespace eddy {
namespace {

std::string range_of(const NumberRow& row) {
  if (row.kind == NumberRow::Kind::boolean) return "0 or 1";
  const std::string kind = row.kind == NumberRow::Kind::integer ? "a whole number " : "";
  if (row.high >= kAnyLarge && row.low <= -kAnyLarge) return kind + "a finite number";
  if (row.high >= kAnyLarge) return fmt::format("{}at least {}", kind, row.low);
  return fmt::format("{}{} to {}", kind, row.low, row.high);
}

void check_number(const SpecRow& object, const NumberRow& row, double value) {
  const bool whole = row.kind == NumberRow::Kind::real || value == std::floor(value);
  const bool boolean = row.kind != NumberRow::Kind::boolean || value == 0 || value == 1;
  if (value >= row.low && value <= row.high && whole && boolean) return;
  throw Error(ErrorCode::invalid_argument, object.name,
              fmt::format("{}: expected {}, got {}.", row.name, range_of(row), value),
              row.otherwise == NumberRow::Default::value
                  ? fmt::format("Keras' default is {}.", row.initial)
                  : "give a number in this range.");
}

void resolve_numbers(const SpecRow& row, const Spec& given, Spec& resolved) {
  for (const NumberRow& number : row.numbers) {
    const auto found = given.values.find(number.name);
    if (found != given.values.end()) {
      check_number(row, number, found->second);
      resolved.values[number.name] = found->second;
    } else if (number.otherwise == NumberRow::Default::value) {
      resolved.values[number.name] = number.initial;
    } else if (number.otherwise == NumberRow::Default::needed) {
      throw Error(ErrorCode::invalid_argument, row.name,
                  fmt::format("{}: expected a number, got none.", number.name),
                  "Keras has no default for it: give one.");
    }
  }
}

void resolve_words(const SpecRow& row, const Spec& given, Spec& resolved) {
  for (const WordRow& word : row.words) {
    const auto found = given.words.find(word.name);
    const std::string& value = found == given.words.end() ? word.allowed[0] : found->second;
    if (std::find(word.allowed.begin(), word.allowed.end(), value) == word.allowed.end()) {
      throw Error(
          ErrorCode::invalid_argument, row.name,
          fmt::format("{}: expected one of {}, got '{}'.", word.name, join(word.allowed), value),
          suggest(value, word.allowed));
    }
    if (!value.empty()) resolved.words[word.name] = value;
  }
}

[[noreturn]] void unknown(const SpecRow& row, const std::string& key) {
  std::vector<std::string> known;
  for (const NumberRow& number : row.numbers) known.emplace_back(number.name);
  for (const WordRow& word : row.words) known.emplace_back(word.name);
  for (const std::string& list : row.lists) known.push_back(list);
  throw Error(ErrorCode::invalid_argument, row.name,
              fmt::format("options: expected those of {}, got '{}'.", row.name, key),
              known.empty() ? fmt::format("{} takes none.", row.name) : suggest(key, known));
}

}  // namespace

std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    if (c != '_') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

size_t find_row(const std::vector<SpecRow>& rows, const std::string& name, const std::string& where,
                const std::string& what) {
  const std::string wanted = plain_name(name);
  std::vector<std::string> names;
  for (size_t i = 0; i < rows.size(); ++i) {
    const SpecRow& row = rows[i];
    if (wanted == plain_name(row.name) || wanted == plain_name(row.class_name)) return i;
    for (const std::string& alias : row.aliases) {
      if (wanted == plain_name(alias)) return i;
    }
    names.push_back(row.name);
  }
  throw Error(ErrorCode::invalid_argument, where,
              fmt::format("{}: expected a known {}, got '{}'.", what, what, name),
              suggest(name, names));
}

Spec resolve_spec(const SpecRow& row, const Spec& given) {
  Spec resolved(row.name);
  resolve_numbers(row, given, resolved);
  resolve_words(row, given, resolved);
  for (const auto& [key, value] : given.values) {
    if (resolved.values.count(key) == 0) unknown(row, key);
  }
  for (const auto& [key, value] : given.words) {
    if (resolved.words.count(key) == 0 && !value.empty()) unknown(row, key);
  }
  for (const auto& [key, value] : given.lists) {
    if (std::find(row.lists.begin(), row.lists.end(), key) == row.lists.end()) unknown(row, key);
    resolved.lists[key] = value;
  }
  return resolved;
}

double number_or(const Spec& spec, const char* key, double otherwise) {
  for (const auto& [name, value] : spec.values) {  // no std::string is made of the key
    if (name == key) return value;
  }
  return otherwise;
}

}  // namespace eddy
