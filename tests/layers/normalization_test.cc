// SPDX-License-Identifier: MIT
// LayerNormalization and BatchNormalization against plain loops in double.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "layers/layer_support.h"
#include "layers/signal.h"

namespace eddy::normalization_test {
namespace {

constexpr int64_t kB = 5, kT = 7, kX = 3;

// Keras' formula over groups of elements: group[i] names what element i is normalized with,
// place[i] its gamma and beta.
std::vector<double> normalized(const std::vector<double>& x, const std::vector<size_t>& group,
                               const std::vector<size_t>& place, const std::vector<double>& gamma,
                               const std::vector<double>& beta, double epsilon) {
  const size_t groups = *std::max_element(group.begin(), group.end()) + 1;
  std::vector<double> mean(groups), variance(groups), count(groups), y(x.size());
  for (size_t i = 0; i < x.size(); ++i) mean[group[i]] += x[i], ++count[group[i]];
  for (size_t g = 0; g < groups; ++g) mean[g] /= count[g];
  for (size_t i = 0; i < x.size(); ++i) {
    variance[group[i]] += std::pow(x[i] - mean[group[i]], 2) / count[group[i]];
  }
  for (size_t i = 0; i < x.size(); ++i) {
    const double z = (x[i] - mean[group[i]]) / std::sqrt(variance[group[i]] + epsilon);
    y[i] = z * gamma[place[i]] + beta[place[i]];
  }
  return y;
}

template <class Real>
std::vector<double> weight(LayerRun<Real>& run, size_t number) {
  const auto& value = run.weights()[number]->value;
  return {value.begin(), value.end()};
}

template <class Real>
void check_layer_normalization(double tolerance) {
  const Given x = random_input({kB, kT, kX});
  struct Case {
    std::vector<int64_t> axis;
    Shape weight;
  };
  for (const Case& c : {Case{{-1}, {kX}}, Case{{1}, {kT}}, Case{{2, 1}, {kT, kX}},
                        Case{{-1, 1}, {kX, kT}}, Case{{-2}, {kT}}}) {
    LayerRun<Real> run(LayerNormalization({.axis = c.axis, .epsilon = 0.01}), {x.shape});
    EXPECT_EQ(run.shapes()[0], (Shape{kNone, kT, kX}));
    EXPECT_EQ(run.weights()[0]->shape, c.weight);
    std::vector<size_t> group, place;
    const bool time = c.weight.size() == 2 || c.weight[0] == kT;
    const bool features = c.weight.size() == 2 || c.weight[0] == kX;
    for (int64_t i = 0; i < kB * kT * kX; ++i) {
      const int64_t b = i / (kT * kX), t = i / kX % kT, f = i % kX;
      int64_t g = b, p = 0;
      if (!time) g = g * kT + t;
      if (!features) g = g * kX + f;
      if (time) p = t;
      if (features) p = p * kX + f;
      group.push_back(static_cast<size_t>(g)), place.push_back(static_cast<size_t>(p));
    }
    const auto want = normalized(x.values, group, place, weight(run, 0), weight(run, 1), 0.01);
    expect_near(values_of(run.forward({x})), want, tolerance);
  }
}

TEST(LayerNormalization, EqualsTheFormula) {
  check_layer_normalization<double>(1e-13);
  check_layer_normalization<float>(2e-5);
}

TEST(LayerNormalization, AnyWidthOnEveryRow) {
  for (const int64_t width : {1, 2, 7, 8, 15, 16, 17, 33, 130}) {
    Given x = random_input({300, width}, 3);
    for (double& v : x.values) v += 100;  // far from zero: the variance must not drown
    LayerRun<float> run(LayerNormalization(), {x.shape});
    std::vector<size_t> group, place;
    for (int64_t i = 0; i < 300 * width; ++i) {
      group.push_back(static_cast<size_t>(i / width));
      place.push_back(static_cast<size_t>(i % width));
    }
    const auto want = normalized(x.values, group, place, weight(run, 0), weight(run, 1), 1e-3);
    expect_near(values_of(run.forward({x})), want, 3e-4);
  }
}

TEST(LayerNormalization, WithoutCenterOrScale) {
  const Given x = random_input({kB, kX});
  LayerRun<double> bare(LayerNormalization({.center = false, .scale = false}), {x.shape});
  EXPECT_TRUE(bare.weights().empty());
  double sum = 0;
  for (const double v : values_of(bare.forward({x}))) sum += v;
  EXPECT_NEAR(sum, 0, 1e-12);
  LayerRun<double> centered(LayerNormalization({.scale = false}), {x.shape});
  EXPECT_EQ(centered.weights().at(0)->name, "beta");
  LayerRun<double> scaled(LayerNormalization({.center = false}), {x.shape});
  EXPECT_EQ(scaled.weights().at(0)->name, "gamma");
}

TEST(LayerNormalization, MaskPassesAndPrefixOnlyAlongTime) {
  Given x = random_input({kB, kT, kX});
  add_mask(x);
  x.prefix = {1, 2, 3, 4, 5};
  LayerRun<double> features(LayerNormalization(), {x.shape});
  EXPECT_EQ(mask_of(features.forward({x})), x.mask);
  EXPECT_EQ(prefix_of(features.forward({x})), x.prefix);
  LayerRun<double> time(LayerNormalization({.axis = {1}}), {x.shape});
  EXPECT_EQ(mask_of(time.forward({x})), x.mask);
  EXPECT_EQ(time.forward({x}).prefix, nullptr);
}

TEST(LayerNormalization, RefusesWhatKerasRefuses) {
  const std::vector<Shape> shapes = {{kB, kT, kX}};
  const auto refused = [&](const LayerSpec& spec) { return layer_refusal(spec, shapes).code(); };
  EXPECT_EQ(refused(LayerNormalization({.axis = {3}})), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(LayerNormalization({.axis = {-4}})), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(LayerNormalization({.axis = {0}})), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(LayerNormalization({.axis = {}})), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(LayerNormalization({.axis = {2, -1}})), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(LayerNormalization({.epsilon = -1})), ErrorCode::invalid_argument);
  EXPECT_EQ(layer_refusal(LayerNormalization({.axis = {1}}), {{kB, kNone, kX}}).code(),
            ErrorCode::shape_mismatch);
}

// Moments of a channel over the elements that count, as Keras takes them.
struct Moments {
  double mean = 0, variance = 0;
};
Moments moments(const Given& x, int64_t axis, int64_t channel) {
  const double more = x.mask.empty() ? 0 : 1e-7;
  double n = 0;
  Moments m;
  const auto counted = [&](int64_t i) {
    const int64_t c = axis == 2 ? i % kX : i / kX % kT;
    return c == channel && (x.mask.empty() || x.mask[static_cast<size_t>(i / kX)] != 0);
  };
  for (int64_t i = 0; i < kB * kT * kX; ++i) {
    if (counted(i)) m.mean += x.values[static_cast<size_t>(i)], ++n;
  }
  m.mean /= n + more;
  for (int64_t i = 0; i < kB * kT * kX; ++i) {
    if (counted(i)) m.variance += std::pow(x.values[static_cast<size_t>(i)] - m.mean, 2);
  }
  m.variance /= n + more;
  return m;
}

template <class Real>
void check_batch_normalization(double tolerance) {
  for (const int64_t axis : {1, 2}) {
    for (const bool masked : {false, true}) {
      Given x = random_input({kB, kT, kX});
      if (masked) add_mask(x);
      LayerRun<Real> run(
          BatchNormalization({.axis = axis - (masked ? 3 : 0), .momentum = 0.7, .epsilon = 0.01}),
          {x.shape});
      const auto gamma = weight(run, 0), beta = weight(run, 1);
      for (const bool training : {true, false}) {
        const auto mean = weight(run, 2), variance = weight(run, 3);
        const auto& y = run.forward({x}, training);
        EXPECT_EQ(mask_of(y), x.mask);
        for (int64_t i = 0; i < kB * kT * kX; ++i) {
          const auto c = static_cast<size_t>(axis == 2 ? i % kX : i / kX % kT);
          Moments m{mean[c], variance[c]};
          if (training) m = moments(x, axis, static_cast<int64_t>(c));
          const double z =
              (x.values[static_cast<size_t>(i)] - m.mean) / std::sqrt(m.variance + 0.01);
          ASSERT_NEAR(y.value[i], z * gamma[c] + beta[c], tolerance);
        }
        for (size_t c = 0; c < gamma.size(); ++c) {
          const Moments m = moments(x, axis, static_cast<int64_t>(c));
          const double kept = training ? 0.7 : 1;
          ASSERT_NEAR(weight(run, 2)[c], mean[c] * kept + m.mean * (1 - kept), tolerance);
          ASSERT_NEAR(weight(run, 3)[c], variance[c] * kept + m.variance * (1 - kept), tolerance);
        }
      }
    }
  }
}

TEST(BatchNormalization, EqualsTheFormula) {
  check_batch_normalization<double>(1e-13);
  check_batch_normalization<float>(1e-5);
}

TEST(BatchNormalization, WeightsInKerasOrder) {
  LayerRun<float> run(BatchNormalization(), {{kB, kX}});
  std::vector<std::string> names;
  for (const auto* weight : run.weights()) {
    names.push_back(weight->name);
    EXPECT_EQ(weight->trainable, weight->name == "gamma" || weight->name == "beta");
    EXPECT_EQ(weight->initializer.name,
              weight->name == "gamma" || weight->name == "moving_variance" ? "ones" : "zeros");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"gamma", "beta", "moving_mean", "moving_variance"}));
  LayerRun<float> bare(BatchNormalization({.center = false, .scale = false}), {{kB, kX}});
  EXPECT_EQ(bare.weights().size(), 2);
}

TEST(BatchNormalization, RefusesWhatKerasRefuses) {
  const std::vector<Shape> shapes = {{kB, kT, kX}};
  const auto refused = [&](const LayerSpec& spec) { return layer_refusal(spec, shapes).code(); };
  EXPECT_EQ(refused(BatchNormalization({.axis = 3})), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(BatchNormalization({.axis = 0})), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(BatchNormalization({.momentum = 2})), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(BatchNormalization({.epsilon = -1})), ErrorCode::invalid_argument);
  EXPECT_EQ(layer_refusal(BatchNormalization({.axis = 1}), {{kB, kNone, kX}}).code(),
            ErrorCode::shape_mismatch);
  Given x = random_input({2, 3, 4, 5});  // a mask [B, T] for a value with four axes
  add_mask(x);
  LayerRun<double> run(BatchNormalization(), {x.shape});
  EXPECT_THROW(run.forward({x}, true), Error);
}

}  // namespace
}  // namespace eddy::normalization_test
