// SPDX-License-Identifier: MIT
#include "data/keras_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "core/nearest.h"
#include "core/utf8.h"
#include "data/python_lower.h"
#include "eddy/error.h"

namespace eddy {
namespace {

constexpr int64_t kMaxCells = int64_t{1} << 34;

[[noreturn]] void refuse_option(const std::string& subject, const std::string& fix) {
  throw Error(ErrorCode::invalid_argument, "Tokenizer", subject, fix);
}

// The bytes of the character that begins at `at` of valid UTF-8.
std::string_view character(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return text.substr(at, end - at);
}

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> list;
  for (size_t at = 0; at < text.size(); at += list.back().size()) {
    list.emplace_back(character(text, at));
  }
  return list;
}

std::vector<std::string> parts_between(const std::string& text, const std::string& split) {
  std::vector<std::string> words;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(split, at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + split.size();
  }
  return words;
}

}  // namespace

std::vector<std::string> Tokenizer::State::words_of(const std::string& given) const {
  std::string text = given;
  repair_utf8(text);
  if (options.lower) text = data::python_lower(text);
  if (options.char_level) return characters(text);
  const std::vector<std::string> filters = characters(options.filters);
  std::array<bool, 128> ascii = {};
  for (const std::string& filter : filters) {
    if (filter.size() == 1) ascii[static_cast<unsigned char>(filter[0])] = true;
  }
  std::string translated;
  for (size_t at = 0; at < text.size();) {
    const std::string_view letter = character(text, at);
    const bool is_filter = letter.size() == 1
                               ? ascii[static_cast<unsigned char>(letter[0])]
                               : std::find(filters.begin(), filters.end(), letter) != filters.end();
    translated += is_filter ? std::string_view(options.split) : letter;
    at += letter.size();
  }
  return parts_between(translated, options.split);
}

// Keras' dictionaries: an oov_token that is a word of the texts as well has the word's id, and then
// the id 1 is nobody's.
void Tokenizer::State::number_words() {
  const auto& entries = word_counts.entries();
  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return entries[a].second > entries[b].second; });
  word_index.clear();
  index_word.clear();
  int32_t next = 1;
  if (options.oov_token) word_index[*options.oov_token] = next++;
  for (const size_t i : order) word_index[entries[i].first] = next++;
  for (const auto& [word, index] : word_index) index_word[index] = word;
  for (const auto& [word, docs] : word_docs.entries()) {
    if (const int32_t index = index_of(word); index > 0) index_docs[index] = docs;
  }
}

Tokenizer::Tokenizer(TokenizerOptions options) : state_(std::make_unique<State>()) {
  if (options.num_words < 0 || options.num_words > INT32_MAX) {
    refuse_option(fmt::format("num_words: expected 0 to {}, got {}.", INT32_MAX, options.num_words),
                  "leave it at 0 for all words.");
  }
  if (options.split.empty()) {
    refuse_option("split: expected a separator, got an empty one.",
                  "use char_level for the characters of a text.");
  }
  repair_utf8(options.filters);
  repair_utf8(options.split);
  if (options.oov_token) repair_utf8(*options.oov_token);
  state_->options = std::move(options);
}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(const Tokenizer& other) : state_(std::make_unique<State>(*other.state_)) {}
Tokenizer& Tokenizer::operator=(const Tokenizer& other) {
  state_ = std::make_unique<State>(*other.state_);
  return *this;
}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

void Tokenizer::fit_on_texts(const std::vector<std::string>& texts) {
  State& state = *state_;
  for (const std::string& text : texts) {
    ++state.document_count;
    std::unordered_set<std::string> seen;
    for (const std::string& word : state.words_of(text)) {
      ++state.word_counts[word];
      if (seen.insert(word).second) ++state.word_docs[word];
    }
  }
  state.number_words();
}

void Tokenizer::fit_on_sequences(const Sequences& sequences) {
  state_->document_count += static_cast<int64_t>(sequences.size());
  for (const auto& sequence : sequences) {
    const std::unordered_set<int32_t> ids(sequence.begin(), sequence.end());
    for (const int32_t id : ids) ++state_->index_docs[id];
  }
}

Sequences Tokenizer::texts_to_sequences(const std::vector<std::string>& texts) const {
  const State& state = *state_;
  const int32_t oov = state.oov_index();
  Sequences sequences;
  sequences.reserve(texts.size());
  for (const std::string& text : texts) {
    auto& ids = sequences.emplace_back();
    for (const std::string& word : state.words_of(text)) {
      const int32_t index = state.index_of(word);
      const bool known = index > 0 && !state.is_cut(index);
      if (known || oov > 0) ids.push_back(known ? index : oov);
    }
  }
  return sequences;
}

std::vector<std::string> Tokenizer::sequences_to_texts(const Sequences& sequences) const {
  const State& state = *state_;
  const auto oov = state.index_word.find(state.oov_index());
  std::vector<std::string> texts;
  texts.reserve(sequences.size());
  for (const auto& sequence : sequences) {
    std::string& text = texts.emplace_back();
    bool first = true;
    for (const int32_t id : sequence) {
      const auto known = state.index_word.find(id);
      const bool kept = known != state.index_word.end() && !state.is_cut(id);
      if (!kept && oov == state.index_word.end()) continue;
      if (!first) text += ' ';
      first = false;
      text += kept ? known->second : oov->second;
    }
  }
  return texts;
}

Tensor Tokenizer::texts_to_matrix(const std::vector<std::string>& texts,
                                  const std::string& mode) const {
  return sequences_to_matrix(texts_to_sequences(texts), mode);
}

Tensor Tokenizer::sequences_to_matrix(const Sequences& sequences, const std::string& mode) const {
  const State& state = *state_;
  const std::vector<std::string> modes = {"binary", "count", "freq", "tfidf"};
  if (std::find(modes.begin(), modes.end(), mode) == modes.end()) {
    refuse_option(fmt::format("mode: expected a known name, got '{}'.", mode),
                  suggest(mode, modes));
  }
  int64_t width = state.options.num_words;
  if (width == 0) width = static_cast<int64_t>(state.word_index.size()) + 1;
  if (width == 1 && state.options.num_words == 0) {
    refuse_option("num_words: expected one, or texts to be fitted on, got neither.",
                  "call fit_on_texts() first.");
  }
  if (mode == "tfidf" && state.document_count == 0) {
    refuse_option("tfidf: expected texts to be fitted on, got none.", "call fit_on_texts() first.");
  }
  const auto rows = static_cast<int64_t>(sequences.size());
  if (rows > kMaxCells / width) {
    refuse_option(
        fmt::format("matrix: expected at most {} cells, got {} x {}.", kMaxCells, rows, width),
        "set num_words, or take fewer texts at a time.");
  }
  Tensor matrix({rows, width});
  for (size_t row = 0; row < sequences.size(); ++row) {
    std::unordered_map<int32_t, int64_t> counts;
    for (const int32_t id : sequences[row]) {
      if (id < 0)
        refuse_option(fmt::format("ids: expected 0 and more, got {}.", id), "use this class' ids.");
      if (id < width) ++counts[id];
    }
    float* const cells = matrix.data() + static_cast<int64_t>(row) * width;
    for (const auto& [id, times] : counts) {
      const auto count = static_cast<double>(times);
      double value = 1;
      if (mode == "count") value = count;
      if (mode == "freq") value = count / static_cast<double>(sequences[row].size());
      if (mode == "tfidf") {
        const auto found = state.index_docs.find(id);
        const int64_t docs = found == state.index_docs.end() ? 0 : found->second;
        value = (1 + std::log(count)) * std::log(1 + static_cast<double>(state.document_count) /
                                                         (1 + static_cast<double>(docs)));
      }
      cells[id] = static_cast<float>(value);
    }
  }
  return matrix;
}

const TokenizerOptions& Tokenizer::options() const { return state_->options; }
int64_t Tokenizer::document_count() const { return state_->document_count; }

std::vector<std::pair<std::string, int32_t>> Tokenizer::word_index() const {
  std::vector<std::pair<std::string, int32_t>> words(state_->word_index.begin(),
                                                     state_->word_index.end());
  std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second < b.second : a.first < b.first;
  });
  return words;
}
std::vector<std::pair<std::string, int64_t>> Tokenizer::word_counts() const {
  return state_->word_counts.entries();
}
std::vector<std::pair<std::string, int64_t>> Tokenizer::word_docs() const {
  return state_->word_docs.entries();
}

}  // namespace eddy
