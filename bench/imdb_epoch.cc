// SPDX-License-Identifier: MIT
// Training time of one network on IMDB, for scripts/bench*.py: batches of 128 reviews of 500
// ids, the first 20,000 of 25,000 reviews, Embedding(10000, 32), CELL(32), Dense(1), RMSprop.
//   imdb_epoch CELL EPOCHS THREADS      the reviews: $EDDY_DATA_DIR, ~/.keras/datasets
// Prints one line of JSON: seconds of the 157 training batches of the last epoch ("seconds") and of
// each ("train_seconds"), validation excluded, and the monotonic clock at their ends ("train_ends":
// a profile is cut to them, scripts/epoch_parts.py).
#include <eddy/eddy.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "measure.h"

namespace {

// Notes when the last batch of an epoch is done; validation comes after it.
class TrainingClock : public eddy::Callback {
 public:
  void on_train_batch_end(eddy::TrainingState& state) override {
    if (state.batch != state.batches - 1) return;
    const std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
    ends.push_back(now.count());
    seconds.push_back(state.seconds);
  }
  std::vector<double> seconds = {}, ends = {};
};

double peak_megabytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void measure(const std::string& cell, int64_t epochs, int64_t threads) {
  eddy::set_num_threads(threads);
  const auto [train, test] = eddy::datasets::imdb({.num_words = 10000, .download = false});
  eddy::Sequential model({eddy::Embedding(10000, 32), eddy::Recurrent({.units = 32, .cell = cell}),
                          eddy::Dense(1, "sigmoid")},
                         {.seed = 1});
  model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"acc"}});
  TrainingClock clock;
  model.fit(eddy::pad_sequences(train.x, {.maxlen = 500}), train.y,
            {.epochs = epochs, .batch_size = 128, .validation_split = 0.2, .callbacks = {&clock}});

  std::cout << nlohmann::json{{"case", cell},
                              {"simd", eddy::simd_target()},
                              {"threads", eddy::num_threads()},
                              {"compiler", bench::kCompiler},
                              {"peak_mb", peak_megabytes()},
                              {"seconds", clock.seconds.back()},
                              {"train_seconds", clock.seconds},
                              {"train_ends", clock.ends}}
            << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: imdb_epoch CELL EPOCHS THREADS\n";
    return 2;
  }
  try {
    measure(argv[1], std::strtol(argv[2], nullptr, 10), std::strtol(argv[3], nullptr, 10));
    return 0;
  } catch (const eddy::Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
