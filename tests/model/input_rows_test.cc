// SPDX-License-Identifier: MIT
// Inference reads the rows of a step where they stand if they are evenly apart, and copies them if
// they are not: a row has the same bits either way.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "eddy/model.h"

namespace eddy::input_rows_test {
namespace {

constexpr int64_t kRows = 21;

// Row r begins with as many steps of zeros as `hidden` says.
Tensor make_rows(int64_t steps, int64_t features, int64_t hidden) {
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  Tensor x({kRows, steps, features});
  for (int64_t i = 0; i < x.size(); ++i) x[i] = normal(random);
  for (int64_t row = 0; row < kRows && hidden > 1; ++row) {
    std::fill_n(x.data() + row * steps * features, row % hidden * features, 0.0F);
  }
  return x;
}

void expect_rows_alone_as_together(const std::vector<LayerSpec>& layers, const Tensor& x) {
  Sequential model(layers, {.seed = 2});
  const Tensor together = model.predict(x, kRows);
  const int64_t T = x.dim(1), X = x.dim(2), H = together.size() / kRows;
  for (int64_t row = 0; row < kRows; ++row) {
    Tensor alone({1, T, X});
    std::copy_n(x.data() + row * T * X, T * X, alone.data());
    const Tensor y = model.predict(alone, 1);
    for (int64_t j = 0; j < H; ++j) ASSERT_EQ(y[j], together[row * H + j]) << "row " << row;
  }
}

TEST(InputRows, HaveTheSameBitsWhereTheyStandAndCopied) {
  struct Case {
    int64_t steps, features;
  };
  // Of 32 x 32 floats the rows are a page apart: those are copied.
  for (const auto& [steps, features] : {Case{9, 5}, Case{32, 32}, Case{31, 32}}) {
    for (const auto& cell : cell_names()) {
      for (const bool backwards : {false, true}) {
        SCOPED_TRACE(cell + (backwards ? " backwards, " : ", ") + std::to_string(steps));
        const auto layer = Recurrent({.units = 10, .go_backwards = backwards, .cell = cell});
        expect_rows_alone_as_together({layer}, make_rows(steps, features, 0));
        expect_rows_alone_as_together({Masking(), layer}, make_rows(steps, features, 4));
      }
    }
  }
}

// So many weights that a few steps are projected together, before the walk.
TEST(InputRows, OfALargeLayerHaveTheSameBitsToo) {
  for (const auto& cell : {"simple_rnn", "lstm"}) {
    SCOPED_TRACE(cell);
    const auto layer = Recurrent({.units = 330, .cell = cell});
    expect_rows_alone_as_together({layer}, make_rows(6, 331, 0));
  }
}

}  // namespace
}  // namespace eddy::input_rows_test
