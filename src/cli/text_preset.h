// SPDX-License-Identifier: MIT
// --preset best: a bag of words and of words in a row, the best network for texts that was found
// (docs/best_preset.md). Its table begins with naive Bayes' log-count ratios.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eddy/eddy.h"
#include "train_flags.h"

namespace eddy::cli {

inline constexpr const char* kBest = "best";
inline bool is_best(const TrainFlags& flags) { return flags.preset == kBest; }

// Gives the flags that were not given the preset's values. Throws UsageError for flags about layers
// that it does not have.
void use_preset(TrainFlags& flags, const Flags& declared);
// Those flags; a record has null for them.
std::vector<std::string> flags_without_preset();

// Words in a row that have an id of their own.
std::vector<int64_t> preset_ngrams();

//   ids      rows of the table
//   length   mean number of ids of a text
//   classes  two: one output, else as many
// Throws UsageError for a table above 1 GiB.
std::vector<LayerSpec> preset_layers(const TrainFlags& flags, int64_t ids, double length,
                                     int64_t classes);

// Ids of a row that are no padding, on average; 1 at least.
double mean_length(const IntSource& x);

// The learning rate falls to a fiftieth by half a cosine over all batches.
Optimizer preset_optimizer(const TrainFlags& flags, int64_t texts);

//   x  [texts, length]  ids of the training texts
//   y  [texts]          their classes
void begin_with_ratios(Model& model, const IntSource& x, const Tensor& y, int64_t classes);

// A line for people, and for run.json.
std::string preset_line(const TrainFlags& flags);
nlohmann::json preset_record(const TrainFlags& flags);

}  // namespace eddy::cli
