// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cells/cell.h"
#include "core/random.h"
#include "layers/graph.h"

namespace eddy {
namespace {

// h_t = x_t + h_(t-1) / 2: the gradient that reaches the first of 140 steps is 2^-139, and one of
// 2^-100 has come through 100 steps.
TEST(FadingGradient, IsZeroBelowTheLeastNormalNumber) {
  for (const int64_t steps : {int64_t{101}, int64_t{140}}) {
    Graph<float> graph({Recurrent({.units = 1, .activation = "linear", .cell = "simple_rnn"})},
                       {kNone, steps, 1});
    graph.allocate();
    graph.weights()[0]->value[0] = 1;
    graph.weights()[1]->value[0] = 0.5F;
    std::vector<float> x(static_cast<size_t>(steps));
    x[0] = 1;
    Signal<float> in;
    in.shape = {1, steps, 1};
    in.value = x.data();
    const Pass training{.training = true};
    graph.forward(in, training);
    Gradient<float> dout;
    dout.any = true;
    dout.dense.resize(1);
    dout.dense[0] = 1;
    graph.backward(in, dout, training);
    const float want = steps == 140 ? 0.0F : 0x1p-100F;
    EXPECT_EQ(graph.weights()[0]->grad[0], want) << steps << " steps";
  }
}

// All gradients of Dense(3) and a recurrent layer over 400 steps, from one of the last state. With
// `whole` it comes as that of a sequence, whose other steps have none: then every step is walked.
std::vector<std::vector<float>> gradients(const std::string& cell, int64_t units, bool whole) {
  constexpr int64_t kRows = 20, kSteps = 400, kFeatures = 2;
  Graph<float> graph(
      {Dense({.units = 3, .name = "d"}),
       Recurrent({.units = units, .return_sequences = whole, .name = "r", .cell = cell})},
      {kNone, kSteps, kFeatures});
  graph.allocate();
  Random random(7);
  for (auto* weight : graph.weights()) {
    const double most = 0.5 / static_cast<double>(weight->shape[0]);  // U contracts: all fades
    for (int64_t i = 0; i < weight->size(); ++i) {
      weight->value[static_cast<size_t>(i)] = static_cast<float>(random.uniform(-most, most));
    }
  }
  std::vector<float> x(kRows * kSteps * kFeatures);
  for (auto& value : x) value = static_cast<float>(random.uniform(-1, 1));
  Signal<float> in;
  in.shape = {kRows, kSteps, kFeatures};
  in.value = x.data();
  const Pass training{.training = true};
  graph.forward(in, training);
  const int64_t steps = whole ? kSteps : 1;
  Gradient<float> dout;
  dout.any = true;
  dout.dense.resize_zeroed(static_cast<size_t>(kRows * steps * units));
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t unit = 0; unit < units; ++unit) {
      dout.dense[static_cast<size_t>((row * steps + steps - 1) * units + unit)] =
          static_cast<float>(random.uniform(-1, 1));
    }
  }
  graph.backward(in, dout, training);
  std::vector<std::vector<float>> result;
  for (auto* weight : graph.weights()) {
    result.emplace_back(weight->grad.begin(), weight->grad.end());
  }
  return result;
}

// Walking on with a gradient of zero would change nothing. 19 units are multiplied step by step,
// 190 all at once after the walk.
TEST(FadingGradient, StoppingThereChangesNothing) {
  for (const std::string& cell : cell_names()) {
    for (const int64_t units : {19, 190}) {
      EXPECT_EQ(gradients(cell, units, false), gradients(cell, units, true)) << cell << units;
    }
  }
}

}  // namespace
}  // namespace eddy
