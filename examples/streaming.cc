// SPDX-License-Identifier: MIT
// A signal that comes step by step: a layer learns to follow it through the noise, and a stream
// answers to every sample as it comes, with the numbers that predict() has for the whole.
#include <eddy/eddy.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

namespace {

constexpr int64_t kSignals = 64, kSteps = 100;

struct Signals {
  eddy::Tensor noisy, clean;  // [signals, steps, 1]
};

Signals make_signals(uint32_t seed) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<float>(random() % 10000) / 10000.0F; };
  Signals made{eddy::Tensor({kSignals, kSteps, 1}), eddy::Tensor({kSignals, kSteps, 1})};
  for (int64_t i = 0; i < kSignals; ++i) {
    const float rate = 0.05F + 0.2F * uniform(), phase = 6.28F * uniform();
    for (int64_t t = 0; t < kSteps; ++t) {
      const int64_t at = i * kSteps + t;
      made.clean[at] = std::sin(phase + rate * static_cast<float>(t));
      made.noisy[at] = made.clean[at] + 0.8F * (uniform() - 0.5F);
    }
  }
  return made;
}

double mean_error(const eddy::Tensor& a, const eddy::Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(a[i] - b[i]), 2);
  return sum / static_cast<double>(a.size());
}

}  // namespace

int main() {
  const Signals known = make_signals(1), others = make_signals(2);
  eddy::Sequential model({eddy::GRU({.units = 16, .return_sequences = true}), eddy::Dense(1)},
                         {.seed = 1});
  model.compile({.optimizer = {"adam", {{"learning_rate", 0.01}}}, .loss = "mean_squared_error"});
  model.fit(known.noisy, known.clean, {.epochs = 30, .batch_size = 8});
  const eddy::Tensor whole = model.predict(others.noisy);

  eddy::Stream stream(model);
  float farthest = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < kSignals; ++i) {
    stream.reset();
    for (int64_t t = 0; t < kSteps; ++t) {
      const int64_t at = i * kSteps + t;
      const auto y = stream.step({others.noisy.data() + at, 1});
      farthest = std::max(farthest, std::abs(y[0] - whole[at]));
    }
  }
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  const double before = mean_error(others.noisy, others.clean);
  const double after = mean_error(whole, others.clean);
  std::printf(
      "noise %.4f, behind the filter %.4f; %.2f us a step; stream and whole differ by %.1e\n",
      before, after, took.count() / (kSignals * kSteps), static_cast<double>(farthest));
  return after < before / 2 && farthest < 1e-4F ? 0 : 1;
}
