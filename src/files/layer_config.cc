// SPDX-License-Identifier: MIT
#include "files/layer_config.h"

#include <map>
#include <optional>
#include <utility>

#include "files/graph_config.h"
#include "files/initializer_config.h"
#include "files/spec_config.h"
#include "files/words.h"
#include "layers/constraints.h"
#include "layers/options.h"
#include "layers/regularizers.h"

namespace eddy::files {
namespace {

constexpr size_t kMostAxes = 32;  // NumPy's limit

bool read_trainable(ConfigObject& config) {
  const Json* found = config.find("trainable");
  return found == nullptr || found->is_null() || read_bool(*found, config.where("trainable"));
}

// Of a wrapper the flags of the layers inside count, whatever it says itself.
bool trains_inside(const LayerSpec& spec) {
  if (const auto* steps = std::get_if<TimeDistributedOptions>(&spec)) {
    return steps->layer && steps->layer->trainable;
  }
  const auto* both = std::get_if<BidirectionalOptions>(&spec);
  return both != nullptr && ((both->layer && both->layer->trainable) ||
                             (both->backward_layer && both->backward_layer->trainable));
}

// A number, or lists of lists of numbers, all of one length.
Constants read_constants(const Json& json, const Where& where) {
  Constants read(Shape{}, {});
  for (const Json* part = &json; part->is_array(); part = &(*part)[0]) {
    read.shape.push_back(static_cast<int64_t>(part->size()));
    if (part->empty()) bad_file(where, "numbers", "an empty list");
  }
  const auto collect = [&](const auto& self, const Json& part, size_t depth) -> void {
    if (depth == read.shape.size()) {
      read.values.push_back(read_number(part, where));
      return;
    }
    if (!part.is_array() || static_cast<int64_t>(part.size()) != read.shape[depth]) {
      bad_file(where, fmt::format("lists of {} values", read.shape[depth]), brief(part));
    }
    for (const Json& inside : part) self(self, inside, depth + 1);
  };
  collect(collect, json, 0);
  return read;
}

// An absent key keeps its default, as in Keras.
class OptionReader {
 public:
  OptionReader(ConfigObject& config, bool legacy) : config_(config), legacy_(legacy) {}

  template <class T>
  void operator()(const char* key, T& value) {
    if (const Json* found = config_.find(key)) read(*found, config_.where(key), value);
  }
  template <class T>
  void if_given(const char* key, std::optional<T>& value) {
    (*this)(key, value);
  }
  void single(const char* key, int64_t& value) {
    const Json* found = config_.find(key);
    if (found == nullptr || found->is_null()) return;
    const Where where = config_.where(key);
    if (found->is_array() && found->size() != 1) {
      bad_file(where, "one size", fmt::format("{}", found->size()));
    }
    read(found->is_array() ? (*found)[0] : *found, where, value);
  }
  void integer(const char* key, int64_t& value) {
    std::vector<int64_t> values = {value};
    integers(key, values);
    if (values.size() != 1) {
      bad_file(config_.where(key), "one integer", fmt::format("{}", values.size()));
    }
    value = values[0];
  }
  void integers(const char* key, std::vector<int64_t>& values) {
    const Json* found = config_.find(key);
    if (found == nullptr) return;
    const Where where = config_.where(key);
    if (!found->is_array()) {
      values = {bounded(*found, where)};
      return;
    }
    if (found->size() > kMostAxes) {
      bad_file(where, fmt::format("at most {} integers", kMostAxes),
               fmt::format("{}", found->size()));
    }
    values.clear();
    for (const Json& value : *found) values.push_back(bounded(value, where));
  }
  void word(const char* key, std::string& value, const char* none) {
    const Json* found = config_.find(key);
    if (found == nullptr) return;
    value = found->is_null() ? none : read_string(*found, config_.where(key));
  }
  void word_unless(const char* key, std::string& value, const char*) {
    if (const Json* found = config_.find(key)) value = read_string(*found, config_.where(key));
  }
  void layer(const char* key, LayerBox& value) {
    const Json* found = config_.find(key);
    if (found != nullptr && !found->is_null()) {
      value = read_layer(*found, config_.where(key), legacy_);
    }
  }
  void cells(const char* key, std::vector<RecurrentOptions>& cells, bool& stacked) {
    const Where where = config_.where(key);
    const KerasObject object = read_keras_object(config_.at(key), where);
    stacked = object.class_name == "StackedRNNCells";
    if (!stacked) {
      cells = {read_cell(object, where)};
      return;
    }
    if (object.config == nullptr) bad_file(where, "a key 'config'", "none");
    ConfigObject own(*object.config, where);
    own.ignore({"name", "trainable", "dtype"});  // of the trainable flags those of the cells count
    const Json& list = own.at("cells");
    if (!list.is_array() || list.empty()) bad_file(own.where("cells"), "a list", brief(list));
    for (const Json& cell : list) {
      cells.push_back(read_cell(read_keras_object(cell, own.where("cells")), where));
    }
    own.expect_all_read();
  }
  template <class T>
  void only(const char* key, T value, const char* fix = kChangeInKeras) {
    config_.only(key, value, fix);
  }
  bool cells_train() const { return cells_train_.value_or(true); }

 private:
  RecurrentOptions read_cell(const KerasObject& object, const Where& where) {
    const std::string suffix = "Cell";
    const std::string& name = object.class_name;
    const std::string layer =
        name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : "";
    if (!has_cell(layer)) {
      not_supported(where, "SimpleRNNCell, LSTMCell, GRUCell or StackedRNNCells", name);
    }
    if (object.config == nullptr) bad_file(where, "a key 'config'", "none");
    RecurrentOptions cell;
    cell.cell = find_cell(layer).name;
    ConfigObject config(*object.config, where.at(name));
    cell.name = read_string(config.at("name"), config.where("name"));
    config.ignore({"implementation"});
    const bool trainable = read_trainable(config);
    if (cells_train_ && *cells_train_ != trainable) {
      not_supported(config.where("trainable"), "the same for all cells", "others");
    }
    cells_train_ = trainable;
    if (const Json* policy = config.find("dtype")) expect_float32(*policy, config.where("dtype"));
    visit_cell(cell, OptionReader(config, legacy_));
    if (const Json* seed = config.find("seed")) read(*seed, config.where("seed"), cell.seed);
    config.expect_all_read();
    return cell;
  }
  static int64_t bounded(const Json& json, const Where& where) {
    const int64_t value = read_integer(json, where);
    if (value < -INT32_MAX || value > INT32_MAX) {
      bad_file(where, fmt::format("{} to {}", -INT32_MAX, INT32_MAX), fmt::format("{}", value));
    }
    return value;
  }
  static void read(const Json& json, const Where& where, bool& value) {
    value = read_bool(json, where);
  }
  static void read(const Json& json, const Where& where, int64_t& value) {
    value = read_integer(json, where);
    // A size: products of two must stay within 64 bits.
    if (value < 1 || value > INT32_MAX) {
      bad_file(where, fmt::format("1 to {}", INT32_MAX), fmt::format("{}", value));
    }
  }
  static void read(const Json& json, const Where& where, double& value) {
    value = read_number(json, where);
  }
  static void read(const Json& json, const Where& where, Initializer& value) {
    value = read_initializer(json, where, value);
  }
  static void read(const Json& json, const Where& where, std::optional<int64_t>& value) {
    value.reset();
    if (!json.is_null()) value = read_integer(json, where);
  }
  static void read(const Json& json, const Where& where, std::optional<Regularizer>& value) {
    value.reset();
    if (!json.is_null()) {
      static_cast<Spec&>(value.emplace()) = read_spec(regularizer_rows(), json, where);
    }
  }
  static void read(const Json& json, const Where& where, std::optional<Constants>& value) {
    value.reset();
    if (!json.is_null()) value = read_constants(json, where);
  }
  static void read(const Json& json, const Where& where, std::optional<Constraint>& value) {
    value.reset();
    if (!json.is_null()) {
      static_cast<Spec&>(value.emplace()) = read_spec(constraint_rows(), json, where);
    }
  }
  // Null is a linear activation, an object a layer or a function of the user's.
  void read(const Json& json, const Where& where, std::string& value) const {
    if (json.is_object() && json.value("config", Json()) == kRegisteredHardSigmoid) {
      value = kOldHardSigmoid;
      return;
    }
    if (json.is_object()) not_supported(where, "an activation by name", brief(json));
    value = json.is_null() ? "linear" : read_string(json, where);
    if (legacy_ && value == "hard_sigmoid") value = kOldHardSigmoid;
  }

  ConfigObject& config_;
  bool legacy_;
  std::optional<bool> cells_train_;
};

// What Keras 2 called the same layers.
std::string todays_class(const std::string& class_name) {
  static const std::map<std::string, std::string> old_names = {
      {"CuDNNLSTM", "LSTM"}, {"CuDNNGRU", "GRU"}, {"LSTMV1", "LSTM"},
      {"LSTMV2", "LSTM"},    {"GRUV1", "GRU"},    {"GRUV2", "GRU"}};
  const auto found = old_names.find(class_name);
  return found == old_names.end() ? class_name : found->second;
}

// Keys of all Keras versions that change nothing here, once they hold these values.
void read_harmless(ConfigObject& config) {
  // Every layer of Keras 2 has it, also where Keras 3 and the options here do not.
  if (!config.was_read("activity_regularizer")) config.only("activity_regularizer", nullptr);
  config.only("quantization_config", nullptr);
  config.only("time_major", false);
  config.only("sparse", false);
  config.only("ragged", false);
  config.ignore({"implementation", "use_cudnn", "input_length", "num_constants", "input_dtype",
                 "batch_input_shape", "input_shape", "optional", "enable_caching_device"});
}

}  // namespace

void expect_float32(const Json& value, const Where& where) {
  if (value.is_null() || value == "float32") return;
  if (value.is_object()) {
    const KerasObject policy = read_keras_object(value, where);
    const bool known = policy.class_name == "DTypePolicy" || policy.class_name == "Policy";
    if (known && policy.config != nullptr && policy.config->is_object() &&
        policy.config->value("name", Json()) == "float32") {
      return;
    }
    not_supported(where, "float32",
                  policy.config != nullptr ? policy.config->dump().substr(0, 60) : brief(value));
  }
  not_supported(where, "\"float32\"", brief(value));
}

bool is_model_class(const std::string& class_name) {
  return class_name == "Sequential" || class_name == "Functional" || class_name == "Model";
}

LayerSpec read_layer(const Json& value, const Where& where, bool legacy) {
  const KerasObject object = read_keras_object(value, where);
  if (is_model_class(object.class_name)) {
    auto model = std::make_shared<const GraphOptions>(read_graph(value, where, legacy));
    return NestedOptions{model, model->name};
  }
  LayerSpec spec;
  try {
    spec = default_spec(todays_class(object.class_name));
  } catch (const Error& e) {
    throw Error(e.code(), where.file, fmt::format("{}, {}", where.subject, e.subject()), e.fix());
  }
  if (object.config == nullptr) bad_file(where, "a key 'config'", "none");
  const Json unnamed;
  const Json& name = object.config->is_object() ? object.config->value("name", unnamed) : unnamed;
  const std::string shown = name.is_string() ? name.get<std::string>() : "?";
  ConfigObject config(*object.config,
                      where.at(fmt::format("layer '{}' ({})", shown, object.class_name)));
  set_layer_name(spec, read_string(config.at("name"), config.where("name")));
  if (layer_name(spec).empty()) bad_file(config.where("name"), "a name", "none");
  if (const Json* policy = config.find("dtype")) expect_float32(*policy, config.where("dtype"));
  OptionReader reader(config, legacy);
  std::visit([&](auto& o) { visit_options(o, reader); }, options_of(spec));
  const bool trainable = read_trainable(config);
  spec.trainable = std::holds_alternative<RNNOptions>(spec) ? reader.cells_train()
                                                            : trainable || trains_inside(spec);
  if (auto* recurrent = std::get_if<RecurrentOptions>(&spec)) {
    OptionReader(config, legacy)("seed", recurrent->seed);
    // Keras before 2.1 knew no other.
    const bool gru = object.class_name == "GRU" && config.find("reset_after") == nullptr;
    if (legacy && gru) recurrent->reset_after = false;
  }
  read_harmless(config);
  config.expect_all_read();
  return spec;
}

}  // namespace eddy::files
