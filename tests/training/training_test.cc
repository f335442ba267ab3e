// SPDX-License-Identifier: MIT
// Initializers, optimizers, losses and metrics against Keras' formulas written out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "training/initializers.h"
#include "training/losses.h"
#include "training/metrics.h"
#include "training/optimizer.h"

namespace eddy::training_test {
namespace {

std::vector<double> draw(const Initializer& initializer, const Shape& shape) {
  std::vector<double> values;
  initialize(initializer, shape, Random(3), values);
  return values;
}

double deviation(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  return std::sqrt(sum / static_cast<double>(x.size()));
}

TEST(Initializer, UniformsStayInsideTheirLimits) {
  const auto limit_of = [](const Initializer& initializer, const Shape& shape) {
    const auto x = draw(initializer, shape);
    return std::max(*std::max_element(x.begin(), x.end()), -*std::min_element(x.begin(), x.end()));
  };
  const Shape shape = {40, 120};
  EXPECT_NEAR(limit_of("glorot_uniform", shape), std::sqrt(6.0 / 160), 2e-3);
  EXPECT_NEAR(limit_of("he_uniform", shape), std::sqrt(6.0 / 40), 2e-3);
  EXPECT_NEAR(limit_of("lecun_uniform", shape), std::sqrt(3.0 / 40), 2e-3);
  EXPECT_NEAR(limit_of("uniform", shape), 0.05, 1e-3);
}

TEST(Initializer, NormalsHaveTheirDeviation) {
  const Shape shape = {100, 300};
  EXPECT_NEAR(deviation(draw("glorot_normal", shape)), std::sqrt(1.0 / 200), 1e-3);
  EXPECT_NEAR(deviation(draw("he_normal", shape)), std::sqrt(2.0 / 100), 2e-3);
  EXPECT_NEAR(deviation(draw("random_normal", shape)), 0.05, 1e-3);
  EXPECT_NEAR(deviation(draw("truncated_normal", shape)), 0.05 * 0.8796, 1e-3);
  for (const double v : draw("truncated_normal", shape)) ASSERT_LE(std::abs(v), 0.1);
}

TEST(Initializer, OrthogonalHasOrthonormalRowsOrColumns) {
  // 37 and 50: panels and registers that are not full.
  for (const Shape& shape : {Shape{5, 20}, Shape{20, 5}, Shape{8, 8}, Shape{37, 50}}) {
    const auto x = draw("orthogonal", shape);
    const int64_t rows = shape[0], columns = shape[1], n = std::min(rows, columns);
    for (int64_t a = 0; a < n; ++a) {
      for (int64_t b = 0; b < n; ++b) {
        double dot = 0;
        for (int64_t i = 0; i < std::max(rows, columns); ++i) {
          dot += rows <= columns ? x[static_cast<size_t>(a * columns + i)] *
                                       x[static_cast<size_t>(b * columns + i)]
                                 : x[static_cast<size_t>(i * columns + a)] *
                                       x[static_cast<size_t>(i * columns + b)];
        }
        EXPECT_NEAR(dot, a == b ? 1 : 0, 1e-12);
      }
    }
  }
  EXPECT_THROW(draw("orthogonal", {5}), Error);
  EXPECT_THROW(draw("glorot_unifrom", {5}), Error);
}

TEST(Initializer, WeightPartsStartAtOne) {
  Weight<float> bias;
  bias.shape = {8};
  bias.ones = {{2, 4}};
  initialize_weight(bias, 1, 0);
  EXPECT_THAT(std::vector<float>(bias.value.begin(), bias.value.end()),
              testing::ElementsAre(0, 0, 1, 1, 0, 0, 0, 0));
}

// One weight of 6 rows x 2, 12 steps; a row has a gradient in some steps only.
struct Steps {
  std::vector<Weight<double>> weights;
  explicit Steps(bool by_rows) : weights(1) {
    Weight<double>& w = weights[0];
    w.shape = {6, 2};
    w.by_rows = by_rows;
    w.value.resize(12);
    for (size_t i = 0; i < 12; ++i) w.value[i] = 0.1 * static_cast<double>(i) - 0.5;
  }
  // Dense gradient of a step; rows outside `rows` are zero.
  static std::vector<int32_t> rows(int step) {
    return step % 3 == 0 ? std::vector<int32_t>{4, 1} : std::vector<int32_t>{2};
  }
  static double gradient(int step, size_t i) {
    const auto touched = rows(step);
    if (std::count(touched.begin(), touched.end(), static_cast<int32_t>(i / 2)) == 0) return 0;
    return std::sin(static_cast<double>(step) * 1.3 + static_cast<double>(i));
  }
  void set(int step) {
    Weight<double>& w = weights[0];
    if (!w.by_rows) {
      w.grad.resize(12);
      for (size_t i = 0; i < 12; ++i) w.grad[i] = gradient(step, i);
      return;
    }
    w.rows = rows(step);
    w.grad.resize(w.rows.size() * 2);
    for (size_t k = 0; k < w.rows.size(); ++k) {
      for (size_t j = 0; j < 2; ++j) {
        w.grad[k * 2 + j] = gradient(step, static_cast<size_t>(w.rows[k]) * 2 + j);
      }
    }
  }
};

std::vector<Optimizer> optimizers() {
  return {{"sgd", {{"learning_rate", 0.1}}},
          {"sgd", {{"learning_rate", 0.1}, {"momentum", 0.8}}},
          {"sgd", {{"learning_rate", 0.1}, {"momentum", 0.8}, {"nesterov", 1}}},
          {"rmsprop", {{"learning_rate", 0.02}}},
          {"rmsprop", {{"learning_rate", 0.02}, {"momentum", 0.7}}},
          {"rmsprop", {{"learning_rate", 0.02}, {"centered", 1}}},
          {"rmsprop", {{"learning_rate", 0.02}, {"momentum", 0.7}, {"centered", 1}}},
          {"adam", {{"learning_rate", 0.03}}},
          {"adam", {{"learning_rate", 0.03}, {"amsgrad", 1}, {"beta_2", 0.6}}}};
}

// Keras' formulas for one element, in double.
struct Plain {
  const Optimizer o;
  double w, m = 0, v = 0, a = 0, largest = 0;
  void step(double g, int t) {
    const auto at = [&](const char* key) { return o.values.at(key); };
    const double lr = at("learning_rate");
    if (o.name == "sgd") {
      const double mu = at("momentum");
      m = mu * m - lr * g;
      w += at("nesterov") != 0 && mu != 0 ? mu * m - lr * g : m;
    } else if (o.name == "rmsprop") {
      const double rho = at("rho");
      v = rho * v + (1 - rho) * g * g;
      a = rho * a + (1 - rho) * g;
      const double below = at("centered") != 0 ? v - a * a + 1e-7 : v + 1e-7;
      m = at("momentum") * m + lr * g / std::sqrt(below);
      w -= m;
    } else {
      m += (g - m) * (1 - at("beta_1"));
      v += (g * g - v) * (1 - at("beta_2"));
      largest = std::max(largest, v);
      const double alpha =
          lr * std::sqrt(1 - std::pow(at("beta_2"), t)) / (1 - std::pow(at("beta_1"), t));
      w -= alpha * m / (std::sqrt(at("amsgrad") != 0 ? largest : v) + 1e-7);
    }
  }
};

TEST(Optimizer, StepsEqualKerasFormulasDenseAndByRows) {
  for (const Optimizer& options : optimizers()) {
    for (const bool by_rows : {false, true}) {
      Steps steps(by_rows);
      const Optimizer resolved = resolve_optimizer(options);
      std::vector<Plain> plain;
      for (const double w : steps.weights[0].value) plain.push_back({resolved, w});
      const auto optimizer = make_optimizer<double>(options, {&steps.weights[0]});
      for (int t = 1; t <= 12; ++t) {
        steps.set(t);
        optimizer->apply();
        for (size_t i = 0; i < 12; ++i) plain[i].step(Steps::gradient(t, i), t);
      }
      EXPECT_EQ(optimizer->iterations, 12);
      for (size_t i = 0; i < 12; ++i) {
        EXPECT_NEAR(steps.weights[0].value[i], plain[i].w, 1e-12) << options.name << " " << by_rows;
      }
      for (const auto& slot : optimizer->slots()) {  // rows that waited are brought up to date
        for (size_t i = 0; i < 12; ++i) {
          const double want = slot.name == "velocity"           ? plain[i].v
                              : slot.name == "momentum"         ? plain[i].m
                              : slot.name == "average_gradient" ? plain[i].a
                                                                : plain[i].largest;
          EXPECT_NEAR((*slot.values)[i], want, 1e-12) << options.name << " " << slot.name;
        }
      }
    }
  }
}

TEST(Optimizer, SlotsStandInKerasOrder) {
  Steps steps(false);
  const auto names = [&](const Optimizer& options) {
    std::vector<std::string> all;
    for (const auto& slot :
         make_optimizer<double>(options, {&steps.weights[0], &steps.weights[0]})->slots()) {
      all.push_back(slot.name);
    }
    return all;
  };
  using testing::ElementsAre;
  EXPECT_THAT(
      names({"adam", {{"amsgrad", 1}}}),
      ElementsAre("momentum", "velocity", "momentum", "velocity", "velocity_hat", "velocity_hat"));
  EXPECT_THAT(names({"rmsprop", {{"momentum", 0.5}, {"centered", 1}}}),
              ElementsAre("velocity", "velocity", "momentum", "momentum", "average_gradient",
                          "average_gradient"));
  EXPECT_THAT(names({"sgd"}), ElementsAre());
}

template <class Real>
Signal<Real> signal(std::vector<Real>& values, const Shape& shape) {
  Signal<Real> s;
  s.shape = shape;
  s.value = values.data();
  return s;
}

// Keras' numbers for these probabilities; the clip keeps log(0) away.
TEST(Loss, BinaryCrossentropyClipsProbabilities) {
  std::vector<double> p = {0.9, 0.2, 0.0};
  const std::vector<float> y = {1, 0, 1};
  const double want = (-std::log(0.9) - std::log(0.8) - std::log(1e-7)) / 3;
  EXPECT_NEAR(Loss("binary_crossentropy").mean<double>(signal(p, {3, 1}), {y.data(), {3}}, nullptr),
              want, 1e-9);
}

TEST(Loss, UsesLogitsWhereItHasThem) {
  std::vector<double> z = {40, -40}, p = {1, 4e-18};
  Signal<double> s = signal(p, {2, 1});
  s.logits = z.data();
  s.logits_activation = "sigmoid";
  const std::vector<float> y = {0, 1};
  Gradient<double> gradient;
  EXPECT_NEAR(Loss("binary_crossentropy").mean(s, {y.data(), {2}}, &gradient), 40, 1e-9);
  EXPECT_TRUE(gradient.at_logits);
  EXPECT_NEAR(gradient.dense[0], 0.5, 1e-12);
}

TEST(Loss, MaskedStepsDoNotCount) {
  std::vector<double> p = {1, 2, 3, 4};
  Signal<double> s = signal(p, {2, 2, 1});
  const std::vector<uint8_t> mask = {1, 0, 1, 1};
  s.mask = mask.data();
  const std::vector<float> y = {0, 0, 0, 0};
  Gradient<double> gradient;
  EXPECT_NEAR(Loss("mean_squared_error").mean(s, {y.data(), {2, 2}}, &gradient), (1 + 9 + 16) / 3.0,
              1e-12);
  EXPECT_EQ(gradient.dense[1], 0);
}

TEST(Metric, AccuracyFollowsKerasRule) {
  std::vector<float> p = {0.1, 0.7, 0.2, 0.6, 0.3, 0.1};
  const auto s = signal(p, {2, 3});
  const std::vector<float> sparse = {1, 2}, one_hot = {0, 1, 0, 0, 0, 1};
  Metric a("acc", {kNone, 3}, {2});
  a.add(s, Targets{sparse.data(), {2}});
  EXPECT_DOUBLE_EQ(a.result(), 0.5);
  Metric b("accuracy", {kNone, 3}, {2, 3});
  b.add(s, Targets{one_hot.data(), {2, 3}});
  EXPECT_DOUBLE_EQ(b.result(), 0.5);
  std::vector<float> half = {0.5, 0.51};
  const std::vector<float> ones = {1, 1};
  Metric c("accuracy", {kNone, 1}, {2});
  c.add(signal(half, {2, 1}), Targets{ones.data(), {2}});
  EXPECT_DOUBLE_EQ(c.result(), 0.5);  // exactly 0.5 counts as class 0
}

TEST(Targets, AreCheckedBeforeTraining) {
  const std::vector<float> y = {0, 1, 2};
  EXPECT_THROW(Loss("binary_crossentropy").check_targets({y.data(), {3}}, {kNone, 1}), Error);
  EXPECT_THROW(Loss("sparse_categorical_crossentropy").check_targets({y.data(), {3}}, {kNone, 2}),
               Error);
  EXPECT_NO_THROW(
      Loss("sparse_categorical_crossentropy").check_targets({y.data(), {3}}, {kNone, 3}));
  EXPECT_THROW(Loss("mean_squared_error").check_targets({y.data(), {3}}, {kNone, 3}), Error);
}

}  // namespace
}  // namespace eddy::training_test
