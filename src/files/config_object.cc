// SPDX-License-Identifier: MIT
#include "files/config_object.h"

#include <utility>

namespace eddy::files {
namespace {

// Longer than any sequence or layer; keeps products of two within 64 bits.
constexpr int64_t kMaxAxis = INT32_MAX;
constexpr size_t kMaxAxes = 8;

}  // namespace

bool read_bool(const Json& value, const Where& where) {
  if (!value.is_boolean()) bad_file(where, "true or false", brief(value));
  return value.get<bool>();
}

int64_t read_integer(const Json& value, const Where& where) {
  const bool too_large = value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX;
  if (!value.is_number_integer() || too_large) bad_file(where, "a whole number", brief(value));
  return value.get<int64_t>();
}

double read_number(const Json& value, const Where& where) {
  if (!value.is_number()) bad_file(where, "a number", brief(value));
  return value.get<double>();
}

std::string read_string(const Json& value, const Where& where) {
  if (!value.is_string()) bad_file(where, "a string", brief(value));
  return value.get<std::string>();
}

const Json& read_list(const Json& value, const Where& where) {
  if (!value.is_array()) bad_file(where, "a list", brief(value));
  return value;
}

ConfigObject::ConfigObject(const Json& value, Where where)
    : value_(value), where_(std::move(where)) {
  if (!value.is_object()) bad_file(where_, "an object", brief(value));
}

const Json* ConfigObject::find(const char* key) {
  const auto found = value_.find(key);
  if (found == value_.end()) return nullptr;
  read_.insert(key);
  return &*found;
}

const Json& ConfigObject::at(const char* key) {
  const Json* found = find(key);
  if (found == nullptr) bad_file(where_, fmt::format("a key '{}'", key), "none");
  return *found;
}

void ConfigObject::ignore(std::initializer_list<const char*> keys) {
  for (const char* key : keys) find(key);
}

void ConfigObject::only(const char* key, const Json& value, const char* fix) {
  const Json* found = find(key);
  if (found == nullptr || found->is_null() || *found == value) return;
  not_supported(where(key), brief(value), brief(*found), fix);
}

void ConfigObject::expect_all_read(const char* fix) const {
  for (const auto& item : value_.items()) {
    if (!read_.contains(item.key())) {
      bad_file(where_, "only keys that eddy knows", fmt::format("'{}'", brief(item.key())), fix);
    }
  }
}

KerasObject read_keras_object(const Json& value, const Where& where) {
  ConfigObject object(value, where);
  KerasObject result;
  result.class_name = read_string(object.at("class_name"), object.where("class_name"));
  const Json* module = object.find("module");
  const Json* registered = object.find("registered_name");
  const auto name = [](const Json* text) {
    return text != nullptr && text->is_string() ? text->get<std::string>() : std::string();
  };
  const std::string from = name(module);
  const bool keras = from.empty() || from == "keras" || from.starts_with("keras.") ||
                     from.starts_with("tf_keras.") || from == "builtins";
  if (!keras || name(registered).find('>') != std::string::npos) {
    not_supported(
        where, "a class of Keras",
        fmt::format("{} of {}", brief(result.class_name), brief(keras ? *registered : *module)));
  }
  result.config = object.find("config");
  return result;
}

OrderedJson keras_object(const char* module, const std::string& class_name, OrderedJson config) {
  OrderedJson object;
  object["module"] = module;
  object["class_name"] = class_name;
  object["config"] = std::move(config);
  object["registered_name"] = nullptr;
  return object;
}

Shape read_shape(const Json& value, const Where& where) {
  Shape shape;
  for (const Json& axis : read_list(value, where)) {
    const int64_t length = axis.is_null() ? kNone : read_integer(axis, where);
    if (!axis.is_null() && (length < 1 || length > kMaxAxis)) {
      bad_file(where, fmt::format("axes from 1 to {}", kMaxAxis), brief(axis));
    }
    shape.push_back(length);
  }
  if (shape.size() < 2 || shape.size() > kMaxAxes) {
    bad_file(where, fmt::format("2 to {} axes", kMaxAxes), fmt::format("{}", shape.size()));
  }
  return shape;
}

OrderedJson shape_json(const Shape& shape) {
  OrderedJson list = OrderedJson::array();
  for (const int64_t axis : shape) {
    if (axis == kNone) {
      list.push_back(nullptr);
    } else {
      list.push_back(axis);
    }
  }
  return list;
}

}  // namespace eddy::files
