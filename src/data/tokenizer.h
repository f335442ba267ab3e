// SPDX-License-Identifier: MIT
// The one place where a text becomes words: for imdb's raw folder, for tokenize() and for encode().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace eddy::data {

// Cuts a UTF-8 text as Python's
//   text.lower().translate({each of !"#$%&()*+,-./:;<=>?@[\]^_`{|}~\t\n: " "}).split()
// does, which gives the ids of an imdb.npz that was built from the raw texts with Python 3, review
// for review. (The words of imdb_word_index.json were counted earlier from bytes: ASCII letters
// lowered, only blanks split, so it has a few hundred words like "hour\u0085and" that no text can
// give.) An HTML line break `<br />` leaves the word "br". An invalid byte is a blank.
class Tokenizer {
 public:
  // Starts on a text; it is lower-cased here, in memory that is kept for the next one.
  void start(std::string_view text);
  // The next word, valid until start(); empty at the end.
  std::string_view next() {
    const char* const end = text_.data() + text_.size();
    while (at_ < end && *at_ == ' ') ++at_;
    const char* const first = at_;
    while (at_ < end && *at_ != ' ') ++at_;
    return {first, static_cast<size_t>(at_ - first)};
  }

 private:
  size_t append_beyond_ascii(std::string_view rest);

  std::string text_;  // lower-case, separators turned into blanks
  const char* at_ = nullptr;
};

// Appends every character of a UTF-8 text in lower case; U+FFFD for a byte that is not UTF-8.
void append_lower_case(std::string_view text, std::string& lowered);

// Whether a text has at least one letter or digit of any script.
bool has_letter_or_digit(std::string_view text);

}  // namespace eddy::data
