// SPDX-License-Identifier: MIT
// --baseline: a linear bag of bigrams on the same texts as the network.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "eddy/datasets.h"
#include "eddy/tensor.h"

namespace eddy::cli {

// Texts with their classes, as ids of all words, whatever the network's vocabulary is.
class WordIds {
 public:
  std::vector<int32_t> of(std::string_view text);

 private:
  std::unordered_map<std::string, int32_t> ids_;
};

// Trains on x, y and answers for the held-out ones. The record of run.json: name, val_acc, C,
// features, validation_size, seconds.
nlohmann::json train_baseline(const Sequences& x, const Tensor& y, const Sequences& held_out_x,
                              const Tensor& held_out_y, int64_t classes);

// How many of so many texts come before the held-out ones, as fit() has it. Throws UsageError when
// there are none on a side that is to have some, as fit() does.
size_t known_of(size_t texts, double validation_split);

// Of reviews: as fit() with this validation_split, the last ones are held out.
nlohmann::json review_baseline(const datasets::Split& reviews, double validation_split,
                               int64_t classes);

// "network 0.887, linear bag of bigrams 0.892: ..." and what to make of it.
std::string compare_with_baseline(const nlohmann::json& baseline, double network);

}  // namespace eddy::cli
