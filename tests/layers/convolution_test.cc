// SPDX-License-Identifier: MIT
// Conv1D against plain loops over Keras' definition, on ids and reals, and on every number of
// threads.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "eddy/threads.h"
#include "layers/layer_support.h"

namespace eddy::convolution_test {
namespace {

struct Case {
  int64_t kernel, strides, dilation, groups;
  const char* padding;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* padding : {"valid", "same", "causal"}) {
    for (const int64_t kernel : {1, 2, 3, 4}) {
      for (const int64_t groups : {1, 2}) {
        for (const int64_t strides : {1, 2, 3, 5}) {
          all.push_back({kernel, strides, 1, groups, padding});
        }
        for (const int64_t dilation : {2, 3}) all.push_back({kernel, 1, dilation, groups, padding});
      }
    }
  }
  return all;
}

// y[o, f] = b[f] + sum over taps and features of x[o s + tap d - front, x] K[tap, x, f].
std::vector<double> convolved(const Given& x, const Case& c, int64_t F,
                              const std::vector<double>& kernel, const std::vector<double>& bias) {
  const int64_t B = x.shape[0], T = x.shape[1], X = x.shape[2],
                extent = (c.kernel - 1) * c.dilation + 1;
  const std::string padding = c.padding;
  int64_t front = 0, count = (T - extent) / c.strides + 1;
  if (padding != "valid") {
    count = (T + c.strides - 1) / c.strides;
    front = padding == "causal" ? extent - 1
                                : std::max<int64_t>((count - 1) * c.strides + extent - T, 0) / 2;
  }
  std::vector<double> y;
  for (int64_t b = 0; b < B; ++b) {
    for (int64_t o = 0; o < count; ++o) {
      for (int64_t f = 0; f < F; ++f) {
        double sum = bias[static_cast<size_t>(f)];
        const int64_t group = f / (F / c.groups), width = X / c.groups;
        for (int64_t tap = 0; tap < c.kernel; ++tap) {
          const int64_t t = o * c.strides + tap * c.dilation - front;
          if (t < 0 || t >= T) continue;
          for (int64_t j = 0; j < width; ++j) {
            sum += x.values[static_cast<size_t>((b * T + t) * X + group * width + j)] *
                   kernel[static_cast<size_t>((tap * width + j) * F + f)];
          }
        }
        y.push_back(sum);
      }
    }
  }
  return y;
}

LayerSpec layer(const Case& c, int64_t filters) {
  return Conv1D({.filters = filters,
                 .kernel_size = c.kernel,
                 .strides = c.strides,
                 .padding = c.padding,
                 .dilation_rate = c.dilation,
                 .groups = c.groups});
}

template <class Real>
std::vector<double> weight(LayerRun<Real>& run, size_t number) {
  const auto& value = run.weights()[number]->value;
  return {value.begin(), value.end()};
}

template <class Real>
void check(const Given& x, int64_t filters, double tolerance) {
  for (const Case& c : cases()) {
    LayerRun<Real> run(layer(c, filters), {x.shape});
    EXPECT_EQ(run.weights()[0]->shape, (Shape{c.kernel, x.shape[2] / c.groups, filters}));
    const auto want = convolved(x, c, filters, weight(run, 0), weight(run, 1));
    const auto& y = run.forward({x});
    ASSERT_EQ(y.shape[1], run.shapes()[0][1]);
    expect_near(values_of(y), want, tolerance,
                fmt::format("{} k {} s {} d {} g {}: ", c.padding, c.kernel, c.strides, c.dilation,
                            c.groups));
  }
}

TEST(Conv1D, EqualsPlainLoops) {
  check<double>(random_input({3, 11, 4}), 6, 1e-13);
  check<float>(random_input({3, 11, 4}), 6, 1e-5);
  check<float>(random_input({2, 13, 10}), 38, 3e-5);
}

TEST(Conv1D, RowsOfATableAndIdsAreValues) {
  const int64_t B = 2, T = 5, X = 3;
  const Given table = random_input({7, X});
  const std::vector<double> rows = table.values;
  const std::vector<int32_t> ids = {1, 2, 0, 6, 3, 3, 0, 0, 5, 1};
  Given x{{B, T, X}, {}};
  for (const int32_t id : ids) {
    for (int64_t j = 0; j < X; ++j) x.values.push_back(rows[static_cast<size_t>(id * X + j)]);
  }
  for (const char* padding : {"valid", "same"}) {
    LayerRun<double> run(layer({3, 1, 1, 1, padding}, 4), {x.shape});
    const auto want = values_of(run.forward({x}));
    Signal<double> in, out;
    in.shape = x.shape;
    in.lookup = Lookup<double>{rows.data(), ids.data(), 7};
    const Signal<double>* inputs[] = {&in};
    run.layer().forward(inputs, {&out, 1}, Pass{});
    expect_near(values_of(out), want, 0, "lookup");
  }
  std::vector<int32_t> numbers = {4, -2, 7, 0, 1, 9};
  Given reals{{1, 3, 2}, {4, -2, 7, 0, 1, 9}};
  LayerRun<double> run(layer({2, 1, 1, 1, "valid"}, 3), {reals.shape});
  const auto want = values_of(run.forward({reals}));
  Signal<double> in, out;
  in.shape = reals.shape;
  in.ids = numbers.data();
  const Signal<double>* inputs[] = {&in};
  run.layer().forward(inputs, {&out, 1}, Pass{});
  expect_near(values_of(out), want, 0, "ids");
}

TEST(Conv1D, ThreadsDoNotChangeABit) {
  const Given x = random_input({9, 401, 6});
  const LayerSpec spec = layer({4, 1, 2, 2, "same"}, 10);
  std::vector<double> first;
  for (const int threads : {1, 2, 5}) {
    set_num_threads(threads);
    LayerRun<float> run(spec, {x.shape});
    auto all = values_of(run.forward({x}, true));
    const auto dx = run.backward(all)[0];
    all.insert(all.end(), dx.begin(), dx.end());
    for (auto* weight : run.weights()) {
      all.insert(all.end(), weight->grad.begin(), weight->grad.end());
    }
    if (first.empty()) first = all;
    EXPECT_EQ(all, first) << threads;
  }
  set_num_threads(0);
}

TEST(Conv1D, DropsTheMaskAndCountsWholeWindowsOfThePrefix) {
  Given x = random_input({4, 11, 3});
  add_mask(x);
  x.prefix = {0, 3, 7, 11};
  const auto prefix = [&](int64_t strides, int64_t dilation, const char* padding) {
    LayerRun<float> run(layer({3, strides, dilation, 1, padding}, 2), {x.shape});
    const auto& y = run.forward({x});
    EXPECT_EQ(y.mask, nullptr);
    return prefix_of(y);
  };
  EXPECT_EQ(prefix(1, 1, "causal"), (std::vector<int32_t>{0, 3, 7, 11}));
  EXPECT_EQ(prefix(1, 1, "valid"), (std::vector<int32_t>{0, 1, 5, 9}));
  EXPECT_EQ(prefix(2, 1, "valid"), (std::vector<int32_t>{0, 1, 3, 5}));
  EXPECT_EQ(prefix(1, 2, "valid"), (std::vector<int32_t>{0, 0, 3, 7}));
}

TEST(Conv1D, ActivationsGiveTheLogitsToTheLoss) {
  const Given x = random_input({2, 4, 3});
  auto options = std::get<Conv1DOptions>(Conv1D(2, 3, "sigmoid"));
  options.use_bias = false;
  LayerRun<double> run(options, {x.shape});
  ASSERT_EQ(run.weights().size(), 1);
  const auto& y = run.forward({x});
  EXPECT_STREQ(y.logits_activation, "sigmoid");
  for (int64_t i = 0; i < y.size(); ++i) {
    EXPECT_NEAR(y.value[i], 1 / (1 + std::exp(-y.logits[i])), 1e-15);
  }
}

TEST(Conv1D, RefusesWhatKerasRefuses) {
  const auto refused = [](const Conv1DOptions& options, const Shape& shape = {4, 5, 6}) {
    return layer_refusal(Conv1D(options), {shape}).code();
  };
  const auto bad = ErrorCode::invalid_argument, misfit = ErrorCode::shape_mismatch;
  EXPECT_EQ(refused({.filters = 0, .kernel_size = 3}), bad);
  EXPECT_EQ(refused({.filters = 4}), bad);
  EXPECT_EQ(refused({.filters = 4, .kernel_size = 3, .strides = 0}), bad);
  EXPECT_EQ(refused({.filters = 4, .kernel_size = 3, .strides = 2, .dilation_rate = 2}), bad);
  EXPECT_EQ(refused({.filters = 4, .kernel_size = 3, .groups = 3}), bad);
  EXPECT_EQ(refused({.filters = 4, .kernel_size = 3, .padding = "full"}), bad);
  EXPECT_EQ(refused({.filters = 4, .kernel_size = 3, .dilation_rate = INT32_MAX}), bad);
  EXPECT_EQ(refused({.filters = 4, .kernel_size = 3, .activation = "rely"}), bad);
  EXPECT_EQ(refused({.filters = 8, .kernel_size = 3, .groups = 4}), misfit);
  EXPECT_EQ(refused({.filters = 4, .kernel_size = 6}), misfit);
  EXPECT_EQ(refused({.filters = 4, .kernel_size = 3}, {4, 5}), misfit);
  LayerRun<float> open(Conv1D(2, 4), {{4, kNone, 3}});
  EXPECT_THROW(open.forward({random_input({4, 3, 3})}), Error);
}

}  // namespace
}  // namespace eddy::convolution_test
