// SPDX-License-Identifier: MIT
// The data sets that commands know by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/datasets.h"
#include "eddy/text.h"
#include "flags.h"

namespace eddy::cli {

struct DatasetFlags {
  std::string dataset;  // "imdb", "reuters", "reviews" or a path
  std::string data_dir;
  std::optional<int64_t> train_size, test_size;  // of the synthetic reviews

  // `train`: declares --train-size, too.
  void declare(Flags& flags, bool train);
  bool is_path() const;  // no name of a data set
  void use_absolute_paths();
  // Throws UsageError for a missing name, a path to nothing, a folder that is none, sizes for
  // a data set that has its own.
  void check(const std::string& command) const;
};

struct Dataset {
  std::string key;  // "imdb", "reuters" or "reviews"
  datasets::TextDataset data;
  datasets::Info info;
  std::vector<std::string> words;
  std::vector<std::string> classes;  // of the labels 0, 1, ...
  std::string title() const;         // "IMDB movie reviews"
  std::string texts() const;         // "reviews" or "newswires"
};

// Texts of its ids: their words apart by blanks, without what stands for none.
std::vector<std::string> review_texts(const Dataset& dataset, const Sequences& reviews);

// What a network must know of the texts' ids.
struct IdRule {
  int64_t num_words = 0;
  int32_t start_char = 1, oov_char = 2, index_from = 3;
};

// Loads it; a download shows its progress on stderr. `fall_back`: the synthetic reviews stand in
// for IMDB when that cannot be had, with one line on stderr. Throws Error{io} otherwise.
Dataset load_dataset(const DatasetFlags& flags, const IdRule& ids, bool fall_back);

}  // namespace eddy::cli
