// SPDX-License-Identifier: MIT
// The steps of Keras' TextVectorization, in memory that is kept from text to text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/word_index.h"
#include "eddy/text.h"

namespace eddy::data {

class TokenSplitter {
 public:
  // Throws Error{invalid_argument} for settings that Keras does not have.
  explicit TokenSplitter(const TextVectorization& layer);

  // The tokens of a text, valid until the next call.
  const std::vector<std::string_view>& split(std::string_view text);

 private:
  void standardize(std::string_view text);
  void split_blanks();
  void split_characters();
  void join_ngrams();

  bool lower_, strip_;
  std::string split_;
  std::vector<int64_t> ngrams_;
  std::string text_;                      // standardized
  std::string joined_;                    // n-grams, one after another
  std::vector<std::string_view> tokens_;  // in text_, then in joined_
};

inline constexpr const char* kUnknownToken = "[UNK]";

// A TextVectorization whose vocabulary was indexed once, for many texts.
class TextIds {
 public:
  // `layer` is kept alive, and unchanged, by the caller. Throws as eddy::vectorize().
  explicit TextIds(const TextVectorization& layer);

  // At most output_sequence_length ids, not filled up.
  std::vector<int32_t> of(std::string_view text);

 private:
  const TextVectorization& layer_;
  TokenSplitter splitter_;
  Ranks ranks_;
};

}  // namespace eddy::data
