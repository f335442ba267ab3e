// SPDX-License-Identifier: MIT
#include "files/vectorization_config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/ranks.h"
#include "files/config_object.h"
#include "files/layer_config.h"
#include "files/text_asset.h"
#include "files/words.h"

namespace eddy::files {
namespace {

constexpr const char* kClass = "TextVectorization";
constexpr const char* kUnknown = "[UNK]";
constexpr int64_t kMaxTokens = INT32_MAX;
constexpr int64_t kMaxWidth = 100;  // of an n-gram

bool is_class(const Json& layer, const char* name) {
  return layer.is_object() && layer.value("class_name", Json()) == name;
}

int64_t read_within(const Json& value, const Where& where, int64_t least, int64_t most) {
  const int64_t number = read_integer(value, where);
  if (number < least || number > most) {
    bad_file(where, fmt::format("{} to {}", least, most), fmt::format("{}", number));
  }
  return number;
}

// "none" for null; a function of the user's own is an object.
std::string read_word(ConfigObject& config, const char* key,
                      const std::vector<std::string>& known) {
  const Json* value = config.find(key);
  if (value == nullptr) return known[0];
  if (value->is_null()) return "none";
  if (value->is_string()) {
    auto word = value->get<std::string>();
    if (std::find(known.begin(), known.end(), word) != known.end()) return word;
  }
  not_supported(config.where(key), fmt::format("one of null, {}", fmt::join(known, ", ")),
                brief(*value));
}

// 2 is {1, 2}, a tuple its widths.
std::vector<int64_t> read_ngrams(ConfigObject& config) {
  const Json* value = config.find("ngrams");
  if (value == nullptr || value->is_null()) return {};
  const Where where = config.where("ngrams");
  std::vector<int64_t> widths;
  if (value->is_number_integer()) {
    const int64_t most = read_within(*value, where, 1, kMaxWidth);
    for (int64_t width = 1; width <= most; ++width) widths.push_back(width);
    return widths;
  }
  const bool tuple = is_class(*value, kTuple) && value->contains("items");
  const Json& list = read_list(tuple ? value->at("items") : *value, where);
  if (list.size() > static_cast<size_t>(kMaxWidth)) bad_file(where, "some widths", brief(list));
  for (const Json& width : list) widths.push_back(read_within(width, where, 1, kMaxWidth));
  return widths;
}

void check_vocabulary(const std::vector<std::string>& words, const Where& where, ErrorCode code) {
  const char* const fix = code == ErrorCode::bad_file
                              ? kSaveAgain
                              : "pass the vocabulary that the model was trained with.";
  if (words.size() > size_t{kMaxWords}) {
    fail(code, where, fmt::format("at most {} tokens", kMaxWords), fmt::format("{}", words.size()),
         fix);
  }
  const Ranks ranks(words);
  for (const char* special : {"", kUnknown}) {
    if (ranks.find(special) > 0) fail(code, where, "each token once", brief(special), fix);
  }
  const int64_t twice = ranks.repeated();
  if (twice >= 0)
    fail(code, where, "each token once", brief(words[static_cast<size_t>(twice)]), fix);
}

// Keras shows the two special entries in front, and takes a list with or without them.
std::vector<std::string> without_special(std::vector<std::string> words) {
  if (words.size() >= 2 && words[0].empty() && words[1] == kUnknown) {
    words.erase(words.begin(), words.begin() + 2);
  }
  return words;
}

std::vector<std::string> read_list_of_words(const Json& value, const Where& where) {
  if (value.is_string()) {
    not_supported(where, "the tokens", "the path " + brief(value),
                  "give Keras' layer the list of tokens instead of a file.");
  }
  std::vector<std::string> words;
  for (const Json& word : read_list(value, where)) words.push_back(read_string(word, where));
  words = without_special(std::move(words));
  check_vocabulary(words, where, ErrorCode::bad_file);
  return words;
}

TextVectorization read_layer_config(const Json& object, const Where& where) {
  const KerasObject keras = read_keras_object(object, where);
  const Where place = where.at(fmt::format("layer {}", kClass));
  if (keras.config == nullptr) bad_file(place, "a key 'config'", "none");
  ConfigObject config(*keras.config, place);
  TextVectorization layer;
  if (const Json* most = config.find("max_tokens"); most != nullptr && !most->is_null()) {
    layer.max_tokens = read_within(*most, config.where("max_tokens"), 2, kMaxTokens);
  }
  layer.standardize = read_word(config, "standardize",
                                {"lower_and_strip_punctuation", "lower", "strip_punctuation"});
  layer.split = read_word(config, "split", {"whitespace", "character"});
  layer.ngrams = read_ngrams(config);
  if (const Json* length = config.find("output_sequence_length");
      length != nullptr && !length->is_null()) {
    layer.output_sequence_length =
        read_within(*length, config.where("output_sequence_length"), 1, kMaxRow);
  }
  if (const Json* words = config.find("vocabulary"); words != nullptr && !words->is_null()) {
    layer.vocabulary = read_list_of_words(*words, config.where("vocabulary"));
  }
  config.only("output_mode", "int");
  config.only("encoding", "utf-8");
  config.only("idf_weights", nullptr);
  for (const char* kind : {"sparse", "ragged"}) config.only(kind, false);
  config.ignore(
      {"name", "trainable", "dtype", "pad_to_max_tokens", "vocabulary_size", "batch_input_shape"});
  config.expect_all_read();
  return layer;
}

OrderedJson null_or(const std::string& word) {
  return word == "none" ? OrderedJson() : OrderedJson(word);
}

OrderedJson null_or(int64_t number) { return number == 0 ? OrderedJson() : OrderedJson(number); }

OrderedJson layer_object(const TextVectorization& layer, const std::string& name) {
  OrderedJson config;
  config["name"] = name;
  config["trainable"] = true;
  config["dtype"] = float32_policy();
  config["max_tokens"] = null_or(layer.max_tokens.value_or(0));
  config["standardize"] = null_or(layer.standardize);
  config["split"] = null_or(layer.split);
  config["ngrams"] = layer.ngrams.empty() ? OrderedJson() : OrderedJson(layer.ngrams);
  config["output_mode"] = "int";
  config["output_sequence_length"] = null_or(layer.output_sequence_length);
  config["pad_to_max_tokens"] = false;
  config["sparse"] = false;
  config["ragged"] = false;
  const bool inside = stands_in_config(layer.vocabulary);
  config["vocabulary"] = inside ? OrderedJson(layer.vocabulary) : OrderedJson();
  config["idf_weights"] = nullptr;
  config["encoding"] = "utf-8";
  config["vocabulary_size"] = layer.vocabulary.size() + 2;
  OrderedJson object = keras_object("keras.layers", kClass, std::move(config));
  object["build_config"] = {{"input_shape", shape_json({kNone})}};
  return object;
}

bool is_taken(const OrderedJson& layers, const std::string& name) {
  return std::any_of(layers.begin(), layers.end(),
                     [&](const OrderedJson& layer) { return layer["config"]["name"] == name; });
}

}  // namespace

void add_vectorization(OrderedJson& model, const TextVectorization& layer) {
  const Where where{"text encoder", kClass};
  if (model["class_name"] != "Sequential") {
    fail(ErrorCode::not_supported, where, "a Sequential to stand in",
         brief(Json(model["class_name"])),
         "put the functional model into a Sequential, or give it an encoder of words.");
  }
  check_vocabulary(layer.vocabulary, where.at("vocabulary"), ErrorCode::invalid_argument);
  OrderedJson& config = model["config"];
  OrderedJson& layers = config["layers"];
  std::string name = "text_vectorization";
  while (is_taken(layers, name)) name += "_";
  OrderedJson object = layer_object(layer, name);
  const Json written = Json::parse(object.dump());
  read_layer_config(written, where);  // what is written can be read
  OrderedJson& input = layers[0]["config"];
  input["batch_shape"] = shape_json({kNone});
  input["dtype"] = "string";
  layers.insert(layers.begin() + 1, std::move(object));
  config["build_input_shape"] = shape_json({kNone});
  model["build_config"] = {{"input_shape", shape_json({kNone})}};
}

std::optional<TextVectorization> take_vectorization(Json& model, const Where& where) {
  if (!is_class(model, "Sequential") || !model.contains("config")) return std::nullopt;
  Json& config = model["config"];
  if (!config.is_object() || !config.contains("layers")) return std::nullopt;
  Json& layers = config["layers"];
  if (!layers.is_array() || layers.empty()) return std::nullopt;
  const size_t at = is_class(layers[0], "InputLayer") ? 1 : 0;
  if (layers.size() <= at || !is_class(layers[at], kClass)) return std::nullopt;
  TextVectorization layer = read_layer_config(layers[at], where);
  std::string name = "input_layer";
  if (at == 1 && layers[0].contains("config") && layers[0]["config"].is_object()) {
    const Json given = layers[0]["config"].value("name", Json());
    if (given.is_string()) name = given.get<std::string>();
  }
  layers.erase(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  Json shape = {nullptr, nullptr};
  if (layer.output_sequence_length > 0) shape[1] = layer.output_sequence_length;
  Json input;
  input["class_name"] = "InputLayer";
  input["config"] = {{"batch_shape", shape}, {"dtype", "float32"}, {"name", name}};
  layers.insert(layers.begin(), std::move(input));
  config["build_input_shape"] = shape;
  model.erase("build_config");
  return layer;
}

bool stands_in_config(const std::vector<std::string>& vocabulary) {
  constexpr std::array<std::string_view, 10> kEnds = {
      "\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
  return std::any_of(vocabulary.begin(), vocabulary.end(), [&](const std::string& word) {
    return std::any_of(kEnds.begin(), kEnds.end(),
                       [&](std::string_view end) { return word.find(end) != std::string::npos; });
  });
}

std::string vocabulary_asset(const std::vector<std::string>& vocabulary) {
  std::string text = std::string("\n") + kUnknown;
  for (const std::string& word : vocabulary) text += "\n" + word;
  return text;
}

std::vector<std::string> read_vocabulary(const Where& where, std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty() && words.size() < size_t{kMaxWords} + 3) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    words.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  while (!words.empty() && words.back().empty()) words.pop_back();
  if (words.size() < 2 || !words[0].empty() || words[1] != kUnknown) {
    bad_file(where, "an empty line, then [UNK]", "another beginning",
             "let Keras' layer learn its vocabulary by adapt(), and save the model again.");
  }
  words = without_special(std::move(words));
  check_vocabulary(words, where, ErrorCode::bad_file);
  return words;
}

}  // namespace eddy::files
