// SPDX-License-Identifier: MIT
// Losses, metrics, optimizers, schedules, constraints and regularizers against real Keras' numbers,
// and gradients of losses and regularizers against differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "layers/constraints.h"
#include "layers/regularizers.h"
#include "training/golden_support.h"
#include "training/losses.h"
#include "training/metrics.h"
#include "training/optimizer.h"
#include "training/schedules.h"

namespace eddy::golden_test {
namespace {

using nlohmann::json;

template <class Real>
void activate(const std::string& activation, const std::vector<Real>& z, int64_t K,
              std::vector<Real>& p) {
  p = z;
  if (activation == "sigmoid") {
    for (Real& v : p) v = 1 / (1 + std::exp(-v));
  } else if (activation == "softmax") {
    for (size_t row = 0; row < z.size(); row += static_cast<size_t>(K)) {
      Real sum = 0;
      for (size_t j = row; j < row + static_cast<size_t>(K); ++j) sum += p[j] = std::exp(z[j]);
      for (size_t j = row; j < row + static_cast<size_t>(K); ++j) p[j] /= sum;
    }
  }
}

// Predictions and targets of a case, and a signal that shows them.
template <class Real>
struct Data {
  std::string activation;
  Shape shape, y_shape;
  std::vector<Real> x, p;
  std::vector<float> y, weights;
  std::vector<uint8_t> mask;
  Signal<Real> signal;

  Data(const json& at, std::string activation_)
      : activation(std::move(activation_)),
        shape(at.at("shape").get<Shape>()),
        y_shape(at.at("y_shape").get<Shape>()),
        x(numbers_as<Real>(at.at("x"))),
        y(numbers_as<float>(at.at("y"))) {
    if (at.contains("weights")) weights = numbers_as<float>(at.at("weights"));
    if (at.contains("mask")) mask = at.at("mask").get<std::vector<uint8_t>>();
    refresh();
  }
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;

  void refresh() {
    activate(activation, x, shape.back(), p);
    signal.shape = shape;
    signal.value = p.data();
    if (!mask.empty()) signal.mask = mask.data();
    if (activation.empty()) return;
    signal.logits = x.data();
    signal.logits_activation = activation == "sigmoid" ? "sigmoid" : "softmax";
  }
  Targets targets() const { return {y.data(), y_shape}; }
  SampleWeights factors() const {
    if (weights.empty()) return {};
    return {weights.data(), static_cast<int64_t>(weights.size())};
  }
};

TEST(Golden, LossesAndTheirGradients) {
  Worst values("losses"), gradients("loss_gradients");
  for (const json& at : golden_cases("losses")) {
    const std::string title = at.at("title");
    const Data<float> data(at, at.at("activation"));
    const Loss loss(described<LossSpec>(at.at("loss")));
    loss.check_targets(data.targets(), data.shape);
    if (at.contains("weights")) {
      const Tensor weights(at.at("weight_shape").get<Shape>(), data.weights);
      loss.check_weights(weights, data.y_shape, data.shape);
    }
    Gradient<float> gradient;
    values.see(loss.mean(data.signal, data.targets(), &gradient, data.factors()), at.at("value"),
               title);
    EXPECT_EQ(gradient.at_logits, !data.activation.empty()) << title;
    const auto want = read_numbers(at.at("gradient"));
    ASSERT_EQ(gradient.dense.size(), want.size()) << title;
    for (size_t i = 0; i < want.size(); ++i) {
      // Keras has NaN for a sample of the circle loss that has no partner; here it has no part.
      if (!std::isnan(want[i])) gradients.see(gradient.dense[i], want[i], title, 2e-5);
    }
  }
}

TEST(Golden, GradientsOfLossesEqualDifferences) {
  Worst worst("loss_differences");
  for (const json& at : golden_cases("losses")) {
    const std::string title = at.at("title");
    Data<double> data(at, at.at("activation"));
    const Loss loss(described<LossSpec>(at.at("loss")));
    const auto value = [&] {
      data.refresh();
      return loss.mean<double>(data.signal, data.targets(), nullptr, data.factors(), 1.5);
    };
    Gradient<double> gradient;
    value();
    loss.mean(data.signal, data.targets(), &gradient, data.factors(), 1.5);
    const std::vector<double> d(gradient.dense.begin(), gradient.dense.end());
    for (size_t i = 0; i < data.x.size(); ++i) {
      const double x = data.x[i], step = std::clamp(std::abs(x) / 100, 1e-7, 1e-4);
      // The clipped losses and the hinges are not smooth at these numbers.
      if (x == 0 || x == 1) continue;
      const auto difference = [&](double by) {
        data.x[i] = x + by;
        const double up = value();
        data.x[i] = x - by;
        const double down = value();
        data.x[i] = x;
        return up - down;
      };
      // Of fourth order: logarithms of small numbers are steep.
      const double slope = (8 * difference(step) - difference(2 * step)) / (12 * step);
      worst.see(d[i], slope, title, 1e-7);
    }
  }
}

TEST(Golden, Metrics) {
  Worst worst("metrics");
  for (const json& at : golden_cases("metrics")) {
    const std::string title = at.at("title");
    const auto& batches = at.at("batches");
    Metric metric(described<MetricSpec>(at.at("metric")), batches[0].at("shape").get<Shape>(),
                  batches[0].at("y_shape").get<Shape>());
    for (int twice = 0; twice < 2; ++twice) {
      metric.reset();
      for (const json& batch : batches) {
        const Data<float> data(batch, at.at("activation"));
        metric.add(data.signal, data.targets(), data.factors());
      }
      worst.see(metric.result(), at.at("result"), title);
    }
  }
}

// The formulas of the script.
double gradient_of(int step, size_t number, size_t i, double scale) {
  return static_cast<float>(scale * std::sin(1.3 * step + 0.9 * static_cast<double>(i) +
                                             2.1 * static_cast<double>(number)));
}

template <class Real>
std::vector<Weight<Real>> first_weights() {
  std::vector<Weight<Real>> weights(2);
  weights[0].name = "kernel";
  weights[0].shape = {4, 3};
  weights[1].name = "bias";
  weights[1].shape = {3};
  for (size_t number = 0; number < 2; ++number) {
    Weight<Real>& weight = weights[number];
    weight.value.resize(static_cast<size_t>(element_count(weight.shape)));
    for (size_t i = 0; i < weight.value.size(); ++i) {
      weight.value[i] = static_cast<Real>(
          static_cast<float>(std::cos(0.7 * static_cast<double>(i) + static_cast<double>(number))));
    }
  }
  return weights;
}

Optimizer optimizer_of(const json& at) {
  const Spec spec = read_spec(at.at("optimizer"));
  Optimizer optimizer(spec.name, spec.values);
  if (!at.at("schedule").is_null()) {
    optimizer.schedule = described<LearningRateSchedule>(at.at("schedule"));
  }
  optimizer.exclude_from_weight_decay = at.at("exclude").get<std::vector<std::string>>();
  return optimizer;
}

template <class Real>
void compare(const std::vector<Weight<Real>>& weights, const json& want, const std::string& title,
             Worst& worst) {
  const auto numbers = read_numbers(want);
  size_t at = 0;
  for (const auto& weight : weights) {
    for (size_t i = 0; i < weight.value.size(); ++i)
      worst.see(weight.value[i], numbers[at++], title);
  }
}

void compare_variables(OptimizerState<float>& state, const json& at, Worst& worst) {
  const std::string title = at.at("title");
  const auto slots = state.slots();
  const json& variables = at.at("variables");
  const size_t head = state.has_schedule() ? 1 : 2;
  ASSERT_EQ(variables.size(), slots.size() + head) << title;
  EXPECT_EQ(variables[0].at("values")[0].get<double>(), static_cast<double>(state.iterations));
  worst.see(state.learning_rate(), at.at("learning_rate"), title);
  for (size_t k = 0; k < slots.size(); ++k) {
    const json& variable = variables[k + head];
    if (slots[k].weight >= 0) {  // "kernel_momentum"
      EXPECT_EQ(variable.at("name").get<std::string>(),
                (slots[k].weight == 0 ? "kernel_" : "bias_") + slots[k].name)
          << title;
    }
    EXPECT_EQ(variable.at("shape").get<Shape>(), slots[k].shape) << title;
    const auto want = read_numbers(variable.at("values"));
    ASSERT_EQ(want.size(), slots[k].values->size()) << title;
    for (size_t i = 0; i < want.size(); ++i) worst.see((*slots[k].values)[i], want[i], title);
  }
}

TEST(Golden, OptimizersStepByStep) {
  Worst worst("optimizers"), slots("optimizer_variables");
  for (const json& at : golden_cases("optimizers")) {
    const std::string title = at.at("title");
    auto weights = first_weights<float>();
    if (!at.at("constraint").is_null()) {
      weights[0].constraint = resolve_constraint(described<Constraint>(at.at("constraint")));
    }
    const auto state = make_optimizer<float>(optimizer_of(at), {&weights[0], &weights[1]});
    const double scale = at.at("scale");
    for (int step = 1; step <= 12; ++step) {
      for (size_t number = 0; number < 2; ++number) {
        weights[number].grad.resize(weights[number].value.size());
        for (size_t i = 0; i < weights[number].grad.size(); ++i) {
          weights[number].grad[i] = static_cast<float>(gradient_of(step, number, i, scale));
        }
      }
      state->apply();
      if (step % 3 == 0) {
        compare(weights, at.at("steps")[static_cast<size_t>(step / 3 - 1)], title, worst);
      }
    }
    compare_variables(*state, at, slots);
    state->finalize();
    compare(weights, at.at("final"), title, worst);
  }
}

// Rows without gradient may wait; whatever stands around the formula, the numbers are those of a
// dense gradient.
TEST(Golden, GradientsByRowsEqualDenseOnes) {
  Worst worst("by_rows");
  for (const json& at : golden_cases("optimizers")) {
    auto dense = first_weights<double>(), by_rows = first_weights<double>();
    if (!at.at("constraint").is_null()) {
      dense[0].constraint = resolve_constraint(described<Constraint>(at.at("constraint")));
      by_rows[0].constraint = dense[0].constraint;
    }
    by_rows[0].by_rows = true;
    const auto a = make_optimizer<double>(optimizer_of(at), {&dense[0]});
    const auto b = make_optimizer<double>(optimizer_of(at), {&by_rows[0]});
    for (int step = 1; step <= 12; ++step) {
      const int32_t rows[2] = {static_cast<int32_t>(step % 4), static_cast<int32_t>(step % 2 + 2)};
      by_rows[0].rows.clear();
      dense[0].grad.resize_zeroed(12);
      for (const int32_t row : rows) {
        if (by_rows[0].rows.empty() || by_rows[0].rows[0] != row) by_rows[0].rows.push_back(row);
      }
      by_rows[0].grad.resize(by_rows[0].rows.size() * 3);
      for (size_t r = 0; r < by_rows[0].rows.size(); ++r) {
        for (size_t j = 0; j < 3; ++j) {
          const size_t i = static_cast<size_t>(by_rows[0].rows[r]) * 3 + j;
          dense[0].grad[i] = by_rows[0].grad[r * 3 + j] = gradient_of(step, 0, i, 2);
        }
      }
      a->apply();
      b->apply();
      if (step == 7) b->slots();  // somebody reads the state in between
    }
    const auto want = a->slots(), got = b->slots();
    ASSERT_EQ(want.size(), got.size());
    for (size_t k = 0; k < want.size(); ++k) {
      for (size_t i = 0; i < want[k].values->size(); ++i) {
        worst.see((*got[k].values)[i], (*want[k].values)[i], at.at("title"), 1e-12);
      }
    }
    for (size_t i = 0; i < 12; ++i) {
      worst.see(by_rows[0].value[i], dense[0].value[i], at.at("title"), 1e-12);
    }
  }
}

TEST(Golden, Schedules) {
  Worst worst("schedules");
  for (const json& at : golden_cases("schedules")) {
    const auto schedule = described<LearningRateSchedule>(at.at("schedule"));
    const auto rates = read_numbers(at.at("rates"));
    for (size_t step = 0; step < rates.size(); ++step) {
      worst.see(learning_rate_at(schedule, static_cast<int64_t>(step)), rates[step],
                at.at("title").get<std::string>() + " at " + std::to_string(step), 1e-6);
    }
  }
}

TEST(Golden, Constraints) {
  Worst worst("constraints");
  for (const json& at : golden_cases("constraints")) {
    auto values = numbers_as<float>(at.at("x"));
    const auto kept = read_numbers(at.at("kept"));
    constrain(resolve_constraint(described<Constraint>(at.at("constraint"))),
              at.at("shape").get<Shape>(), values.data());
    for (size_t i = 0; i < kept.size(); ++i) worst.see(values[i], kept[i], at.at("title"), 1e-6);
  }
}

TEST(Golden, RegularizersAndTheirGradients) {
  Worst worst("regularizers"), differences("regularizer_differences");
  for (const json& at : golden_cases("regularizers")) {
    const Regularizer regularizer =
        resolve_regularizer(described<Regularizer>(at.at("regularizer")));
    auto x = numbers_as<double>(at.at("x"));
    const Shape shape = at.at("shape").get<Shape>();
    std::vector<double> gradient(x.size());
    worst.see(penalty(regularizer, shape, x.data(), 1, gradient.data()), at.at("value"),
              at.at("title"));
    const auto want = read_numbers(at.at("gradient"));
    for (size_t i = 0; i < x.size(); ++i) {
      worst.see(gradient[i], want[i], at.at("title"));
      const double kept = x[i];
      x[i] = kept + 1e-5;
      const double up = penalty(regularizer, shape, x.data());
      x[i] = kept - 1e-5;
      const double down = penalty(regularizer, shape, x.data());
      x[i] = kept;
      differences.see(gradient[i], (up - down) / 2e-5, at.at("title"), 1e-7);
    }
  }
}

}  // namespace
}  // namespace eddy::golden_test
