// SPDX-License-Identifier: MIT
// The adding problem (Hochreiter and Schmidhuber 1997): many steps, each with a number and a mark;
// two numbers are marked, one in either half, and the answer is their sum. Who always says 1 has a
// mean squared error of 0.167. LSTM and GRU carry the numbers to the end; SimpleRNN forgets them.
//
//   adding_problem [CELL] [STEPS] [EPOCHS]    default: lstm, gru and simple_rnn, 200, 60 at most
#include <eddy/eddy.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int64_t kUnits = 64, kBatch = 64, kTrain = 20'000, kTest = 2'000;
constexpr double kSolved = 0.002;

struct Samples {
  eddy::Tensor x, y;  // [samples, steps, 2], [samples]
};

Samples make_samples(int64_t count, int64_t length, uint32_t seed) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<float>(random() >> 8) / 16777216.0F; };
  Samples samples{eddy::Tensor({count, length, 2}), eddy::Tensor({count})};
  for (int64_t i = 0; i < count; ++i) {
    float* steps = samples.x.data() + i * length * 2;
    for (int64_t t = 0; t < length; ++t) steps[2 * t] = uniform();
    for (const int64_t half : {int64_t{0}, length / 2}) {
      const int64_t t = half + static_cast<int64_t>(random() % (length / 2));
      steps[2 * t + 1] = 1;
      samples.y[i] += steps[2 * t];
    }
  }
  return samples;
}

// Says how it goes, and stops once the test samples are solved.
class Judge : public eddy::Callback {
 public:
  void on_epoch_end(eddy::TrainingState& state) override {
    double error = 0;
    for (const auto& [name, value] : state.logs) {
      if (name == "val_loss") error = value;
    }
    std::printf("  epoch %2lld  mean squared error %.4f  (%.0f s)\n",
                static_cast<long long>(state.epoch) + 1, error, state.seconds);
    std::fflush(stdout);
    if (error < kSolved) state.stop_training = true;
  }
};

double train(const std::string& cell, int64_t epochs, const Samples& samples, const Samples& test) {
  eddy::Sequential model({eddy::Recurrent({.units = kUnits, .cell = cell}), eddy::Dense(1)},
                         {.seed = 1});
  model.compile({.optimizer = {"adam", {{"learning_rate", 0.002}, {"clipnorm", 1.0}}},
                 .loss = "mean_squared_error"});
  Judge judge;
  const auto history = model.fit(samples.x, samples.y,
                                 {.epochs = epochs,
                                  .batch_size = kBatch,
                                  .validation_data = eddy::LabelledData(test.x, test.y),
                                  .callbacks = {&judge}});
  return history.history.at("val_loss").back();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> cells =
      argc > 1 ? std::vector<std::string>{argv[1]}
               : std::vector<std::string>{"lstm", "gru", "simple_rnn"};
  const int64_t length = argc > 2 ? std::atoll(argv[2]) : 200;
  const int64_t epochs = argc > 3 ? std::atoll(argv[3]) : 60;
  if (length < 2 || epochs < 1) {
    std::fprintf(stderr, "usage: adding_problem [CELL] [STEPS] [EPOCHS]\n");
    return 2;
  }
  try {
    const Samples samples = make_samples(kTrain, length, 1), test = make_samples(kTest, length, 2);
    for (const std::string& cell : cells) {
      std::printf("%s, %lld units, %lld steps\n", cell.c_str(), static_cast<long long>(kUnits),
                  static_cast<long long>(length));
      const double error = train(cell, epochs, samples, test);
      std::printf("%s: mean squared error %.4f, %s (always 1: 0.167)\n", cell.c_str(), error,
                  error < kSolved ? "solved" : "NOT solved");
    }
    return 0;
  } catch (const eddy::Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
