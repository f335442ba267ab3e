// SPDX-License-Identifier: MIT
// A warmed-up training step and a warmed-up inference step ask for no memory.
#include <gtest/gtest.h>

#include "core/random.h"
#include "layers/graph.h"
#include "layers/options.h"
#include "model/allocation_support.h"
#include "training/initializers.h"
#include "training/losses.h"
#include "training/optimizer.h"

namespace eddy::allocation_test {
namespace {

TEST(Allocation, NoneInAWarmStep) {
  for (const auto& cell : cell_names()) {
    std::vector<LayerSpec> specs = {
        Embedding({.input_dim = 30, .output_dim = 5, .name = "e"}),
        Dropout({.rate = 0.1, .name = "d"}),
        Recurrent({.units = 9, .return_sequences = true, .name = "r", .cell = cell}),
        Recurrent({.units = 6, .name = "s", .cell = cell}),
        Dense({.units = 1, .activation = "sigmoid", .name = "o"})};
    for (const bool with_dropout : {true, false}) {
      if (!with_dropout) specs.erase(specs.begin() + 1);
      Graph<float> stack(specs, {kNone, 21});
      initialize_weights(stack.weights(), 1);
      const auto optimizer = make_optimizer<float>("rmsprop", stack.weights());
      const Loss loss("binary_crossentropy");
      Random random(1);
      std::vector<int32_t> ids(21 * 40);
      for (size_t i = 0; i < ids.size(); ++i) {
        ids[i] = i % 21 < i / 21 % 15 ? 0 : 1 + static_cast<int32_t>(random.below(29));
      }
      const std::vector<float> labels(40, 1.0F);
      const Targets targets{labels.data(), {40}};
      Signal<float> input;
      input.shape = {40, 21};
      input.ids = ids.data();
      Gradient<float> gradient;
      const auto step = [&] {
        const Pass pass{.training = true};
        const auto& prediction = stack.forward(input, pass);
        loss.mean(prediction, targets, &gradient);
        stack.backward(input, gradient, pass);
        optimizer->apply();
      };
      for (int i = 0; i < 3; ++i) step();
      const long before = allocations();
      step();
      EXPECT_EQ(allocations() - before, 0) << cell << " dropout " << with_dropout;
      stack.forward(input, Pass{});
      const long inference = allocations();
      stack.forward(input, Pass{});
      EXPECT_EQ(allocations() - inference, 0) << cell;
    }
  }
}

}  // namespace
}  // namespace eddy::allocation_test
