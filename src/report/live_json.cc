// SPDX-License-Identifier: MIT
// LiveTraining as a file, and read back with suspicion: another process writes it.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "eddy/error.h"
#include "eddy/live.h"

namespace eddy {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr int64_t kMostWhole = int64_t{1} << 53;  // beyond it a double would not tell numbers apart

OrderedJson number_json(double value) {
  return std::isfinite(value) ? OrderedJson(value) : OrderedJson();
}

OrderedJson numbers_json(const std::vector<double>& values) {
  OrderedJson list = OrderedJson::array();
  for (const double value : values) list.push_back(number_json(value));
  return list;
}

[[noreturn]] void bad_live(const std::string& where, const std::string& key, const char* expected,
                           const nlohmann::json& got) {
  throw Error(ErrorCode::bad_file, where,
              fmt::format("{}: expected {}, got {}.", key, expected, got.type_name()),
              "pass the folder of a run that `eddy train` writes.");
}

double number_of(const nlohmann::json& value, const std::string& key, const std::string& where) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!value.is_number()) bad_live(where, key, "a number", value);
  return value.get<double>();
}

std::vector<double> numbers_of(const nlohmann::json& list, const std::string& key,
                               const std::string& where) {
  if (!list.is_array()) bad_live(where, key, "a list of numbers", list);
  std::vector<double> numbers;
  numbers.reserve(list.size());
  for (const auto& value : list) numbers.push_back(number_of(value, key, where));
  return numbers;
}

// The fields of one object; what is not there keeps its default.
class LiveReader {
 public:
  LiveReader(const nlohmann::json& object, const std::string& where)
      : object_(object), where_(where) {}

  const nlohmann::json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  void text(const char* key, std::string& value) const {
    const auto* found = find(key);
    if (found == nullptr) return;
    if (!found->is_string()) bad_live(where_, key, "a text", *found);
    value = found->get<std::string>();
  }
  void whole(const char* key, int64_t& value) const {
    const auto* found = find(key);
    if (found == nullptr) return;
    const double number = found->is_number_integer() ? found->get<double>() : -1;
    if (!(number >= 0 && number <= static_cast<double>(kMostWhole))) {
      bad_live(where_, key, "a whole number from 0", *found);
    }
    value = found->get<int64_t>();
  }
  void real(const char* key, double& value) const {
    if (const auto* found = find(key)) value = number_of(*found, key, where_);
  }
  void real(const char* key, std::optional<double>& value) const {
    const auto* found = find(key);
    if (found != nullptr && !found->is_null()) value = number_of(*found, key, where_);
  }
  const nlohmann::json& list(const char* key, const nlohmann::json& none) const {
    const auto* found = find(key);
    if (found == nullptr) return none;
    if (!found->is_array()) bad_live(where_, key, "a list", *found);
    return *found;
  }
  const nlohmann::json& object(const char* key, const nlohmann::json& none) const {
    const auto* found = find(key);
    if (found == nullptr) return none;
    if (!found->is_object()) bad_live(where_, key, "an object", *found);
    return *found;
  }

 private:
  const nlohmann::json& object_;
  const std::string& where_;
};

void parse_curve(const LiveReader& reader, LiveTraining& training, const std::string& where) {
  const nlohmann::json none = nlohmann::json::object();
  const nlohmann::json& curve = reader.object("curve", none);
  const LiveReader fields(curve, where);
  if (const auto* epochs = fields.find("epoch")) {
    for (const double epoch : numbers_of(*epochs, "curve epoch", where)) {
      training.curve.push_back({epoch, {}});
    }
  }
  for (const auto& item : curve.items()) {
    if (item.key() == "epoch") continue;
    const auto values = numbers_of(item.value(), item.key(), where);
    if (values.size() != training.curve.size()) {
      bad_live(where, item.key(), "as many numbers as epochs", item.value());
    }
    training.curve_keys.push_back(item.key());
    for (size_t i = 0; i < values.size(); ++i) training.curve[i].values.push_back(values[i]);
  }
}

// A list, which keeps the order of the layers.
void parse_norms(const LiveReader& reader, LiveTraining& training, const std::string& where) {
  const nlohmann::json none = nlohmann::json::array();
  for (const auto& item : reader.list("gradient_norms", none)) {
    if (!item.is_object()) bad_live(where, "gradient_norms", "objects", item);
    const LiveReader fields(item, where);
    auto& [layer, norms] = training.gradient_norms.emplace_back();
    fields.text("layer", layer);
    norms = numbers_of(fields.list("norms", none), "norms", where);
  }
}

void parse_events(const LiveReader& reader, LiveTraining& training, const std::string& where) {
  const nlohmann::json none = nlohmann::json::array();
  for (const auto& item : reader.list("events", none)) {
    if (!item.is_object()) bad_live(where, "events", "objects", item);
    LiveEvent event;
    const LiveReader fields(item, where);
    fields.real("time", event.time);
    fields.whole("epoch", event.epoch);
    fields.whole("batch", event.batch);
    fields.text("what", event.what);
    training.events.push_back(std::move(event));
  }
}

OrderedJson curve_json(const LiveTraining& training) {
  OrderedJson curve = {{"epoch", OrderedJson::array()}};
  for (const auto& point : training.curve) curve["epoch"].push_back(number_json(point.epoch));
  for (size_t k = 0; k < training.curve_keys.size(); ++k) {
    OrderedJson& values = curve[training.curve_keys[k]] = OrderedJson::array();
    for (const auto& point : training.curve) {
      values.push_back(k < point.values.size() ? number_json(point.values[k]) : OrderedJson());
    }
  }
  return curve;
}

OrderedJson history_lists(const History& history) {
  OrderedJson lists = {{"epoch", history.epoch}, {"seconds", numbers_json(history.seconds)}};
  for (const auto& [key, values] : history.history) lists[key] = numbers_json(values);
  return lists;
}

}  // namespace

std::string live_json(const LiveTraining& training, bool history) {
  const auto guess = [](const std::optional<double>& value) {
    return value ? number_json(*value) : OrderedJson();
  };
  OrderedJson json = {{"name", training.name},
                      {"status", training.status},
                      {"time", number_json(training.time)},
                      {"host", training.host},
                      {"pid", training.pid},
                      {"epoch", training.epoch},
                      {"epochs", training.epochs},
                      {"whole_epochs", training.whole_epochs},
                      {"batch", training.batch},
                      {"batches", training.batches},
                      {"samples", training.samples},
                      {"time_steps", training.time_steps},
                      {"seconds", number_json(training.seconds)},
                      {"seconds_in_all", number_json(training.seconds_in_all)},
                      {"batches_per_second", number_json(training.batches_per_second)},
                      {"left_in_epoch", guess(training.left_in_epoch)},
                      {"left", guess(training.left)},
                      {"learning_rate", number_json(training.learning_rate)},
                      {"logs", OrderedJson::object()},
                      {"curve", curve_json(training)},
                      {"gradient_norms", OrderedJson::array()},
                      {"events", OrderedJson::array()}};
  for (const auto& [key, value] : training.logs) json["logs"][key] = number_json(value);
  for (const auto& [layer, norms] : training.gradient_norms) {
    json["gradient_norms"].push_back({{"layer", layer}, {"norms", numbers_json(norms)}});
  }
  for (const auto& event : training.events) {
    json["events"].push_back({{"time", number_json(event.time)},
                              {"epoch", event.epoch},
                              {"batch", event.batch},
                              {"what", event.what}});
  }
  if (history) json["history"] = history_lists(training.history);
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + '\n';
}

LiveTraining parse_live(std::string_view text, const std::string& where) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) bad_live(where, "file", "one JSON object", json);
  const LiveReader reader(json, where);
  LiveTraining training;
  reader.text("name", training.name);
  reader.text("status", training.status);
  reader.real("time", training.time);
  reader.text("host", training.host);
  reader.whole("pid", training.pid);
  reader.whole("epoch", training.epoch);
  reader.whole("epochs", training.epochs);
  reader.whole("whole_epochs", training.whole_epochs);
  reader.whole("batch", training.batch);
  reader.whole("batches", training.batches);
  reader.whole("samples", training.samples);
  reader.whole("time_steps", training.time_steps);
  reader.real("seconds", training.seconds);
  reader.real("seconds_in_all", training.seconds_in_all);
  reader.real("batches_per_second", training.batches_per_second);
  reader.real("left_in_epoch", training.left_in_epoch);
  reader.real("left", training.left);
  reader.real("learning_rate", training.learning_rate);
  const nlohmann::json none = nlohmann::json::object();
  for (const auto& item : reader.object("logs", none).items()) {
    training.logs.emplace_back(item.key(), number_of(item.value(), item.key(), where));
  }
  parse_curve(reader, training, where);
  parse_norms(reader, training, where);
  parse_events(reader, training, where);
  return training;
}

}  // namespace eddy
