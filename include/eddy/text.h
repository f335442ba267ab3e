// SPDX-License-Identifier: MIT
// What turns a raw text into the ids that a model was trained on. It travels inside model.keras.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "eddy/scratch.h"
#include "eddy/tensor.h"

namespace eddy {

// Keras' TextVectorization with output_mode "int": id 0 pads, id 1 stands for what the vocabulary
// lacks, vocabulary[i] has the id i + 2. As in Keras, "lower" changes the letters A to Z alone,
// blanks are those of ASCII, and punctuation is !"#$%&()*+,-./:;<=>?@[\]^_`{|}~' and falls away
// without leaving a blank.
struct TextVectorization {
  std::optional<int64_t> max_tokens = {};  // ids in all, the two special ones among them
  std::string standardize = "lower_and_strip_punctuation";  // "lower", "strip_punctuation", "none"
  std::string split = "whitespace";    // "character": code points; "none": the text is one token
  std::vector<int64_t> ngrams = {};    // widths; empty: the tokens alone, as {1} does
  int64_t output_sequence_length = 0;  // of a row, filled or cut behind; 0: the longest
  std::vector<std::string> vocabulary = {};

  bool operator==(const TextVectorization&) const = default;
};

// The tokens of a text: standardized, split, joined to n-grams by blanks, n-grams by width. A byte
// that is not UTF-8 counts as U+FFFD. Throws Error{invalid_argument} for unknown words and widths
// outside 1 to 100.
EDDY_API std::vector<std::string> tokens(const TextVectorization& layer, std::string_view text);

// Learns a vocabulary as TextVectorization.adapt() does, text by text.
class EDDY_API VocabularyCounter {
 public:
  // `layer` says how texts become tokens; its vocabulary is not looked at. `scratch` bounds the
  // counts, which stay exact. Throws as tokens().
  explicit VocabularyCounter(TextVectorization layer, const ScratchOptions& scratch = {});
  ~VocabularyCounter();
  VocabularyCounter(VocabularyCounter&&) noexcept;
  VocabularyCounter& operator=(VocabularyCounter&&) noexcept;

  int64_t add(std::string_view text);  // the number of its tokens
  int64_t distinct() const;            // tokens so far, without "" and "[UNK]"
  // The most frequent tokens first, those as frequent as each other from the last to the first by
  // bytes, as Keras has them; at most max_tokens - 2 of them. Throws Error{invalid_argument} when
  // they take more than an eighth of scratch.memory, Error{io} as add() for the scratch file.
  std::vector<std::string> vocabulary() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What the layer gives: [texts, output_sequence_length]. Throws as tokens(), and
// Error{invalid_argument} for a vocabulary with a word twice or more than max_tokens allows.
EDDY_API IntTensor vectorize(const TextVectorization& layer, const std::vector<std::string>& texts);

// Every letter of a UTF-8 text in lower case, character by character, as Unicode has it; a byte
// that is not UTF-8 becomes U+FFFD.
EDDY_API std::string lower_case(std::string_view text);

// The IMDB recipe of Keras: lower-case words, id = rank + index_from, padded in front.
struct TextEncoder {
  std::vector<std::string> words;  // words[r - 1] has rank r; rank 1 is the most frequent word
  int64_t num_words = 0;           // ids >= num_words become oov_char; 0: no limit
  int32_t start_char = 1, oov_char = 2, index_from = 3;
  int64_t maxlen = 0;  // length of a padded row
  std::string padding = "pre", truncating = "pre";
  double threshold = 0.5;  // probability above which the answer is class 1
  std::vector<std::string> classes = {"negative", "positive"};

  // In place of all of the above but threshold and classes (which may then be many, or none for a
  // number): Keras' own layer. In a .keras file of a
  // Sequential it is that layer, in front of the others, and Keras takes texts, too.
  std::optional<TextVectorization> vectorization = {};
  // Texts go through lower_case() first. Keras lowers A to Z alone: give it texts in lower case.
  bool lower = false;

  bool operator==(const TextEncoder&) const = default;
};

// Lower-cased words of a UTF-8 text: Keras' filter characters are blanks, so the line break `<br
// />` is the word "br", as in imdb.npz. An invalid byte is a blank too.
EDDY_API std::vector<std::string> tokenize(std::string_view text);

// Word -> rank. Throws Error{bad_data} if a word stands twice.
EDDY_API std::unordered_map<std::string, int32_t> rank_of_words(const TextEncoder& encoder);

// Ids of each text, start_char first, not padded. Words that the vocabulary lacks are dropped, as
// imdb.npz did; words beyond num_words become oov_char. With a vectorization: its ids, not filled
// up, none for a text without a token. Otherwise throws Error{bad_data} for a text without a
// single letter or digit, Error{invalid_argument} for an index_from that gives ids outside 32 bits.
EDDY_API std::vector<std::vector<int32_t>> encode(const TextEncoder& encoder,
                                                  const std::vector<std::string>& texts);

// The same as the model takes them: [texts, maxlen], or for a vectorization of no fixed length the
// longest row of at least one.
EDDY_API IntTensor encode_padded(const TextEncoder& encoder, const std::vector<std::string>& texts);

}  // namespace eddy
