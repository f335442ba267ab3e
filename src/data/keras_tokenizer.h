// SPDX-License-Identifier: MIT
// What a Tokenizer has counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "eddy/tokenizer.h"

namespace eddy {

// Words with a number each, in the order in which they came.
class CountedWords {
 public:
  using Entry = std::pair<std::string, int64_t>;
  int64_t& operator[](const std::string& word) {
    const auto [found, is_new] = places_.try_emplace(word, entries_.size());
    if (is_new) entries_.emplace_back(word, 0);
    return entries_[found->second].second;
  }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::unordered_map<std::string, size_t> places_;
  std::vector<Entry> entries_;
};

struct Tokenizer::State {
  TokenizerOptions options;
  int64_t document_count = 0;
  CountedWords word_counts, word_docs;
  std::unordered_map<std::string, int32_t> word_index;
  std::unordered_map<int32_t, std::string> index_word;
  std::map<int32_t, int64_t> index_docs;  // texts that have the id

  std::vector<std::string> words_of(const std::string& text) const;
  void number_words();
  // 0: none.
  int32_t index_of(const std::string& word) const {
    const auto found = word_index.find(word);
    return found == word_index.end() ? 0 : found->second;
  }
  int32_t oov_index() const { return options.oov_token ? index_of(*options.oov_token) : 0; }
  bool is_cut(int32_t index) const { return options.num_words > 0 && index >= options.num_words; }
};

}  // namespace eddy
