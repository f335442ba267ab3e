// SPDX-License-Identifier: MIT
// The optimizers' rules on every instruction set: no sum is fused, so all have the same bits.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "eddy/cpu.h"
#include "kernels/simd.h"
#include "training/optimizer.h"

namespace eddy::update_rules_test {
namespace {

constexpr int64_t kRows = 11, kWidth = 37;  // a register, a half of one, and single numbers

std::vector<Optimizer> rules() {
  return {{"sgd", {}},
          {"sgd", {{"momentum", 0.9}, {"nesterov", 1}}},
          {"rmsprop", {}},
          {"rmsprop", {{"momentum", 0.7}, {"centered", 1}}},
          {"adam", {}},
          {"adam", {{"amsgrad", 1}}},
          {"nadam", {}},
          {"adagrad", {}},
          {"adadelta", {{"learning_rate", 1}}},
          {"adamax", {}},
          {"lion", {}},
          {"ftrl", {{"l1_regularization_strength", 0.01}}}};
}

template <class Real>
Weight<Real> make_weight(bool by_rows) {
  Weight<Real> weight{.name = "w", .shape = {kRows, kWidth}, .by_rows = by_rows};
  weight.value.resize(static_cast<size_t>(kRows * kWidth));
  std::mt19937 random(3);
  std::normal_distribution<Real> normal;
  for (Real& w : weight.value) w = normal(random);
  return weight;
}

// Weights after twenty steps; by rows, a row has a gradient in every other step, more or less.
std::vector<float> train(const Optimizer& options, bool by_rows) {
  Weight<float> weight = make_weight<float>(by_rows);
  const auto optimizer = make_optimizer<float>(options, {&weight});
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  for (int step = 0; step < 20; ++step) {
    weight.rows.clear();
    for (int32_t row = 0; row < kRows; ++row) {
      if (random() % 2 == 0) weight.rows.push_back(row);
    }
    const size_t rows = by_rows ? weight.rows.size() : kRows;
    weight.grad.resize(rows * kWidth);
    for (float& g : weight.grad) g = normal(random);
    optimizer->apply();
  }
  return {weight.value.begin(), weight.value.end()};
}

TEST(UpdateRules, HaveTheSameBitsOnEveryInstructionSet) {
  for (const Optimizer& options : rules()) {
    for (const bool by_rows : {false, true}) {
      force_simd_target("SCALAR");
      const std::vector<float> plain = train(options, by_rows);
      for (const auto& target : simd_targets()) {
        SCOPED_TRACE(options.name + (by_rows ? " by rows, " : ", ") + target);
        force_simd_target(target);
        EXPECT_EQ(train(options, by_rows), plain);
      }
      force_simd_target("");
    }
  }
}

// The first powers of rho come from a list; this one does not.
TEST(UpdateRules, RowsMayWaitForLong) {
  Weight<double> weight = make_weight<double>(true);
  const auto optimizer =
      make_optimizer<double>({"rmsprop", {{"rho", 0.999}, {"learning_rate", 0.1}}}, {&weight});
  constexpr int kWait = 1500;
  const double w = weight.value[0];
  for (int step = 0; step < kWait + 2; ++step) {  // row 0 in the first and the last
    weight.rows = {step == 0 || step == kWait + 1 ? 0 : 1};
    weight.grad.resize(kWidth);
    for (double& g : weight.grad) g = 0.5;
    optimizer->apply();
  }
  const double first = 0.001 * 0.25, v = first * std::pow(0.999, kWait + 1) + first;
  const double want = w - 0.05 / std::sqrt(first + 1e-7) - 0.05 / std::sqrt(v + 1e-7);
  EXPECT_NEAR(weight.value[0], want, 1e-9);  // rho and the rest of 1 are rounded once each
}

}  // namespace
}  // namespace eddy::update_rules_test
