// SPDX-License-Identifier: MIT
// Sequences with a label for every step, from files of columns (CoNLL's manner).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "eddy/export.h"

namespace eddy::datasets {

// One label for each token.
struct TaggedSequence {
  std::vector<std::string> tokens, labels;
};

// Columns by number, counted from 1; 0: the usual one. That is the first for the tokens and the
// last for the labels; in a file *.conllu FORM and UPOS, the columns 2 and 4.
struct TaggedOptions {
  int64_t text = 0, label = 0;
};

// Reads labelled sequences one by one, in the memory of one. A token and its label stand on a line,
// apart by tabs if the first line has any, else by blanks; lines without either end a sequence. All
// lines have the columns of the first one. A line that begins with # and has other columns than
// these is a comment, -DOCSTART- in the first column ends a sequence, and in *.conllu the lines
// 3-4 and 5.1 (what was one word, what is not written) are passed over. A byte that belongs to no
// UTF-8 character becomes U+FFFD and is counted.
class EDDY_API TaggedSequences {
 public:
  // Throws Error{io} when the file cannot be read, Error{bad_file} for a folder or UTF-16,
  // Error{bad_data} for a file without a line of columns, or of one column alone,
  // Error{invalid_argument} for columns that are not there or the same one.
  explicit TaggedSequences(const std::filesystem::path& path, const TaggedOptions& options = {});
  ~TaggedSequences();
  TaggedSequences(TaggedSequences&&) noexcept;
  TaggedSequences& operator=(TaggedSequences&&) noexcept;

  // The next one, of one token at least; false at the end. Throws Error{bad_data} naming file and
  // line for other columns than the first line's, an empty token or label, a line or sequence above
  // 16 MiB, or a sequence of more than a million tokens; Error{bad_file} for zero bytes.
  bool next(TaggedSequence& sequence);
  void rewind();

  // Where the i-th token of the last sequence stands: "tags.tsv, line 12".
  std::string place(size_t i) const;
  int64_t columns() const;                   // of every line
  int64_t text_column() const;               // from 1
  int64_t label_column() const;              // from 1
  uint64_t comments() const;                 // passed over since the beginning or rewind(), as #
  uint64_t invalid_bytes() const;            // replaced since then
  const std::string& first_invalid() const;  // place() of the first of them
  // Of all tokens and labels in their order, once next() has returned false; "" before.
  const std::string& sha256() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace eddy::datasets
