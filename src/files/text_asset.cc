// SPDX-License-Identifier: MIT
#include "files/text_asset.h"

#include <algorithm>

#include "core/ranks.h"
#include "core/utf8.h"
#include "files/config_object.h"

namespace eddy::files {
namespace {

constexpr int64_t kOfWords = 1, kOfVectorization = 2, kOfWordLines = 3;  // versions
constexpr const char* kGiveTheEncoder =
    "pass the encoder that made the training data to set_text_encoder.";
constexpr int64_t kMaxClasses = 100'000;
constexpr size_t kMaxAssetValues = kMaxWords + 100;
constexpr int64_t kMaxId = INT32_MAX / 2;  // sums of two stay ids

int32_t read_id(ConfigObject& object, const char* key) {
  const int64_t value = read_integer(object.at(key), object.where(key));
  return value < INT32_MIN || value > INT32_MAX ? -1 : static_cast<int32_t>(value);
}

std::vector<std::string> read_words(ConfigObject& object, const char* key) {
  const Where where = object.where(key);
  std::vector<std::string> words;
  for (const Json& word : read_list(object.at(key), where)) {
    words.push_back(read_string(word, where));
  }
  return words;
}

void check_answers(const TextEncoder& encoder, ErrorCode code, const Where& where,
                   const char* fix) {
  const auto classes = static_cast<int64_t>(encoder.classes.size());
  if (classes == 1 || classes > kMaxClasses || (classes == 0 && !encoder.vectorization)) {
    fail(code, where.at("number of classes"),
         fmt::format("{}2 to {}", encoder.vectorization ? "0 or " : "", kMaxClasses),
         fmt::format("{}", classes), fix);
  }
  if (!(encoder.threshold >= 0 && encoder.threshold <= 1)) {
    fail(code, where.at("threshold"), "0 to 1", fmt::format("{}", encoder.threshold), fix);
  }
}

// What is written can be read: both go through here.
void check(const TextEncoder& encoder, ErrorCode code, const Where& where, const char* fix) {
  check_answers(encoder, code, where, fix);
  if (encoder.vectorization) return;
  const auto within = [&](const char* key, int64_t value, int64_t low, int64_t high) {
    if (value >= low && value <= high) return;
    fail(code, where.at(key), fmt::format("{} to {}", low, high), fmt::format("{}", value), fix);
  };
  within("num_words", encoder.num_words, 0, kMaxId);
  within("start_char", encoder.start_char, 0, kMaxId);
  within("oov_char", encoder.oov_char, 0, kMaxId);
  within("index_from", encoder.index_from, 0, kMaxId);
  within("maxlen", encoder.maxlen, 1, kMaxRow);
  for (const auto& side : {encoder.padding, encoder.truncating}) {
    if (side != "pre" && side != "post") {
      fail(code, where, "padding and truncating pre or post", brief(side), fix);
    }
  }
}

void check_words(const TextEncoder& encoder, ErrorCode code, const Where& where, const char* fix) {
  if (encoder.words.size() > size_t{kMaxWords}) {
    fail(code, where.at("number of words"), fmt::format("0 to {}", kMaxWords),
         fmt::format("{}", encoder.words.size()), fix);
  }
  const int64_t twice = Ranks(encoder.words).repeated();
  if (twice < 0) return;
  fail(code, where, "each word once", brief(encoder.words[static_cast<size_t>(twice)]), fix);
}

void check_size(const Where& where, const std::string& text) {
  if (text.size() <= kMaxText) return;
  fail(ErrorCode::invalid_argument, where, fmt::format("at most {} bytes", kMaxText),
       fmt::format("{}", text.size()), "leave rare words out of the vocabulary.");
}

// One more than kMaxWords, should there be more.
std::vector<std::string> lines_of(const Where& where, const std::string& text) {
  if (!is_utf8(text)) bad_file(where, "UTF-8", "other bytes");
  std::vector<std::string> lines;
  const auto ends = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  lines.reserve(std::min(ends + 1, size_t{kMaxWords} + 1));
  for (size_t first = 0; lines.size() <= size_t{kMaxWords};) {
    const size_t end = text.find('\n', first);
    lines.emplace_back(text.substr(first, end - first));
    if (end == std::string_view::npos) break;
    first = end + 1;
  }
  return lines;
}

}  // namespace

bool words_fill_lines(const TextEncoder& encoder) {
  return !encoder.vectorization && !encoder.words.empty() &&
         std::none_of(encoder.words.begin(), encoder.words.end(),
                      [](const std::string& word) { return word.find('\n') != std::string::npos; });
}

std::string words_asset(const TextEncoder& encoder) {
  const Where where{"text encoder", kWordsMember};
  check_words(encoder, ErrorCode::invalid_argument, where, kGiveTheEncoder);
  std::string text = fmt::format("{}", fmt::join(encoder.words, "\n"));
  check_size(where, text);
  if (!is_utf8(text)) not_utf8(where);
  return text;
}

std::string text_asset(const TextEncoder& encoder, bool words_apart) {
  const Where where{"text encoder", kTextMember};
  check(encoder, ErrorCode::invalid_argument, where, kGiveTheEncoder);
  if (!words_apart) check_words(encoder, ErrorCode::invalid_argument, where, kGiveTheEncoder);
  OrderedJson json;
  json["format"] = "eddy.text";
  json["version"] = encoder.vectorization ? kOfVectorization
                    : words_apart         ? kOfWordLines
                                          : kOfWords;
  if (encoder.vectorization) {  // it stands among the layers
    json["lower"] = encoder.lower;
    json["threshold"] = encoder.threshold;
    json["classes"] = encoder.classes;
    return dump_json(where, json);
  }
  json["num_words"] = encoder.num_words;
  json["start_char"] = encoder.start_char;
  json["oov_char"] = encoder.oov_char;
  json["index_from"] = encoder.index_from;
  json["maxlen"] = encoder.maxlen;
  json["padding"] = encoder.padding;
  json["truncating"] = encoder.truncating;
  json["threshold"] = encoder.threshold;
  json["classes"] = encoder.classes;
  if (!words_apart) json["words"] = encoder.words;
  std::string text = dump_json(where, json);
  check_size(where, text);
  return text;
}

TextEncoder read_text_asset(const Where& where, std::string_view text,
                            const std::function<std::string()>& words_member) {
  const Json value = parse_json(where, text, kMaxAssetValues);
  ConfigObject object(value, where);
  if (read_string(object.at("format"), object.where("format")) != "eddy.text") {
    bad_file(object.where("format"), "\"eddy.text\"", brief(object.at("format")));
  }
  const auto version = read_integer(object.at("version"), object.where("version"));
  if (version < kOfWords || version > kOfWordLines) {
    not_supported(object.where("version"), fmt::format("{} to {}", kOfWords, kOfWordLines),
                  fmt::format("{}", version),
                  "read the model with the eddy that wrote it, or a newer one.");
  }
  TextEncoder encoder;
  if (version == kOfVectorization) {
    encoder.vectorization.emplace();
    encoder.lower = read_bool(object.at("lower"), object.where("lower"));
    encoder.threshold = read_number(object.at("threshold"), object.where("threshold"));
    encoder.classes = read_words(object, "classes");
    object.expect_all_read();
    check(encoder, ErrorCode::bad_file, where, kSaveAgain);
    return encoder;
  }
  encoder.num_words = read_integer(object.at("num_words"), object.where("num_words"));
  encoder.start_char = read_id(object, "start_char");
  encoder.oov_char = read_id(object, "oov_char");
  encoder.index_from = read_id(object, "index_from");
  encoder.maxlen = read_integer(object.at("maxlen"), object.where("maxlen"));
  encoder.padding = read_string(object.at("padding"), object.where("padding"));
  encoder.truncating = read_string(object.at("truncating"), object.where("truncating"));
  encoder.threshold = read_number(object.at("threshold"), object.where("threshold"));
  encoder.classes = read_words(object, "classes");
  const bool apart = version == kOfWordLines;
  const Where place = apart ? Where{where.file, kWordsMember} : where;
  encoder.words = apart ? lines_of(place, words_member()) : read_words(object, "words");
  object.expect_all_read();
  check(encoder, ErrorCode::bad_file, where, kSaveAgain);
  check_words(encoder, ErrorCode::bad_file, place, kSaveAgain);
  return encoder;
}

}  // namespace eddy::files
