// SPDX-License-Identifier: MIT
#include "data/vectorization.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

#include "core/nearest.h"
#include "core/utf8.h"
#include "data/text_ranks.h"
#include "data/token_counts.h"
#include "eddy/datasets.h"
#include "eddy/error.h"

namespace eddy {
namespace {

constexpr int64_t kMaxWidth = 100;  // of an n-gram
constexpr const char* kVectorizationWhere = "TextVectorization";
constexpr int64_t kSpecial = 2;  // ids before the vocabulary's

void check_word(const char* key, const std::string& word, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return;
  throw Error(ErrorCode::invalid_argument, kVectorizationWhere,
              fmt::format("{}: expected a known name, got '{}'.", key, word), suggest(word, known));
}

void check_number(const char* key, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return;
  throw Error(ErrorCode::invalid_argument, kVectorizationWhere,
              fmt::format("{}: expected {} to {}, got {}.", key, least, most, value),
              "use Keras' arguments.");
}

void check_layer(const TextVectorization& layer) {
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
bool is_ascii_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

namespace data {

TokenSplitter::TokenSplitter(const TextVectorization& layer)
    : lower_(layer.standardize.starts_with("lower")),
      strip_(layer.standardize.ends_with("punctuation")),
      split_(layer.split == "whitespace"  ? blanks
             : layer.split == "character" ? characters
                                          : none),
      ngrams_(layer.ngrams) {
  check_layer(layer);
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

bool TokenSplitter::next(size_t& at, std::string_view& token) const {
  const std::string_view text = text_;
  if (split_ == none) {  // one token, though it be empty
    if (at > 0) return false;
    at = 1;
    token = text;
    return true;
  }
  if (split_ == blanks) {
    while (at < text.size() && is_ascii_blank(text[at])) ++at;
  }
  if (at >= text.size()) return false;
  const auto goes_on = [&](char c) {
    return split_ == blanks ? !is_ascii_blank(c) : (static_cast<unsigned char>(c) & 0xC0) == 0x80;
  };
  const size_t first = at++;
  while (at < text.size() && goes_on(text[at])) ++at;
  token = text.substr(first, at - first);
  return true;
}

void TokenSplitter::join_ngrams() {
  std::vector<std::string_view> words;
  std::string_view word;
  for (size_t at = 0; next(at, word);) words.push_back(word);
  tokens_.clear();
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

TextIds::TextIds(const TextVectorization& layer)
    : layer_(layer), splitter_(layer), ranks_(layer.vocabulary) {
  if (const int64_t twice = ranks_.repeated(); twice >= 0) {
    throw Error(ErrorCode::invalid_argument, kVectorizationWhere,
                fmt::format("vocabulary: expected each token once, got \"{}\" twice.",
                            layer.vocabulary[static_cast<size_t>(twice)]),
                "use the vocabulary that the model was trained with.");
  }
  for (const char* special : {"", kUnknownToken}) {
    if (ranks_.find(special) == 0) continue;
    throw Error(ErrorCode::invalid_argument, kVectorizationWhere,
                fmt::format("vocabulary: expected tokens alone, got \"{}\", which stands for one.",
                            special),
                "leave out the two special entries, which Keras shows in front.");
  }
  const auto ids = static_cast<int64_t>(layer.vocabulary.size()) + kSpecial;
  if (ids <= layer.max_tokens.value_or(INT32_MAX)) return;
  throw Error(ErrorCode::invalid_argument, kVectorizationWhere,
              fmt::format("vocabulary: expected at most max_tokens - 2 = {} tokens, got {}.",
                          layer.max_tokens.value_or(INT32_MAX) - kSpecial, ids - kSpecial),
              "raise max_tokens, or leave it out.");
}

std::vector<int32_t> TextIds::of(std::string_view text) {
  std::vector<int32_t> ids;
  const auto length = static_cast<size_t>(layer_.output_sequence_length);
  splitter_.for_each(text, [&](std::string_view token) {
    if (length > 0 && ids.size() == length) return false;
    const int32_t rank = ranks_.find(token);
    ids.push_back(token.empty() ? 0 : rank + 1);  // 0 + 1: unknown
    return true;
  });
  return ids;
}

}  // namespace data

std::vector<std::string> tokens(const TextVectorization& layer, std::string_view text) {
  data::TokenSplitter splitter(layer);
  std::vector<std::string> found;
  splitter.for_each(text, [&](std::string_view token) {
    found.emplace_back(token);
    return true;
  });
  return found;
}

namespace {

constexpr int64_t kWord = 48;       // bytes of a word's std::string and its count
constexpr int64_t kWordsShare = 8;  // the words that are kept may take this part of the memory

// The most frequent of the tokens that it is given.
class MostFrequent {
 public:
  MostFrequent(int64_t most, int64_t memory)
      : most_(static_cast<size_t>(most)), memory_(memory / kWordsShare) {}

  void add(std::string_view token, int64_t count) {
    ++given_;
    if (most_ == 0) return;
    if (kept_.size() == most_) {
      const auto& [least, last] = kept_.front();
      if (std::tie(count, token) < std::make_tuple(least, std::string_view(last))) return;
      std::pop_heap(kept_.begin(), kept_.end(), std::greater<>());
      bytes_ -= bytes_of(kept_.back().second);
      kept_.pop_back();
    }
    kept_.emplace_back(count, token);
    std::push_heap(kept_.begin(), kept_.end(), std::greater<>());
    bytes_ += bytes_of(token);
    if (memory_ > 0 && bytes_ > memory_) refuse();
  }

  int64_t given() const { return given_; }
  std::vector<std::string> take() {
    std::sort_heap(kept_.begin(), kept_.end(), std::greater<>());
    std::vector<std::string> words;
    words.reserve(kept_.size());
    for (auto& entry : kept_) words.push_back(std::move(entry.second));
    return words;
  }

 private:
  static int64_t bytes_of(std::string_view token) {
    return static_cast<int64_t>(token.size()) + kWord;
  }
  [[noreturn]] void refuse() const {
    throw Error(ErrorCode::invalid_argument, kVectorizationWhere,
                fmt::format("vocabulary: expected words of at most {} bytes in all, an eighth of "
                            "the memory for counting them, got more.",
                            memory_),
                "lower num_words, raise memory, or see whether the texts lack blanks.");
  }

  size_t most_;
  int64_t memory_, bytes_ = 0, given_ = 0;
  std::vector<std::pair<int64_t, std::string>> kept_;  // a heap, the least in front
};

}  // namespace

struct VocabularyCounter::State {
  State(TextVectorization given, const ScratchOptions& scratch)
      : layer(std::move(given)), splitter(layer), memory(scratch.memory), counts(scratch) {}

  struct Learned {
    int64_t distinct;
    std::vector<std::string> words;
  };
  // What the counts so far say.
  const Learned& learn() {
    if (learned) return *learned;
    MostFrequent most(layer.max_tokens.value_or(INT32_MAX) - kSpecial, memory);
    counts.for_each([&](std::string_view token, int64_t count) { most.add(token, count); });
    learned = Learned{most.given(), most.take()};
    return *learned;
  }

  TextVectorization layer;
  data::TokenSplitter splitter;
  int64_t memory;
  data::TokenCounts counts;
  std::optional<Learned> learned;
};

VocabularyCounter::VocabularyCounter(TextVectorization layer, const ScratchOptions& scratch)
    : state_(std::make_unique<State>(std::move(layer), scratch)) {}
VocabularyCounter::~VocabularyCounter() = default;
VocabularyCounter::VocabularyCounter(VocabularyCounter&&) noexcept = default;
VocabularyCounter& VocabularyCounter::operator=(VocabularyCounter&&) noexcept = default;

int64_t VocabularyCounter::add(std::string_view text) {
  int64_t found = 0;
  state_->learned.reset();
  state_->splitter.for_each(text, [&](std::string_view token) {
    ++found;
    if (!token.empty() && token != data::kUnknownToken) state_->counts.add(token);
    return true;
  });
  return found;
}

int64_t VocabularyCounter::distinct() const {
  if (state_->counts.runs() == 0) return static_cast<int64_t>(state_->counts.in_memory());
  return state_->learn().distinct;
}

std::vector<std::string> VocabularyCounter::vocabulary() const { return state_->learn().words; }

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
