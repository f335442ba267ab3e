// SPDX-License-Identifier: MIT
// What turns a raw text into the ids that a model was trained on. It travels inside model.keras.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "eddy/tensor.h"

namespace eddy {

// The IMDB recipe of Keras: lower-case words, id = rank + index_from, padded in front.
struct TextEncoder {
  std::vector<std::string> words;  // words[r - 1] has rank r; rank 1 is the most frequent word
  int64_t num_words = 0;           // ids >= num_words become oov_char; 0: no limit
  int32_t start_char = 1, oov_char = 2, index_from = 3;
  int64_t maxlen = 0;  // length of a padded row
  std::string padding = "pre", truncating = "pre";
  double threshold = 0.5;  // probability above which the answer is class 1
  std::vector<std::string> classes = {"negative", "positive"};

  bool operator==(const TextEncoder&) const = default;
};

// Lower-cased words of a UTF-8 text: Keras' filter characters are blanks, so the line break `<br
// />` is the word "br", as in imdb.npz. An invalid byte is a blank too.
EDDY_API std::vector<std::string> tokenize(std::string_view text);

// Word -> rank. Throws Error{bad_data} if a word stands twice.
EDDY_API std::unordered_map<std::string, int32_t> rank_of_words(const TextEncoder& encoder);

// Ids of each text, start_char first, not padded. Words that the vocabulary lacks are dropped, as
// imdb.npz did; words beyond num_words become oov_char. Throws Error{bad_data} for a text without a
// single letter or digit, Error{invalid_argument} for an index_from that gives ids outside 32 bits.
EDDY_API std::vector<std::vector<int32_t>> encode(const TextEncoder& encoder,
                                                  const std::vector<std::string>& texts);

}  // namespace eddy
