// SPDX-License-Identifier: MIT
#include "files/json_text.h"

namespace eddy::files {
namespace {

constexpr int kMaxNesting = 100;
constexpr size_t kBrief = 60;  // characters of a value in a message

// Before parsing: the parser itself would take memory for whatever the text asks.
void check_size(const Where& where, std::string_view text, size_t max_values) {
  int depth = 0;
  size_t values = 1;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    in_string = c == '"';
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (c == '[' || c == '{' || c == ',') ++values;
    if (depth > kMaxNesting) {
      bad_file(where, fmt::format("JSON at most {} deep", kMaxNesting), "deeper nesting");
    }
    if (values > max_values) {
      bad_file(where, fmt::format("at most {} JSON values", max_values), "more");
    }
  }
}

}  // namespace

Json parse_json(const Where& where, std::string_view text, size_t max_values) {
  check_size(where, text, max_values);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    bad_file(where, "JSON", fmt::format("an error at byte {}", e.byte));
  } catch (const Json::exception& e) {  // a number out of range
    bad_file(where, "JSON", fmt::format("\"{}\"", e.what()));
  }
}

void not_utf8(const Where& where) {
  fail(ErrorCode::invalid_argument, where, "names and words in UTF-8", "other bytes",
       "give names and words in UTF-8.");
}

std::string dump_json(const Where& where, const OrderedJson& value) {
  try {
    return value.dump(-1, ' ', /*ensure_ascii=*/true);
  } catch (const OrderedJson::exception&) {
    not_utf8(where);
  }
}

std::string brief(const Json& value) {
  if (value.is_object()) {
    const auto name = value.find("class_name");
    return name != value.end() && name->is_string() ? "an object " + brief(*name) : "an object";
  }
  if (value.is_array()) return fmt::format("a list of {}", value.size());
  const auto text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= kBrief ? text : text.substr(0, kBrief) + "...";
}

}  // namespace eddy::files
