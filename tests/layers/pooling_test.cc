// SPDX-License-Identifier: MIT
// Pooling over time against plain loops; values and gradients at ties as Keras 3.15.1 with
// TensorFlow gives them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/layer_support.h"

namespace eddy::pooling_test {
namespace {

constexpr int64_t kB = 4, kX = 3;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Keras' rule: "same" has ceil(steps / strides) windows, the odd zero of padding behind.
std::vector<double> pooled(const Given& x, int64_t size, int64_t strides, bool same, bool largest) {
  const int64_t T = x.shape[1];
  const int64_t count = same ? (T + strides - 1) / strides : (T - size) / strides + 1;
  const int64_t padding = same ? std::max<int64_t>((count - 1) * strides + size - T, 0) : 0;
  std::vector<double> y;
  for (int64_t b = 0; b < kB; ++b) {
    for (int64_t w = 0; w < count; ++w) {
      for (int64_t j = 0; j < kX; ++j) {
        double sum = 0, most = -1e300, n = 0;
        for (int64_t t = w * strides - padding / 2; t < w * strides - padding / 2 + size; ++t) {
          if (t < 0 || t >= T) continue;
          const double v = x.values[static_cast<size_t>((b * T + t) * kX + j)];
          sum += v, ++n, most = std::max(most, v);
        }
        y.push_back(largest ? most : sum / n);
      }
    }
  }
  return y;
}

TEST(Pooling, EqualsPlainLoops) {
  for (const int64_t T : {1, 5, 6, 7, 11}) {
    const Given x = random_input({kB, T, kX});
    for (const int64_t size : {1, 2, 3, 4}) {
      for (const int64_t strides : {1, 2, 3, 5}) {
        for (const bool same : {false, true}) {
          if (!same && T < size) continue;
          for (const bool largest : {false, true}) {
            const PoolingOptions options{
                .pool_size = size, .strides = strides, .padding = same ? "same" : "valid"};
            LayerRun<double> run(largest ? MaxPooling1D(options) : AveragePooling1D(options),
                                 {x.shape});
            const auto want = pooled(x, size, strides, same, largest);
            const auto& y = run.forward({x});
            EXPECT_EQ(y.shape, (Shape{kB, run.shapes()[0][1], kX}));
            expect_near(values_of(y), want, 1e-15);
          }
        }
      }
    }
  }
}

TEST(Pooling, StridesAreThePoolSizeUnlessGiven) {
  LayerRun<float> run(MaxPooling1D(3), {{kB, 11, kX}});
  EXPECT_EQ(run.shapes()[0], (Shape{kNone, 3, kX}));
  LayerRun<float> open(AveragePooling1D(2), {{kB, kNone, kX}});
  EXPECT_EQ(open.shapes()[0], (Shape{kNone, kNone, kX}));
}

TEST(Pooling, TheFirstOfEqualsTakesTheGradient) {
  const Given x{{1, 7, 1}, {1, 1, 0, 2, 2, 2, 0}};
  LayerRun<double> three(MaxPooling1D({.pool_size = 3, .padding = "same"}), {x.shape});
  expect_near(values_of(three.forward({x}, true)), {1, 2, 2}, 0);
  LayerRun<double> run(MaxPooling1D({.pool_size = 4, .strides = 3, .padding = "same"}), {x.shape});
  expect_near(values_of(run.forward({x}, true)), {1, 2, 2}, 0);
  expect_near(run.backward({1, 2, 3})[0], {1, 0, 0, 2, 0, 3, 0}, 0);
  LayerRun<double> mean(AveragePooling1D({.pool_size = 4, .strides = 3, .padding = "same"}),
                        {x.shape});
  expect_near(values_of(mean.forward({x}, true)), {2.0 / 3, 1.5, 1}, 1e-15);
  expect_near(mean.backward({1, 2, 3})[0], {1.0 / 3, 1.0 / 3, 1.0 / 3 + 0.5, 0.5, 0.5, 2, 1.5},
              1e-15);
}

TEST(Pooling, DropsTheMaskAndCountsWholeWindowsOfThePrefix) {
  Given x = random_input({4, 11, kX});
  add_mask(x);
  x.prefix = {0, 3, 7, 11};
  const auto prefix = [&](int64_t size, int64_t strides, const char* padding) {
    LayerRun<float> run(MaxPooling1D({.pool_size = size, .strides = strides, .padding = padding}),
                        {x.shape});
    const auto& y = run.forward({x});
    EXPECT_EQ(y.mask, nullptr);
    return prefix_of(y);
  };
  EXPECT_EQ(prefix(2, 2, "valid"), (std::vector<int32_t>{0, 1, 3, 5}));
  EXPECT_EQ(prefix(3, 1, "valid"), (std::vector<int32_t>{0, 1, 5, 9}));
  // One zero in front: the first window sees two steps.
  EXPECT_EQ(prefix(3, 1, "same"), (std::vector<int32_t>{0, 2, 6, 10}));
}

TEST(Pooling, RefusesWhatKerasRefuses) {
  const auto refused = [](const PoolingOptions& options, const Shape& shape) {
    return layer_refusal(MaxPooling1D(options), {shape}).code();
  };
  const Shape shape = {kB, 5, kX};
  EXPECT_EQ(refused({.pool_size = 0}, shape), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.strides = 0}, shape), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.padding = "causal"}, shape), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.padding = ""}, shape), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({.pool_size = 6}, shape), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused({}, {kB, 5}), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused({}, {kB, 5, kNone}), ErrorCode::shape_mismatch);
  EXPECT_EQ(layer_refusal(GlobalMaxPooling1D(), {{kB, kX}}).code(), ErrorCode::shape_mismatch);
  LayerRun<float> open(MaxPooling1D(4), {{kB, kNone, kX}});
  EXPECT_THROW(open.forward({random_input({kB, 3, kX})}), Error);
}

TEST(GlobalPooling, AverageIsOverUnmaskedSteps) {
  const int64_t T = 6;
  Given x = random_input({kB, T, kX});
  for (const bool masked : {false, true}) {
    if (masked) add_mask(x);
    for (const bool keepdims : {false, true}) {
      LayerRun<double> run(GlobalAveragePooling1D({.keepdims = keepdims}), {x.shape});
      EXPECT_EQ(run.shapes()[0], keepdims ? (Shape{kNone, 1, kX}) : (Shape{kNone, kX}));
      const auto& y = run.forward({x}, true);
      EXPECT_EQ(y.shape, keepdims ? (Shape{kB, 1, kX}) : (Shape{kB, kX}));
      EXPECT_EQ(y.mask, nullptr);
      const auto dx = run.backward(std::vector<double>(kB * kX, 1.0))[0];
      for (int64_t b = 0; b < kB; ++b) {
        double n = 0, sum = 0;
        const auto counted = [&](int64_t t) {
          return !masked || x.mask[static_cast<size_t>(b * T + t)] != 0;
        };
        for (int64_t t = 0; t < T; ++t) {
          n += counted(t) ? 1 : 0;
          if (counted(t)) sum += x.values[static_cast<size_t>((b * T + t) * kX)];
        }
        if (masked && b == 1) {  // no step at all
          EXPECT_TRUE(std::isnan(y.value[b * kX]));
        } else {
          EXPECT_NEAR(y.value[b * kX], sum / n, 1e-15);
        }
        for (int64_t t = 0; t < T; ++t) {
          EXPECT_NEAR(dx[static_cast<size_t>((b * T + t) * kX)], counted(t) ? 1 / n : 0, 1e-15);
        }
      }
    }
  }
}

TEST(GlobalPooling, MaximumIgnoresMasksAndEqualsShareTheGradient) {
  Given x{{1, 7, 1}, {1, 1, 0, 2, 2, 2, 0}};
  x.mask = {1, 1, 1, 0, 0, 0, 1};
  LayerRun<double> run(GlobalMaxPooling1D(), {x.shape});
  const auto& y = run.forward({x}, true);
  expect_near(values_of(y), {2}, 0);
  EXPECT_EQ(y.mask, nullptr);
  expect_near(run.backward({1})[0], {0, 0, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3, 0}, 1e-15);
  const Given many = random_input({kB, 9, kX});
  LayerRun<double> wide(GlobalMaxPooling1D({.keepdims = true}), {many.shape});
  const auto got = values_of(wide.forward({many}));
  for (int64_t i = 0; i < kB * kX; ++i) {
    double most = -1e300;
    for (int64_t t = 0; t < 9; ++t) {
      most = std::max(most, many.values[static_cast<size_t>((i / kX * 9 + t) * kX + i % kX)]);
    }
    EXPECT_EQ(got[static_cast<size_t>(i)], most);
  }
  LayerRun<double> nan(GlobalMaxPooling1D(), {{1, 3, 1}});
  EXPECT_TRUE(std::isnan(nan.forward({{{1, 3, 1}, {1, kNaN, 3}}}).value[0]));
}

}  // namespace
}  // namespace eddy::pooling_test
