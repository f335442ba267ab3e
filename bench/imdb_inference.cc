// SPDX-License-Identifier: MIT
// Time of predict() on IMDB, for scripts/bench.py: batches of 128 reviews of 500 ids, the first
// reviews of the training set, Embedding(10000, 32), CELL(32), Dense(1).
//   imdb_inference CELL BATCHES THREADS      the reviews: $EDDY_DATA_DIR, ~/.keras/datasets
// Prints one line of JSON: seconds of a batch, the mean over the batches, the median of the rounds.
#include <eddy/eddy.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "measure.h"

namespace {

constexpr int64_t kBatch = 128;

void measure(const std::string& cell, int64_t batches, int64_t threads) {
  eddy::set_num_threads(threads);
  auto [train, test] = eddy::datasets::imdb({.num_words = 10000, .download = false});
  train.x.resize(static_cast<size_t>(batches * kBatch));
  const eddy::Input x = eddy::pad_sequences(train.x, {.maxlen = 500});
  eddy::Sequential model({eddy::Embedding(10000, 32), eddy::Recurrent({.units = 32, .cell = cell}),
                          eddy::Dense(1, "sigmoid")},
                         {.seed = 1});
  model.build({eddy::kNone, 500});
  const auto predict = [&] { model.predict(x, kBatch); };
  bench::repeat(0, 2, predict);
  auto result = bench::result(cell, bench::repeat(0.5, 5, predict), static_cast<double>(batches));
  result["threads"] = eddy::num_threads();
  result["simd"] = eddy::simd_target();
  std::cout << result << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: imdb_inference CELL BATCHES THREADS\n";
    return 2;
  }
  try {
    measure(argv[1], std::strtol(argv[2], nullptr, 10), std::strtol(argv[3], nullptr, 10));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
