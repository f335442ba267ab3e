// SPDX-License-Identifier: MIT
// The Reuters newswires of Keras, by topic.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eddy/datasets.h"
#include "eddy/export.h"

namespace eddy::datasets {

// Arguments of keras.datasets.reuters.load_data, same defaults, same results; the others as in
// ImdbOptions.
struct ReutersOptions {
  std::optional<int64_t> num_words = {};
  int64_t skip_top = 0;
  std::optional<int64_t> maxlen = {};
  double test_split = 0.2;  // share of the newswires, from the end
  uint32_t seed = 113;
  std::optional<int32_t> start_char = 1, oov_char = 2;
  int32_t index_from = 3;
  std::string data_dir = {};
  bool download = true;
  std::function<void(const std::string&, uint64_t, uint64_t)> progress = {};
};

// reuters.npz: newswires with one of 46 topics, y [newswires] 0 to 45. Looked for, and downloaded,
// as imdb() does. Throws Error{io} when it is nowhere or data_dir is no folder, Error{bad_file} for
// a damaged or foreign file, Error{bad_data} for ids or labels out of range,
// Error{invalid_argument} for an option out of range or a maxlen that keeps nothing.
EDDY_API TextDataset reuters(const ReutersOptions& options = {}, Info* info = nullptr);

// reuters_word_index.json as words by rank. Same places, same errors.
EDDY_API std::vector<std::string> reuters_words(const ReutersOptions& options = {});

// Of the labels 0 to 45, as keras.datasets.reuters.get_label_names().
EDDY_API const std::vector<std::string>& reuters_label_names();

}  // namespace eddy::datasets
