// SPDX-License-Identifier: MIT
// A JSON object that is read key by key: types are checked, and no key is overlooked.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>

#include "eddy/tensor.h"
#include "files/json_text.h"

namespace eddy::files {

// Values of one type; throw Error{bad_file} naming the place.
bool read_bool(const Json& value, const Where& where);
int64_t read_integer(const Json& value, const Where& where);
double read_number(const Json& value, const Where& where);
std::string read_string(const Json& value, const Where& where);
const Json& read_list(const Json& value, const Where& where);

class ConfigObject {
 public:
  // Throws Error{bad_file} unless `value` is an object. It must outlive this one.
  ConfigObject(const Json& value, Where where);

  const Where& where() const { return where_; }
  Where where(const char* key) const { return where_.at(std::string("key '") + key + "'"); }

  // Null when there is no such key; counts as read.
  const Json* find(const char* key);
  // Throws Error{bad_file} when there is no such key.
  const Json& at(const char* key);
  bool was_read(const char* key) const { return read_.contains(key); }
  // The key may hold anything.
  void ignore(std::initializer_list<const char*> keys);
  // The key is absent or holds null or this value. Throws Error{not_supported}.
  void only(const char* key, const Json& value, const char* fix = kChangeInKeras);
  // Throws Error{bad_file} naming a key that nobody has asked for.
  void expect_all_read(const char* fix = kChangeInKeras) const;

 private:
  const Json& value_;
  Where where_;
  std::set<std::string> read_;
};

// {"module": ..., "class_name": ..., "config": ..., "registered_name": null}, as Keras writes all
// its objects. Throws Error{not_supported} for classes from outside of Keras.
struct KerasObject {
  std::string class_name;
  const Json* config;  // null: none
};
KerasObject read_keras_object(const Json& value, const Where& where);
OrderedJson keras_object(const char* module, const std::string& class_name, OrderedJson config);

// [null, 500] <-> (None, 500)
Shape read_shape(const Json& value, const Where& where);
OrderedJson shape_json(const Shape& shape);

}  // namespace eddy::files
