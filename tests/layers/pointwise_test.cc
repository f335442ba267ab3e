// SPDX-License-Identifier: MIT
// Masking, dropouts and activations.
#include <gtest/gtest.h>

#include <cmath>

#include "layers/layer_support.h"

namespace eddy::pointwise_test {
namespace {

TEST(Masking, HidesStepsWhoseFeaturesAreAllTheValue) {
  const Given x{{2, 3, 2}, {-1, -1, -1, 0, 3, 4, 0, 0, -1, -1, 5, -1}};
  LayerRun<double> run(Masking(-1), {x.shape});
  const auto& y = run.forward({x}, true);
  EXPECT_EQ(mask_of(y), (std::vector<uint8_t>{0, 1, 1, 1, 0, 1}));
  expect_near(values_of(y), {0, 0, -1, 0, 3, 4, 0, 0, 0, 0, 5, -1}, 0);
  expect_near(run.backward({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})[0],
              {0, 0, 3, 4, 5, 6, 7, 8, 0, 0, 11, 12}, 0);
}

TEST(Masking, ReplacesTheMaskAndTakesAnyRank) {
  Given x = random_input({2, 3, 4, 2});
  for (size_t i = 0; i < 8; ++i) x.values[i] = 0;  // the first step's four
  add_mask(x);
  LayerRun<float> run(Masking(), {x.shape});
  const auto& y = run.forward({x});
  EXPECT_EQ(y.mask_rank, 3);
  auto want = std::vector<uint8_t>(24, 1);
  std::fill_n(want.begin(), 4, uint8_t{0});
  EXPECT_EQ(mask_of(y), want);
  EXPECT_EQ(layer_refusal(Masking(), {{kNone}}).code(), ErrorCode::shape_mismatch);
}

TEST(SpatialDropout, DropsWholeFeaturesAndScalesTheRest) {
  const int64_t B = 40, T = 5, X = 30;
  Given x{{B, T, X}, std::vector<double>(static_cast<size_t>(B * T * X), 1.0)};
  x.mask.assign(static_cast<size_t>(B * T), 1);
  x.prefix.assign(static_cast<size_t>(B), 2);
  LayerRun<double> run(SpatialDropout1D(0.25), {x.shape});
  const auto& y = run.forward({x}, true);
  EXPECT_EQ(mask_of(y), x.mask);
  EXPECT_EQ(y.prefix, nullptr);
  const auto values = values_of(y);
  int64_t kept = 0;
  for (int64_t b = 0; b < B; ++b) {
    for (int64_t j = 0; j < X; ++j) {
      const double first = values[static_cast<size_t>(b * T * X + j)];
      EXPECT_TRUE(first == 0 || std::abs(first - 1 / 0.75) < 1e-15);
      kept += first != 0 ? 1 : 0;
      for (int64_t t = 1; t < T; ++t) {
        EXPECT_EQ(values[static_cast<size_t>((b * T + t) * X + j)], first);
      }
    }
  }
  EXPECT_NEAR(static_cast<double>(kept) / static_cast<double>(B * X), 0.75, 0.05);
  expect_near(run.backward(x.values)[0], values, 0);  // linear, and x is 1
  expect_near(values_of(run.forward({x}, false)), x.values, 0);
  LayerRun<double> all(SpatialDropout1D(1), {x.shape});
  expect_near(values_of(all.forward({x}, true)), std::vector<double>(x.values.size(), 0.0), 0);
  EXPECT_EQ(layer_refusal(SpatialDropout1D(1.5), {x.shape}).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(layer_refusal(SpatialDropout1D(0.5), {{B, X}}).code(), ErrorCode::shape_mismatch);
}

TEST(SpatialDropout, ASeedOfItsOwnGivesTheSameDrawsInAnyModel) {
  const Given x = random_input({3, 4, 5});
  LayerRun<double> a(SpatialDropout1D({.rate = 0.5, .seed = 7}), {x.shape});
  LayerRun<double> b(SpatialDropout1D({.rate = 0.5, .seed = 7}), {x.shape});
  LayerRun<double> c(SpatialDropout1D({.rate = 0.5, .seed = 8}), {x.shape});
  const auto first = values_of(a.forward({x}, true));
  EXPECT_EQ(first, values_of(b.forward({x}, true)));
  EXPECT_NE(first, values_of(c.forward({x}, true)));
}

std::vector<double> activated(const std::string& name, const Given& x) {
  LayerRun<double> run(Activation(name), {x.shape});
  return values_of(run.forward({x}));
}

TEST(Activation, OverTheLastAxis) {
  const Given x{{2, 4}, {1, -2, 0.3, 0.4, 3, 1, 0, -5}};
  const auto soft = activated("softmax", x), logs = activated("log_softmax", x);
  for (size_t row = 0; row < 2; ++row) {
    double sum = 0;
    for (size_t j = 0; j < 4; ++j) sum += std::exp(x.values[row * 4 + j]);
    for (size_t j = 0; j < 4; ++j) {
      EXPECT_NEAR(soft[row * 4 + j], std::exp(x.values[row * 4 + j]) / sum, 1e-15);
      EXPECT_NEAR(logs[row * 4 + j], x.values[row * 4 + j] - std::log(sum), 1e-14);
    }
  }
  // Keras 3.15.1: not the projection where more than one value is in the support.
  expect_near(activated("sparsemax", x), {0, 0, 0, 0, 1, 0, 0, 0}, 1e-15);
  expect_near(activated("sparsemax", {{1, 3}, {0.1, -0.2, -0.6}}), {0.6, 0.3, 0}, 1e-15);
}

TEST(Activation, GluGatesTheFirstHalfOfTheFeatures) {
  Given x{{1, 2, 4}, {1, -2, 0.3, 0.4, 3, 1, 0, -5}};
  x.mask = {1, 0};
  LayerRun<double> run(Activation("glu"), {x.shape});
  EXPECT_EQ(run.shapes()[0], (Shape{kNone, 2, 2}));
  const auto& y = run.forward({x});
  EXPECT_EQ(mask_of(y), x.mask);
  const auto gate = [](double v) { return 1 / (1 + std::exp(-v)); };
  expect_near(values_of(y), {gate(0.3), -2 * gate(0.4), 1.5, gate(-5)}, 1e-15);
  EXPECT_EQ(layer_refusal(Activation("glu"), {{1, 3}}).code(), ErrorCode::shape_mismatch);
  EXPECT_EQ(layer_refusal(Dense(4, "glu"), {{1, 3}}).code(), ErrorCode::not_supported);
  EXPECT_EQ(layer_refusal(Activation("threshold"), {{1, 3}}).code(), ErrorCode::not_supported);
}

}  // namespace
}  // namespace eddy::pointwise_test
