// SPDX-License-Identifier: MIT
// Descriptions checked against a table: names, arguments, Keras' defaults, allowed values.
#pragma once

#include <string>
#include <vector>

#include "eddy/spec.h"

namespace eddy {

constexpr double kAnyLarge = 1e38;

// A number of an object. `none`: Keras' default is None, written by leaving it out; `needed`: Keras
// has no default.
struct NumberRow {
  enum class Kind { real, integer, boolean };
  enum class Default { value, none, needed };
  const char* name;
  double initial = 0, low = 0, high = kAnyLarge;  // low <= value <= high
  Kind kind = Kind::real;
  Default otherwise = Default::value;
};

// A word of an object; the first of `allowed` is the default, "" among them stands for None.
struct WordRow {
  const char* name;
  std::vector<std::string> allowed;
};

// One object: Keras' snake_case name, class name and short forms.
struct SpecRow {
  std::string name;
  std::string class_name;
  std::vector<std::string> aliases = {};
  std::vector<NumberRow> numbers = {};
  std::vector<WordRow> words = {};
  std::vector<std::string> lists = {};
};

// Lower case without underscores: how names are compared ("RMSprop", "rms_prop", "rmsprop").
std::string plain_name(const std::string& name);

// Index of the row with this name. Throws Error{invalid_argument} with the nearest name.
//   what  "loss", "optimizer", ...: as the user would say
size_t find_row(const std::vector<SpecRow>& rows, const std::string& name, const std::string& where,
                const std::string& what);

// The description with the row's name and every default that is not None filled in. Throws
// Error{invalid_argument} for an unknown argument or a value outside its range.
Spec resolve_spec(const SpecRow& row, const Spec& given);

// values.at(key), or `otherwise` when Keras would have None.
double number_or(const Spec& spec, const char* key, double otherwise);

}  // namespace eddy
