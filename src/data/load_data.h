// SPDX-License-Identifier: MIT
// keras.datasets.imdb.load_data and reuters.load_data after the file has been read
// (keras/src/datasets/imdb.py, reuters.py).
#pragma once

#include "data/imdb_raw.h"
#include "eddy/datasets.h"

namespace eddy::data {

// Throws Error{invalid_argument} naming `data_set` for an option below 0 or above 1e9.
void check_options(const datasets::ImdbOptions& options, const char* data_set = "imdb");

// Shuffles by numpy's legacy RandomState(seed), the same generator for both splits, then
// start_char, index_from, maxlen, num_words, skip_top and oov_char, in Keras' order. Throws
// Error{invalid_argument} when maxlen leaves a split empty.
datasets::TextDataset load_data(const RawImdb& raw, const datasets::ImdbOptions& options);

// The same for one list of newswires, which may be empty ones: the last `test_split` of those that
// are kept are the test split, and either may be empty. Throws Error{invalid_argument} for a share
// outside 0 to 1, or when maxlen keeps none.
datasets::TextDataset load_reuters(const RawSplit& raw, const datasets::ImdbOptions& options,
                                   double test_split);

}  // namespace eddy::data
