// SPDX-License-Identifier: MIT
// Dropout inside recurrent layers: what a mask does, that it lasts for all steps of a row, and that
// it is away in inference. (graph_gradient_test.cc has the gradients.)
#include <gtest/gtest.h>

#include <set>

#include "layers/graph.h"
#include "layers/options.h"

namespace eddy::recurrent_dropout_test {
namespace {

constexpr int64_t kRows = 300, kSteps = 3, kUnits = 4;

// A linear SimpleRNN whose matrices are the identity, on ones: h_t = m_x 1 + m_h h_{t-1}.
class Sum {
 public:
  Sum(double dropout, double recurrent, std::optional<int64_t> seed = {})
      : graph_({layer(dropout, recurrent, seed)}, {kNone, kSteps, kUnits}),
        ones_(kRows * kSteps * kUnits, 1.0) {
    graph_.allocate();
    for (size_t w = 0; w < 2; ++w) {
      for (size_t i = 0; i < kUnits; ++i) graph_.weights()[w]->value[i * kUnits + i] = 1;
    }
  }
  std::vector<double> run(const Pass& pass) {
    Signal<double> input;
    input.shape = {kRows, kSteps, kUnits};
    input.value = ones_.data();
    const auto& out = graph_.forward(input, pass);
    return {out.value, out.value + out.size()};
  }

 private:
  static LayerSpec layer(double dropout, double recurrent, std::optional<int64_t> seed) {
    RecurrentOptions options;
    options.cell = "simple_rnn";
    options.units = kUnits;
    options.activation = "linear";
    options.return_sequences = true;
    options.dropout = dropout;
    options.recurrent_dropout = recurrent;
    options.seed = seed;
    options.name = "r";
    return Recurrent(options);
  }
  Graph<double> graph_;
  std::vector<double> ones_;
};

constexpr Pass kTraining{.training = true, .seed = 3, .step = 7};

// The last outputs, and how many of them are `value`.
double share_of(const std::vector<double>& out, double value, const std::set<double>& allowed) {
  int64_t count = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t unit = 0; unit < kUnits; ++unit) {
      const double last = out[static_cast<size_t>((row * kSteps + kSteps - 1) * kUnits + unit)];
      EXPECT_TRUE(allowed.contains(last)) << last;
      count += last == value ? 1 : 0;
    }
  }
  return static_cast<double>(count) / (kRows * kUnits);
}

TEST(RecurrentDropout, MasksLastForAllSteps) {
  // 0.75 dropped, the rest times 4; 1200 draws: five standard deviations are 0.0625.
  EXPECT_NEAR(share_of(Sum(0.75, 0).run(kTraining), 0, {0, 12}), 0.75, 0.0625);
  // h = 1, 1 + 4, 1 + 4 (1 + 4)
  EXPECT_NEAR(share_of(Sum(0, 0.75).run(kTraining), 1, {1, 21}), 0.75, 0.0625);
  EXPECT_NEAR(share_of(Sum(0.5, 0.5).run(kTraining), 14, {0, 2, 14}), 0.25, 0.0625);
}

TEST(RecurrentDropout, NoneInInference) {
  for (const double value : Sum(0.75, 0.75).run(Pass{})) {
    EXPECT_TRUE(value == 1 || value == 2 || value == 3) << value;
  }
}

TEST(RecurrentDropout, DrawsAnewEveryStepAndFollowsItsSeed) {
  Sum sum(0.5, 0.5);
  const auto first = sum.run(kTraining);
  EXPECT_EQ(first, sum.run(kTraining));
  EXPECT_NE(first, sum.run({.training = true, .seed = 3, .step = 8}));
  EXPECT_NE(first, sum.run({.training = true, .seed = 4, .step = 7}));
  EXPECT_EQ(Sum(0.5, 0.5, 11).run(kTraining),
            Sum(0.5, 0.5, 11).run({.training = true, .seed = 4, .step = 7}));
}

// Keras: SimpleRNN drops all at a rate of 1, LSTM and GRU then drop nothing.
TEST(RecurrentDropout, ARateOfOne) {
  EXPECT_EQ(share_of(Sum(1, 0).run(kTraining), 0, {0}), 1);
  EXPECT_EQ(share_of(Sum(0, 1).run(kTraining), 1, {1}), 1);
}

TEST(RecurrentDropout, RefusesOtherRatesAndPeepholesWithoutACarry) {
  const auto message = [](RecurrentOptions options) {
    options.units = 2;
    options.name = "r";
    try {
      Graph<double>({Recurrent(options)}, {kNone, 3, 2});
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("none");
  };
  EXPECT_EQ(message({.dropout = 1.5, .cell = "lstm"}),
            "[r] dropout: expected 0 to 1, got 1.5. Fix: give the share of values to drop.");
  EXPECT_EQ(message({.peephole = "full", .cell = "gru"}),
            "[r] peephole: expected none for GRU, got full. Fix: only a cell with a carry, LSTM, "
            "has peepholes.");
  EXPECT_EQ(message({.peephole = "diagonl", .cell = "lstm"}),
            "[r] peephole: expected none, diagonal or full, got 'diagonl'. Fix: did you mean "
            "'diagonal'? Known: none, diagonal, full.");
}

}  // namespace
}  // namespace eddy::recurrent_dropout_test
