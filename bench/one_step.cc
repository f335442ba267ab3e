// SPDX-License-Identifier: MIT
// Time of one step of a stream (eddy/stream.h) with one feature, as audio and sensors come.
//   one_step [CELL...]      default: simple_rnn gru lstm
// Prints a line for each cell and size: the least and the median of 21 rounds, in nanoseconds.
#include <eddy/eddy.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

void measure(const std::string& cell, int64_t units) {
  eddy::Sequential model({eddy::Recurrent({.units = units, .cell = cell})}, {.seed = 1});
  model.build({eddy::kNone, eddy::kNone, 1});
  eddy::Stream stream(model);
  const int64_t steps = std::max<int64_t>(200, 20'000'000 / (units * units + 2000));
  std::vector<double> rounds;
  float x = 0.3F;
  for (int round = 0; round < 21; ++round) {
    const auto start = Clock::now();
    for (int64_t i = 0; i < steps; ++i) x = 0.9F * std::abs(stream.step({&x, 1})[0]) + 0.05F;
    const std::chrono::duration<double, std::nano> took = Clock::now() - start;
    rounds.push_back(took.count() / static_cast<double>(steps));
  }
  std::sort(rounds.begin(), rounds.end());
  std::printf("%-10s  H = %4ld  %9.1f ns  %9.1f ns\n", cell.c_str(), static_cast<long>(units),
              rounds.front(), rounds[rounds.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::string> cells(argv + 1, argv + argc);
    if (cells.empty()) cells = {"simple_rnn", "gru", "lstm"};
    std::printf("one step, one feature, %s; least and median of 21 rounds\n",
                eddy::simd_target().c_str());
    for (const auto& cell : cells) {
      for (const int64_t units : {8, 16, 32, 64, 128, 256, 512}) measure(cell, units);
    }
    return 0;
  } catch (const eddy::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
