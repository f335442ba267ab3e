// SPDX-License-Identifier: MIT
// Keras' legacy Tokenizer (keras.preprocessing.text.Tokenizer): words by frequency, the same
// numbers, the same JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/datasets.h"
#include "eddy/export.h"
#include "eddy/tensor.h"

namespace eddy {

struct TokenizerOptions {
  // Ids from here on are left out, or become the oov_token's: num_words - 1 words stay. 0: all.
  int64_t num_words = 0;
  std::string filters = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n";  // each becomes `split`
  bool lower = true;                                              // as Python's str.lower()
  std::string split = " ";  // between words; empty words fall away
  bool char_level = false;  // characters in place of words; the filters do not matter then
  std::optional<std::string> oov_token = {};  // has the id 1, and stands for unknown words

  bool operator==(const TokenizerOptions&) const = default;
};

// Ids begin with 1, the most frequent word first, those as frequent as each other in the order in
// which they came. Texts are UTF-8; a byte that belongs to no character counts as U+FFFD.
class EDDY_API Tokenizer {
 public:
  // Throws Error{invalid_argument} for a num_words outside 0 to 2^31 - 1 or an empty split.
  explicit Tokenizer(TokenizerOptions options = {});
  ~Tokenizer();
  Tokenizer(const Tokenizer& other);
  Tokenizer& operator=(const Tokenizer& other);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // Counts words; further calls add to what was counted, and may change ids.
  void fit_on_texts(const std::vector<std::string>& texts);
  // Counts for "tfidf" alone in how many sequences each id stands.
  void fit_on_sequences(const Sequences& sequences);

  Sequences texts_to_sequences(const std::vector<std::string>& texts) const;
  // Words joined by blanks.
  std::vector<std::string> sequences_to_texts(const Sequences& sequences) const;
  // [texts, num_words, or words + 1 without], by mode:
  //   "binary"  1 for each id that is there      "count"  how often it is there
  //   "freq"    count / ids of the text          "tfidf"  (1 + ln count) ln(1 + D / (1 + df))
  // Throws Error{invalid_argument} for another mode, an id below 0, before anything was fitted, or
  // above 2^34 cells.
  Tensor texts_to_matrix(const std::vector<std::string>& texts,
                         const std::string& mode = "binary") const;
  Tensor sequences_to_matrix(const Sequences& sequences, const std::string& mode = "binary") const;

  const TokenizerOptions& options() const;
  int64_t document_count() const;
  std::vector<std::pair<std::string, int32_t>> word_index() const;   // by id
  std::vector<std::pair<std::string, int64_t>> word_counts() const;  // in the order of coming
  std::vector<std::pair<std::string, int64_t>> word_docs() const;    // texts that have the word

  // Keras' tokenizer.to_json() and tokenizer_from_json(). from_json throws Error{bad_file} for
  // anything else than a Tokenizer's.
  std::string to_json() const;
  static Tokenizer from_json(const std::string& json);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace eddy
