// SPDX-License-Identifier: MIT
// Ready data sets, with keras.datasets' algorithms and keras.utils.pad_sequences.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

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

// Keras' pad_sequences: [sequences, maxlen]. Throws Error{invalid_argument} for another word than
// "pre"/"post" or a maxlen below 1.
EDDY_API IntTensor pad_sequences(const Sequences& sequences, const PadOptions& options = {});

namespace datasets {

struct Split {
  Sequences x;
  Tensor y;  // [reviews]  0 or 1
};

// Arguments of keras.datasets.imdb.load_data, same defaults, same results.
struct ImdbOptions {
  std::optional<int64_t> num_words = {};
  int64_t skip_top = 0;
  std::optional<int64_t> maxlen = {};
  uint32_t seed = 113;
  std::optional<int32_t> start_char = 1, oov_char = 2;
  int32_t index_from = 3;
  // Where to look first; then $EDDY_DATA_DIR, ~/.keras/datasets, then the public address.
  std::string data_dir = {};
  bool download = true;
  // Called while downloading: file name, bytes so far, bytes in all (0: unknown).
  std::function<void(const std::string&, uint64_t, uint64_t)> progress = {};
};

// A loaded data set. `auto [train, test, info] = imdb(...)`, or `.train`, `.test`.
struct Info {
  std::string name;    // "imdb" or "synthetic reviews"
  std::string source;  // the file it came from; "built in" for the synthetic reviews
  std::string sha256;  // of that file, or of the generated ids; lower-case hex
};
struct TextDataset {
  Split train, test;
};

// The Large Movie Review data set: imdb.npz, or the folder aclImdb with imdb_word_index.json.
// Throws Error{io} when it is nowhere, Error{bad_file} for a damaged or foreign file, Error{bad_data}
// for ids or labels out of range.
EDDY_API TextDataset imdb(const ImdbOptions& options = {}, Info* info = nullptr);

// imdb_word_index.json as words by rank. Same places, same errors.
EDDY_API std::vector<std::string> imdb_words(const ImdbOptions& options = {});

struct ReviewsOptions {
  std::optional<int64_t> num_words = {};
  uint64_t seed = 113;
  int64_t train_size = 25000, test_size = 25000;
};

// Synthetic reviews from a grammar with negation and contrast; same schema as imdb().
EDDY_API TextDataset reviews(const ReviewsOptions& options = {}, Info* info = nullptr);
EDDY_API std::vector<std::string> reviews_words();

}  // namespace datasets
}  // namespace eddy
