// SPDX-License-Identifier: MIT
#include "article_support.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "eddy/datasets.h"

namespace eddy::golden {
namespace {

// SplitMix64 at (weight number, index), in [-limit, limit).
std::vector<double> uniform(uint64_t number, size_t size, double limit) {
  std::vector<double> values(size);
  for (size_t i = 0; i < size; ++i) {
    uint64_t z = ((number << 32) + i + 1) * 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    z ^= z >> 31;
    values[i] = (2 * (static_cast<double>(z >> 11) * 0x1p-53) - 1) * limit;
  }
  return values;
}

// Gram and Schmidt's method.
std::vector<double> orthonormal_rows(uint64_t number, size_t rows, size_t columns) {
  auto values = uniform(number, rows * columns, 1);
  for (auto& value : values) value = static_cast<double>(static_cast<float>(value));
  const auto dot = [&](size_t a, size_t b) {
    double sum = 0;
    for (size_t k = 0; k < columns; ++k) sum += values[a * columns + k] * values[b * columns + k];
    return sum;
  };
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < i; ++j) {
      const double along = dot(i, j);
      for (size_t k = 0; k < columns; ++k) {
        values[i * columns + k] -= along * values[j * columns + k];
      }
    }
    const double length = std::sqrt(dot(i, i));
    for (size_t k = 0; k < columns; ++k) values[i * columns + k] /= length;
  }
  return values;
}

Tensor tensor(const Shape& shape, const std::vector<double>& values) {
  return {shape, std::vector<float>(values.begin(), values.end())};
}

}  // namespace

std::vector<LayerSpec> article_layers(const std::string& cell) {
  RecurrentOptions options;
  options.units = kUnits;
  options.cell = cell;
  options.name = cell;
  return {
      Embedding(EmbeddingOptions{.input_dim = kWords, .output_dim = kUnits, .name = "embedding"}),
      Recurrent(options),
      Dense(DenseOptions{.units = 1, .activation = "sigmoid", .name = "dense"})};
}

std::vector<Tensor> article_weights(const std::string& cell) {
  const int64_t gates = cell == "lstm" ? 4 : (cell == "gru" ? 3 : 1), wide = gates * kUnits;
  const auto units = static_cast<size_t>(kUnits), columns = static_cast<size_t>(wide);
  const auto glorot = [](int64_t in, int64_t out) {
    return std::sqrt(6 / static_cast<double>(in + out));
  };
  std::vector<double> bias(columns * (cell == "gru" ? 2 : 1), 0.0);
  if (cell == "lstm") std::fill_n(bias.begin() + kUnits, kUnits, 1.0);
  return {tensor({kWords, kUnits}, uniform(0, static_cast<size_t>(kWords) * units, 0.05)),
          tensor({kUnits, wide}, uniform(1, units * columns, glorot(kUnits, wide))),
          tensor({kUnits, wide}, orthonormal_rows(2, units, columns)),
          tensor(cell == "gru" ? Shape{2, wide} : Shape{wide}, bias),
          tensor({kUnits, 1}, uniform(4, units, glorot(kUnits, 1))),
          tensor({1}, {0.0})};
}

ArticleData article_data(int64_t steps) {
  const auto data = datasets::imdb({.num_words = kWords, .download = false});
  const int64_t rows = steps * kBatch;
  Sequences sequences;
  std::vector<float> labels;
  for (int64_t i = 0; i < rows; ++i) {
    sequences.push_back(data.train.x[static_cast<size_t>(i % kReviews)]);
    labels.push_back(data.train.y[i % kReviews]);
  }
  return {pad_sequences(sequences, {.maxlen = kMaxlen}), Tensor(std::move(labels))};
}

}  // namespace eddy::golden
