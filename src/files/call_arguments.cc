// SPDX-License-Identifier: MIT
#include "files/call_arguments.h"

#include "files/config_object.h"
#include "files/words.h"

namespace eddy::files {
namespace {

TensorName read_name(const Json& value, const Where& where) {
  return {value[0].get<std::string>(), read_integer(value[1], where),
          read_integer(value[2], where)};
}

bool is_object_of(const Json& value, const char* class_name) {
  return value.is_object() && value.value("class_name", Json()) == class_name;
}

}  // namespace

bool is_tensor_name(const Json& value) {
  return value.is_array() && (value.size() == 3 || value.size() == 4) && value[0].is_string() &&
         value[1].is_number_integer() && value[2].is_number_integer();
}

void collect_tensors(const Json& value, const Where& where, bool others,
                     std::vector<TensorName>& into) {
  if (is_tensor_name(value)) {
    into.push_back(read_name(value, where));
  } else if (value.is_array()) {
    for (const Json& item : value) collect_tensors(item, where, others, into);
  } else if (is_object_of(value, kTuple)) {
    ConfigObject tuple(value, where);
    const char* key = tuple.find("items") != nullptr ? "items" : "config";
    for (const Json& item : read_list(tuple.at(key), where)) {
      collect_tensors(item, where, others, into);
    }
  } else if (is_object_of(value, kKerasTensor)) {
    ConfigObject tensor(value, where);
    ConfigObject config(tensor.at("config"), where);
    const Json& history = config.at("keras_history");
    if (!is_tensor_name(history)) {
      bad_file(config.where("keras_history"), "[layer, call, output]", brief(history));
    }
    into.push_back(read_name(history, where));
  } else if (!value.is_null() && !others) {
    not_supported(where, "values of the model as arguments of a call", brief(value));
  }
}

}  // namespace eddy::files
