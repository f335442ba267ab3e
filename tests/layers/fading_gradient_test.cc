// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <vector>

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

}  // namespace
}  // namespace eddy
