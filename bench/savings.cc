// SPDX-License-Identifier: MIT
// What each exact saving (ARCHITECTURE.md) is worth on the IMDB network: the same work again where
// the saving does not apply. Models and data of bench/imdb_epoch.cc, one thread.
//   savings [CELL...]      default: simple_rnn gru lstm; reviews: $EDDY_DATA_DIR, ~/.keras/datasets
// Prints a row each: milliseconds of a batch (median of the rounds, variants interleaved) and the
// ratio to all savings together, which is a ratio within each round.
#include <eddy/eddy.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace {

constexpr int64_t kBatches = 20;
constexpr int kRounds = 5;

struct Variant {
  const char* name;
  const char* padding;    // "post": the words come first, so no two rows begin alike
  bool by_ids;            // no: a layer in between hands on floats, and ids are forgotten
  const char* optimizer;  // "adam" moves every row of the table, as Keras'
};
constexpr Variant kVariants[] = {
    {"all savings", "pre", true, "rmsprop"},
    {"no shared prefix (padded on the right)", "post", true, "rmsprop"},
    {"no distinct ids (floats in between)", "pre", false, "rmsprop"},
    {"neither", "post", false, "rmsprop"},
    {"all; adam, which moves every row of the table", "pre", true, "adam"},
};

class BatchClock : public eddy::Callback {
 public:
  void on_train_batch_end(eddy::TrainingState& state) override { seconds = state.seconds; }
  double seconds = 0;
};

eddy::Sequential make_model(const std::string& cell, const Variant& variant) {
  eddy::Sequential model({}, {.seed = 1});
  model.add(eddy::Embedding(10000, 32));
  if (!variant.by_ids) model.add(eddy::Activation("linear"));
  model.add(eddy::Recurrent({.units = 32, .cell = cell}));
  model.add(eddy::Dense(1, "sigmoid"));
  model.compile({.optimizer = variant.optimizer, .loss = "binary_crossentropy"});
  return model;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void measure(const std::string& cell, const eddy::datasets::Split& train) {
  std::vector<eddy::Sequential> models;
  std::vector<eddy::IntTensor> inputs;
  for (const Variant& variant : kVariants) {
    models.push_back(make_model(cell, variant));
    inputs.push_back(eddy::pad_sequences(train.x, {.maxlen = 500, .padding = variant.padding}));
  }
  std::vector<std::vector<double>> milliseconds(models.size()), ratios(models.size());
  for (int round = -1; round < kRounds; ++round) {  // the first one warms up
    for (size_t v = 0; v < models.size(); ++v) {
      BatchClock clock;
      models[v].fit(inputs[v], train.y,
                    {.batch_size = 128, .callbacks = {&clock}, .steps_per_epoch = kBatches});
      if (round < 0) continue;
      milliseconds[v].push_back(clock.seconds * 1e3 / kBatches);
      ratios[v].push_back(milliseconds[v].back() / milliseconds[0].back());
    }
  }
  for (size_t v = 0; v < models.size(); ++v) {
    const auto [least, most] = std::minmax_element(ratios[v].begin(), ratios[v].end());
    std::printf("%-10s  %-46s  %7.2f ms  %5.2f  (%.2f to %.2f)\n", cell.c_str(), kVariants[v].name,
                median(milliseconds[v]), median(ratios[v]), *least, *most);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::string> cells(argv + 1, argv + argc);
    if (cells.empty()) cells = {"simple_rnn", "gru", "lstm"};
    eddy::set_num_threads(1);
    const auto [train, test] = eddy::datasets::imdb({.num_words = 10000, .download = false});
    std::printf("a batch of 128 reviews of 500 ids, one thread, %s\n", eddy::simd_target().c_str());
    for (const auto& cell : cells) measure(cell, train);
    return 0;
  } catch (const eddy::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
