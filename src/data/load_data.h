// SPDX-License-Identifier: MIT
// keras.datasets.imdb.load_data after the file has been read (keras/src/datasets/imdb.py).
#pragma once

#include "data/imdb_raw.h"
#include "eddy/datasets.h"

namespace eddy::data {

// Throws Error{invalid_argument} for an option below 0 or above 1e9.
void check_options(const datasets::ImdbOptions& options);

// Shuffles by numpy's legacy RandomState(seed), the same generator for both splits, then
// start_char, index_from, maxlen, num_words, skip_top and oov_char, in Keras' order. Throws
// Error{invalid_argument} when maxlen leaves a split empty.
datasets::TextDataset load_data(const RawImdb& raw, const datasets::ImdbOptions& options);

}  // namespace eddy::data
