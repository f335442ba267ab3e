// SPDX-License-Identifier: MIT
#include "data/vectorization.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/nearest.h"
#include "data/text_ranks.h"
#include "data/utf8.h"
#include "eddy/datasets.h"
#include "eddy/error.h"

namespace eddy {
namespace {

constexpr int64_t kMaxWidth = 100;  // of an n-gram
constexpr const char* kWhere = "TextVectorization";
constexpr int64_t kSpecial = 2;  // ids before the vocabulary's

void check_word(const char* key, const std::string& word, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  throw Error(ErrorCode::invalid_argument, kWhere,
              fmt::format("{}: expected a known name, got '{}'.", key, word), suggest(word, known));
}

void check_number(const char* key, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return;
  throw Error(ErrorCode::invalid_argument, kWhere,
              fmt::format("{}: expected {} to {}, got {}.", key, least, most, value),
              "use Keras' arguments.");
}

void check(const TextVectorization& layer) {
  check_word("standardize", layer.standardize,
             {"lower_and_strip_punctuation", "lower", "strip_punctuation", "none"});
  check_word("split", layer.split, {"whitespace", "character", "none"});
  for (const int64_t width : layer.ngrams) check_number("ngrams", width, 1, kMaxWidth);
  if (layer.max_tokens) check_number("max_tokens", *layer.max_tokens, kSpecial, INT32_MAX);
  check_number("output_sequence_length", layer.output_sequence_length, 0, 1'000'000);
}

bool is_punctuation(char c) {
  return std::string_view("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'").find(c) != std::string_view::npos;
}
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

namespace data {

TokenSplitter::TokenSplitter(const TextVectorization& layer)
    : lower_(layer.standardize.starts_with("lower")),
      strip_(layer.standardize.ends_with("punctuation")),
      split_(layer.split),
      ngrams_(layer.ngrams) {
  check(layer);
}

void TokenSplitter::standardize(std::string_view text) {
  text_ = text;
  repair_utf8(text_);
  if (strip_) std::erase_if(text_, is_punctuation);
  if (!lower_) return;
  for (char& c : text_) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
}

void TokenSplitter::split_blanks() {
  const std::string_view text = text_;
  for (size_t at = 0; at < text.size();) {
    const size_t first = at;
    while (at < text.size() && !is_blank(text[at])) ++at;
    if (at > first) tokens_.push_back(text.substr(first, at - first));
    ++at;
  }
}

void TokenSplitter::split_characters() {
  const std::string_view text = text_;
  const auto continues = [&](size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  for (size_t at = 0; at < text.size();) {
    const size_t first = at++;
    while (continues(at)) ++at;
    tokens_.push_back(text.substr(first, at - first));
  }
}

void TokenSplitter::join_ngrams() {
  const std::vector<std::string_view> words = std::exchange(tokens_, {});
  joined_.clear();
  std::vector<std::pair<size_t, size_t>> places;  // the text may still move
  for (const int64_t n : ngrams_) {
    const auto width = static_cast<size_t>(n);
    for (size_t first = 0; first + width <= words.size(); ++first) {
      const size_t begin = joined_.size();
      for (size_t i = first; i < first + width; ++i) {
        if (i > first) joined_ += ' ';
        joined_ += words[i];
      }
      places.emplace_back(begin, joined_.size() - begin);
    }
  }
  const std::string_view joined = joined_;
  for (const auto& [begin, size] : places) tokens_.push_back(joined.substr(begin, size));
}

const std::vector<std::string_view>& TokenSplitter::split(std::string_view text) {
  standardize(text);
  tokens_.clear();
  if (split_ == "whitespace") {
    split_blanks();
  } else if (split_ == "character") {
    split_characters();
  } else {
    tokens_.emplace_back(text_);
  }
  if (!ngrams_.empty()) join_ngrams();
  return tokens_;
}

TextIds::TextIds(const TextVectorization& layer)
    : layer_(layer), splitter_(layer), ranks_(layer.vocabulary) {
  if (const int64_t twice = ranks_.repeated(); twice >= 0) {
    throw Error(ErrorCode::invalid_argument, kWhere,
                fmt::format("vocabulary: expected each token once, got \"{}\" twice.",
                            layer.vocabulary[static_cast<size_t>(twice)]),
                "use the vocabulary that the model was trained with.");
  }
  for (const char* special : {"", kUnknownToken}) {
    if (ranks_.find(special) == 0) continue;
    throw Error(ErrorCode::invalid_argument, kWhere,
                fmt::format("vocabulary: expected tokens alone, got \"{}\", which stands for one.",
                            special),
                "leave out the two special entries, which Keras shows in front.");
  }
  const auto ids = static_cast<int64_t>(layer.vocabulary.size()) + kSpecial;
  if (ids <= layer.max_tokens.value_or(INT32_MAX)) return;
  throw Error(ErrorCode::invalid_argument, kWhere,
              fmt::format("vocabulary: expected at most max_tokens - 2 = {} tokens, got {}.",
                          layer.max_tokens.value_or(INT32_MAX) - kSpecial, ids - kSpecial),
              "raise max_tokens, or leave it out.");
}

std::vector<int32_t> TextIds::of(std::string_view text) {
  std::vector<int32_t> ids;
  const auto length = static_cast<size_t>(layer_.output_sequence_length);
  for (const std::string_view token : splitter_.split(text)) {
    if (length > 0 && ids.size() == length) break;
    const int32_t rank = ranks_.find(token);
    ids.push_back(token.empty() ? 0 : rank + 1);  // 0 + 1: unknown
  }
  return ids;
}

}  // namespace data

std::vector<std::string> tokens(const TextVectorization& layer, std::string_view text) {
  data::TokenSplitter splitter(layer);
  const auto& found = splitter.split(text);
  return {found.begin(), found.end()};
}

struct VocabularyCounter::State {
  explicit State(TextVectorization given) : layer(std::move(given)), splitter(layer) {}
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  TextVectorization layer;
  data::TokenSplitter splitter;
  std::unordered_map<std::string, int64_t, Hash, std::equal_to<>> counts;
};

VocabularyCounter::VocabularyCounter(TextVectorization layer)
    : state_(std::make_unique<State>(std::move(layer))) {}
VocabularyCounter::~VocabularyCounter() = default;
VocabularyCounter::VocabularyCounter(VocabularyCounter&&) noexcept = default;
VocabularyCounter& VocabularyCounter::operator=(VocabularyCounter&&) noexcept = default;

int64_t VocabularyCounter::add(std::string_view text) {
  const auto& found = state_->splitter.split(text);
  for (const std::string_view token : found) {
    if (token.empty() || token == data::kUnknownToken) continue;
    const auto known = state_->counts.find(token);
    if (known != state_->counts.end()) {
      ++known->second;
    } else {
      state_->counts.emplace(token, 1);
    }
  }
  return static_cast<int64_t>(found.size());
}

int64_t VocabularyCounter::distinct() const { return static_cast<int64_t>(state_->counts.size()); }

std::vector<std::string> VocabularyCounter::vocabulary() const {
  std::vector<std::pair<int64_t, std::string_view>> ordered;
  ordered.reserve(state_->counts.size());
  for (const auto& entry : state_->counts) ordered.emplace_back(entry.second, entry.first);
  std::sort(ordered.begin(), ordered.end(), std::greater<>());
  const int64_t most = state_->layer.max_tokens.value_or(INT32_MAX) - kSpecial;
  if (static_cast<int64_t>(ordered.size()) > most) ordered.resize(static_cast<size_t>(most));
  std::vector<std::string> words;
  words.reserve(ordered.size());
  for (const auto& entry : ordered) words.emplace_back(entry.second);
  return words;
}

IntTensor vectorize(const TextVectorization& layer, const std::vector<std::string>& texts) {
  data::TextIds ids(layer);
  Sequences rows;
  rows.reserve(texts.size());
  for (const std::string& text : texts) rows.push_back(ids.of(text));
  PadOptions padding{.padding = "post", .truncating = "post"};
  if (layer.output_sequence_length > 0) padding.maxlen = layer.output_sequence_length;
  return pad_sequences(rows, padding);
}

}  // namespace eddy
