// SPDX-License-Identifier: MIT
// The article's networks on IMDB with the weights and batches of scripts/golden_article.py.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/layers.h"
#include "eddy/tensor.h"

namespace eddy::golden {

inline constexpr int64_t kSteps = 300, kBatch = 128, kReviews = 20000, kWords = 10000,
                         kMaxlen = 500, kUnits = 32;

// Embedding, the recurrent layer, Dense(1, "sigmoid").
std::vector<LayerSpec> article_layers(const std::string& cell);

// Embedding, kernel, recurrent_kernel, bias, Dense kernel, Dense bias.
std::vector<Tensor> article_weights(const std::string& cell);

// The batches of `steps` steps one after another: 128 of the first 20,000 training reviews a step,
// in order, from the first again after the last.
struct ArticleData {
  IntTensor x;  // [128 * steps, 500]
  Tensor y;
};
ArticleData article_data(int64_t steps);

}  // namespace eddy::golden
