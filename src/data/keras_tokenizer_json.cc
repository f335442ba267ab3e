// SPDX-License-Identifier: MIT
// A Tokenizer as Keras' JSON: its dictionaries are JSON texts inside of the JSON.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/utf8.h"
#include "data/bad_file.h"
#include "data/keras_tokenizer.h"

namespace eddy {
namespace {

using nlohmann::json;

const data::Where kJsonWhere = {"Tokenizer", "JSON"};
constexpr const char* kAsKeras = "take the text as to_json() gave it.";
constexpr size_t kMaxWords = 5'000'000;

[[noreturn]] void bad(const std::string& expected, const std::string& got) {
  data::bad_file(kJsonWhere, expected, got, kAsKeras);
}

// {"key": number or string, ...} in its order; a document tree of that order would compare each key
// with all before it.
class FlatObject : public nlohmann::json_sax<json> {
 public:
  struct Member {
    std::string key, text;
    int64_t number = 0;
  };
  FlatObject(const char* name, bool of_texts) : name_(name), of_texts_(of_texts) {}
  std::vector<Member> members;

  bool start_object(std::size_t) override {
    if (inside_) wrong("another object");
    return inside_ = true;
  }
  bool end_object() override { return true; }
  bool key(std::string& key) override {
    if (members.size() == kMaxWords) wrong(fmt::format("more than {} entries", kMaxWords));
    members.push_back({std::move(key), "", 0});
    return true;
  }
  bool number_unsigned(uint64_t number) override {
    if (!inside_ || of_texts_ || number > INT64_MAX) wrong(fmt::format("{}", number));
    members.back().number = static_cast<int64_t>(number);
    return true;
  }
  bool string(std::string& text) override {
    if (!inside_ || !of_texts_) wrong("a string");
    members.back().text = std::move(text);
    return true;
  }
  bool null() override { wrong("null"); }
  bool boolean(bool) override { wrong("a boolean"); }
  bool number_integer(int64_t number) override { wrong(fmt::format("{}", number)); }
  bool number_float(double, const std::string& text) override { wrong(text); }
  bool binary(json::binary_t&) override { wrong("binary data"); }
  bool start_array(std::size_t) override { wrong("an array"); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    wrong(fmt::format("broken JSON near byte {}", position));
  }
  [[noreturn]] void wrong(const std::string& got) const {
    bad(fmt::format("an object of {} as '{}'", of_texts_ ? "words" : "numbers from 0 on", name_),
        got);
  }

 private:
  const char* name_;
  bool of_texts_, inside_ = false;
};

const json& member(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) bad(fmt::format("a member '{}'", key), "none");
  return *found;
}

std::vector<FlatObject::Member> read_dictionary(const json& config, const char* key,
                                                bool of_texts = false) {
  FlatObject reader(key, of_texts);
  const json& value = member(config, key);
  if (!value.is_string()) reader.wrong(value.type_name());
  json::sax_parse(value.get_ref<const std::string&>(), &reader);
  return std::move(reader.members);
}

int32_t index_in(const std::string& text, const char* key) {
  int32_t index = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, index);
  if (error != std::errc() || at != end || index < 0) {
    bad(fmt::format("ids as keys of '{}'", key), "\"" + text + "\"");
  }
  return index;
}

std::string read_text(const json& config, const char* key) {
  const json& value = member(config, key);
  if (!value.is_string()) bad(fmt::format("a string as '{}'", key), value.type_name());
  return value.get<std::string>();
}

bool read_bool(const json& config, const char* key) {
  const json& value = member(config, key);
  if (!value.is_boolean()) bad(fmt::format("a bool as '{}'", key), value.type_name());
  return value.get<bool>();
}

int64_t read_count(const json& value, const char* key, int64_t most) {
  if (value.is_null()) return 0;
  if (value.is_number_integer() && value >= 0 && value <= most) return value.get<int64_t>();
  bad(fmt::format("0 to {} as '{}'", most, key),
      value.dump(-1, ' ', true, json::error_handler_t::replace));
}

TokenizerOptions read_options(const json& config) {
  TokenizerOptions options;
  options.num_words = read_count(member(config, "num_words"), "num_words", INT32_MAX);
  options.filters = read_text(config, "filters");
  options.lower = read_bool(config, "lower");
  options.split = read_text(config, "split");
  options.char_level = read_bool(config, "char_level");
  if (!member(config, "oov_token").is_null()) options.oov_token = read_text(config, "oov_token");
  if (const auto analyzer = config.find("analyzer");
      analyzer != config.end() && !analyzer->is_null()) {
    throw Error(ErrorCode::not_supported, kJsonWhere.file,
                "analyzer: expected none, got a function of Python.",
                "split the texts by `split` and `filters`.");
  }
  if (options.split.empty()) bad("a separator as 'split'", "an empty one");
  return options;
}

// Whatever bytes a word has, as ASCII.
std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', true, json::error_handler_t::replace);
}

template <class Entries>
std::string dictionary(const Entries& entries) {
  std::string text;
  for (const auto& [key, value] : entries) {
    text += text.empty() ? "{" : ", ";
    if constexpr (std::is_same_v<std::decay_t<decltype(key)>, std::string>) {
      text += quoted(key);
    } else {
      text += fmt::format("\"{}\"", key);
    }
    text += ": ";
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
      text += quoted(value);
    } else {
      text += std::to_string(value);
    }
  }
  return text.empty() ? "{}" : text + "}";
}

}  // namespace

std::string Tokenizer::to_json() const {
  const State& state = *state_;
  const TokenizerOptions& options = state.options;
  nlohmann::ordered_json config;
  config["num_words"] = nullptr;
  if (options.num_words > 0) config["num_words"] = options.num_words;
  config["filters"] = options.filters;
  config["lower"] = options.lower;
  config["split"] = options.split;
  config["char_level"] = options.char_level;
  config["oov_token"] = nullptr;
  if (options.oov_token) config["oov_token"] = *options.oov_token;
  config["document_count"] = state.document_count;
  config["word_counts"] = dictionary(state.word_counts.entries());
  config["word_docs"] = dictionary(state.word_docs.entries());
  config["index_docs"] = dictionary(state.index_docs);
  config["index_word"] =
      dictionary(std::map<int32_t, std::string>(state.index_word.begin(), state.index_word.end()));
  config["word_index"] = dictionary(word_index());
  const nlohmann::ordered_json tokenizer = {{"class_name", "Tokenizer"},
                                            {"config", std::move(config)}};
  return tokenizer.dump(-1, ' ', true);
}

Tokenizer Tokenizer::from_json(const std::string& text) {
  const json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) bad("an object", "broken JSON");
  if (!value.is_object()) bad("an object", value.type_name());
  const json& name = member(value, "class_name");
  if (name != "Tokenizer") bad("the class_name \"Tokenizer\"", "another one");
  const json& config = member(value, "config");
  if (!config.is_object()) bad("an object as 'config'", config.type_name());
  Tokenizer tokenizer(read_options(config));
  State& state = *tokenizer.state_;
  state.document_count = read_count(member(config, "document_count"), "document_count", INT64_MAX);
  for (const auto& entry : read_dictionary(config, "word_counts")) {
    state.word_counts[entry.key] = entry.number;
  }
  for (const auto& entry : read_dictionary(config, "word_docs")) {
    state.word_docs[entry.key] = entry.number;
  }
  for (const auto& entry : read_dictionary(config, "index_docs")) {
    state.index_docs[index_in(entry.key, "index_docs")] = entry.number;
  }
  for (const auto& entry : read_dictionary(config, "word_index")) {
    if (entry.number < 1 || entry.number > INT32_MAX) {
      bad(fmt::format("ids 1 to {} in 'word_index'", INT32_MAX), fmt::format("{}", entry.number));
    }
    state.word_index[entry.key] = static_cast<int32_t>(entry.number);
  }
  for (auto& entry : read_dictionary(config, "index_word", true)) {
    state.index_word[index_in(entry.key, "index_word")] = std::move(entry.text);
  }
  return tokenizer;
}

}  // namespace eddy
