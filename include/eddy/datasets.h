// SPDX-License-Identifier: MIT
// Ready data sets, with keras.datasets' algorithms and keras.utils.pad_sequences.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eddy/scratch.h"
#include "eddy/source.h"
#include "eddy/tensor.h"
#include "eddy/text.h"

namespace eddy {

using Sequences = std::vector<std::vector<int32_t>>;

struct PadOptions {
  std::optional<int64_t> maxlen = {};  // none: the longest sequence
  std::string padding = "pre";         // "pre" or "post"
  std::string truncating = "pre";      // which end is cut: "pre" keeps the last maxlen items
  int32_t value = 0;
};

// Keras' pad_sequences: [sequences, maxlen]. Empty sequences become rows of `value`. Throws
// Error{invalid_argument} for another word than "pre"/"post", a maxlen below 1, or more than 2^34
// cells.
EDDY_API IntTensor pad_sequences(const Sequences& sequences, const PadOptions& options = {});

// How the rows of an encoder's texts are filled up and cut.
EDDY_API PadOptions padding_of(const TextEncoder& encoder);

// Sequences of ids as pad_sequences() gives them, filled up no sooner than a model asks for them:
// only what was added is kept, in memory as long as that suffices, then in a scratch file. 8 bytes
// for each sequence stay in memory.
class EDDY_API PaddedSequences : public IntSource {
 public:
  // Throws Error{invalid_argument} as pad_sequences(), and for a negative `memory`.
  explicit PaddedSequences(const PadOptions& padding = {}, const ScratchOptions& scratch = {});
  ~PaddedSequences() override;

  // One more at the end; what padding.maxlen cuts off is not kept. Throws Error{invalid_argument}
  // when `memory` is too little even for the 8 bytes of each, Error{io} when the scratch file
  // cannot be made or its disk is full.
  void add(std::span<const int32_t> ids);

  // [sequences, padding.maxlen or the longest, 1 at least]
  const Shape& shape() const override { return shape_; }
  void gather(std::span<const int64_t> samples, int32_t* rows) const override;

  int64_t scratch_bytes() const;  // of the scratch file; 0: there is none

 private:
  struct State;
  std::unique_ptr<State> state_;
  Shape shape_ = {0, 1};
};

namespace datasets {

struct Split {
  Sequences x;
  Tensor y;  // [reviews]  0 or 1
};

// Arguments of keras.datasets.imdb.load_data, same defaults, same results.
struct ImdbOptions {
  std::optional<int64_t> num_words = {};  // ids from here on become oov_char; none: the largest id
  int64_t skip_top = 0;                   // ids below become oov_char
  std::optional<int64_t> maxlen = {};     // reviews of this length or more are dropped, not cut
  uint32_t seed = 113;
  std::optional<int32_t> start_char = 1, oov_char = 2;  // none: no start; words left out
  int32_t index_from = 3;                               // id = rank + index_from
  // Where to look first; then $EDDY_DATA_DIR, ~/.keras/datasets, then the public address, from
  // which a file goes to ~/.keras/datasets. A place without the data is passed over.
  std::string data_dir = {};
  bool download = true;
  // Called while downloading: file name, bytes so far, bytes in all (0: unknown).
  std::function<void(const std::string&, uint64_t, uint64_t)> progress = {};
};

// What a data set was made from.
struct Info {
  std::string name;    // "imdb" or "synthetic reviews"
  std::string source;  // the file it came from; "built in" for the synthetic reviews
  std::string sha256;  // of that file; for a folder and built-in reviews of their ids and labels
};

// A loaded data set: `auto [train, test] = imdb(...)`.
struct TextDataset {
  Split train, test;
};

// The Large Movie Review data set: imdb.npz, or the folder aclImdb with imdb_word_index.json.
// Throws Error{io} when it is nowhere or data_dir is no folder, Error{bad_file} for a damaged or
// foreign file, Error{bad_data} for ids or labels out of range or an empty review,
// Error{invalid_argument} for a negative option or a maxlen that keeps nothing.
EDDY_API TextDataset imdb(const ImdbOptions& options = {}, Info* info = nullptr);

// imdb_word_index.json as words by rank. Same places, same errors.
EDDY_API std::vector<std::string> imdb_words(const ImdbOptions& options = {});

struct ReviewsOptions {
  std::optional<int64_t> num_words = {};
  uint64_t seed = 113;
  int64_t train_size = 25000, test_size = 25000;
};

// Synthetic reviews from a grammar with negation and contrast: the schema and the lengths of
// imdb(), as many reviews of either class, the same for the same seed everywhere. Throws
// Error{invalid_argument} for a size outside 1 to 1,000,000.
EDDY_API TextDataset reviews(const ReviewsOptions& options = {}, Info* info = nullptr);
// Their words by rank, for every seed.
EDDY_API std::vector<std::string> reviews_words();

// A person's own labelled texts.
struct LabelledText {
  std::string text, label;
};

struct LabelledTextsOptions {
  std::string text = {}, label = {};  // columns or keys; empty: found by their usual names
  int64_t max_bytes = 0;              // of a row, a line or a file; 0, and at most: 16 MiB
};

// Reads labelled texts one by one, in the memory of one: a folder with a sub-folder of .txt files
// for every class; .csv and .tsv by RFC 4180 with the columns' names in the first line; .jsonl with
// an object a line, whose label may be a string, a number or a bool. Texts are UTF-8: a byte that
// belongs to no character becomes U+FFFD and is counted. Labels lose the blanks around them.
class EDDY_API LabelledTexts {
 public:
  // Throws Error{io} when there is nothing of that name, Error{not_supported} for another ending,
  // Error{invalid_argument} for columns that are not there or cannot be guessed, Error{bad_data}
  // for a class without texts.
  explicit LabelledTexts(const std::filesystem::path& path,
                         const LabelledTextsOptions& options = {});
  ~LabelledTexts();
  LabelledTexts(LabelledTexts&&) noexcept;
  LabelledTexts& operator=(LabelledTexts&&) noexcept;

  // The next one; false at the end. Throws Error{bad_data} naming file and line for a row of
  // another length, an open quote, a line or text above max_bytes, a missing or empty label or one
  // above 1,000 bytes; Error{bad_file} for zero bytes, as binary files and UTF-16 have.
  bool next(LabelledText& record);
  void rewind();

  // Of the text that next() gave last: "reviews.csv, line 12" or a file's path.
  std::string place() const;
  std::string format() const;                // "folder", "csv", "tsv" or "jsonl"
  const std::string& text_column() const;    // empty for a folder
  const std::string& label_column() const;   // empty for a folder
  bool guessed() const;                      // one of them at least
  uint64_t invalid_bytes() const;            // replaced since the beginning or rewind()
  const std::string& first_invalid() const;  // place() of the first of them
  // Of all texts and labels in their order, once next() has returned false; "" before.
  const std::string& sha256() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace datasets
}  // namespace eddy
