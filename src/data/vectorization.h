// SPDX-License-Identifier: MIT
// The steps of Keras' TextVectorization, in memory that is kept from text to text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/ranks.h"
#include "eddy/text.h"

namespace eddy::data {

class TokenSplitter {
 public:
  // Throws Error{invalid_argument} for settings that Keras does not have.
  explicit TokenSplitter(const TextVectorization& layer);

  // The tokens of a text, one after another: visit(token) until it returns false. Only n-grams take
  // memory for all of them.
  template <class Visit>
  void for_each(std::string_view text, const Visit& visit) {
    standardize(text);
    if (ngrams_.empty()) {
      std::string_view token;
      for (size_t at = 0; next(at, token);) {
        if (!visit(token)) return;
      }
      return;
    }
    join_ngrams();
    for (const std::string_view token : tokens_) {
      if (!visit(token)) return;
    }
  }

 private:
  void standardize(std::string_view text);
  // The token from `at` on in text_, which goes behind it; false: there is none.
  bool next(size_t& at, std::string_view& token) const;
  void join_ngrams();

  bool lower_, strip_;
  enum Split { blanks, characters, none } split_;
  std::vector<int64_t> ngrams_;
  std::string text_;                      // standardized
  std::string joined_;                    // n-grams, one after another
  std::vector<std::string_view> tokens_;  // in joined_
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
