// SPDX-License-Identifier: MIT
// JSON of unknown origin, and of ours.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "files/bad_file.h"

namespace eddy::files {

using Json = nlohmann::json;                 // read: fast with any number of keys
using OrderedJson = nlohmann::ordered_json;  // written: keys in Keras' order

// Throws Error{bad_file} for anything but one JSON value of at most `max_values` values (a measure
// of the memory it will take) nested at most 100 deep.
Json parse_json(const Where& where, std::string_view text, size_t max_values);

// Throws Error{invalid_argument}: what is to be written is no text.
[[noreturn]] void not_utf8(const Where& where);

// ASCII, as Python writes it. Throws not_utf8() for strings that are not.
std::string dump_json(const Where& where, const OrderedJson& value);

// "0.2", "null", "{...}" shortened: for error messages.
std::string brief(const Json& value);

}  // namespace eddy::files
