// SPDX-License-Identifier: MIT
// Normalization: the numbers it learns, gives and takes back.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "layers/layer_support.h"

namespace eddy::standardization_test {
namespace {

Tensor rows() { return {{4, 3}, {0, 7, 4, 2, 9, 6, 0, 7, 4, 2, 9, 6}}; }  // Keras' own example

template <class Real>
std::vector<double> given_back(LayerSpec layer, const Given& x) {
  if (layer_name(layer).empty()) set_layer_name(layer, "layer");
  uint64_t streams = 0;
  auto live = make_layer<Real>(layer, streams);
  Shape open = x.shape;
  open[0] = kNone;
  live->build({open});
  for (auto* weight : live->weights()) {
    weight->value.resize(static_cast<size_t>(element_count(weight->shape)));
    std::copy(weight->first_values.begin(), weight->first_values.end(), weight->value.begin());
  }
  std::vector<Real> values(x.values.begin(), x.values.end());
  Signal<Real> in;
  in.shape = x.shape;
  in.value = values.data();
  const Signal<Real>* inputs[] = {&in};
  std::vector<Signal<Real>> out(1);
  live->forward(inputs, out, Pass{});
  EXPECT_EQ(out[0].shape, x.shape);
  return values_of(out[0]);
}

TEST(Normalization, AdaptLearnsMeanAndVarianceOfEveryFeature) {
  LayerSpec layer = Normalization();
  layer.adapt(rows());
  const auto& options = std::get<NormalizationOptions>(layer);
  EXPECT_EQ(options.adapted_mean, (std::vector<float>{1, 8, 5}));
  EXPECT_EQ(options.adapted_variance, (std::vector<float>{1, 1, 1}));
  expect_near(given_back<float>(layer, {{1, 3}, {0, 7, 4}}), {-1, -1, -1}, 0);
}

// In two halves, far from zero: sums of squares would lose the variance there.
TEST(Normalization, AdaptLearnsTheSameStepByStep) {
  Tensor data({40, 3});
  for (int64_t i = 0; i < data.size(); ++i) {
    data[i] = 1e4F + static_cast<float>((i * 37 + i * i) % 101) * (i % 3 == 0 ? 0.01F : 1.0F);
  }
  FeatureMoments moments(3);
  moments.add(Tensor({13, 3}, std::vector<float>(data.data(), data.data() + 39)));
  moments.add(Tensor({27, 3}, std::vector<float>(data.data() + 39, data.data() + 120)));
  LayerSpec whole = Normalization(), parts = Normalization();
  whole.adapt(data);
  parts.adapt(moments);
  const auto& expected = std::get<NormalizationOptions>(whole);
  const auto& got = std::get<NormalizationOptions>(parts);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(got.adapted_mean[k], expected.adapted_mean[k]);
    EXPECT_EQ(got.adapted_variance[k], expected.adapted_variance[k]);
    double mean = 0, variance = 0;
    for (size_t t = 0; t < 40; ++t) mean += static_cast<double>(data.values()[3 * t + k]) / 40;
    for (size_t t = 0; t < 40; ++t) {
      variance += std::pow(static_cast<double>(data.values()[3 * t + k]) - mean, 2) / 40;
    }
    EXPECT_FLOAT_EQ(got.adapted_mean[k], static_cast<float>(mean));
    EXPECT_FLOAT_EQ(got.adapted_variance[k], static_cast<float>(variance));
  }
  EXPECT_THROW(moments.add(Tensor({2, 2})), Error);
  EXPECT_THROW(moments.add(Tensor({1, 3}, {0, NAN, 0})), Error);
  LayerSpec all = Normalization({.axis = {}}), none = Normalization();
  EXPECT_THROW(all.adapt(moments), Error);
  EXPECT_THROW(none.adapt(FeatureMoments(3)), Error);
}

TEST(Normalization, InvertGivesTheNumbersBack) {
  LayerSpec layer = Normalization({.invert = true});
  layer.adapt(rows());
  expect_near(given_back<double>(layer, {{1, 3}, {1, 2, 3}}), {2, 10, 8}, 0);
}

TEST(Normalization, AdaptCountsTheAxesThatStay) {
  const Tensor data({2, 2, 3}, {1, 2, 3, 4, 5, 6, 3, 6, 9, 12, 15, 18});
  LayerSpec all = Normalization({.axis = {}}), steps = Normalization({.axis = {1}}),
            both = Normalization({.axis = {-1, 1}});
  all.adapt(data), steps.adapt(data), both.adapt(data);
  EXPECT_EQ(std::get<NormalizationOptions>(all).adapted_mean, std::vector<float>{7});
  EXPECT_EQ(std::get<NormalizationOptions>(steps).adapted_mean, (std::vector<float>{4, 10}));
  EXPECT_EQ(std::get<NormalizationOptions>(both).adapted_mean,
            (std::vector<float>{2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(std::get<NormalizationOptions>(both).adapted_variance,
            (std::vector<float>{1, 4, 9, 16, 25, 36}));
}

TEST(Normalization, ConstantDataBecomeZeros) {
  LayerSpec layer = Normalization();
  layer.adapt(Tensor({2, 1}, {5, 5}));
  expect_near(given_back<float>(layer, {{2, 1}, {5, 5}}), {0, 0}, 0);
}

TEST(Normalization, GivenNumbersAreRepeatedAlongTheAxes) {
  const Given x{{1, 2, 2}, {1, 2, 3, 4}};
  const NormalizationOptions by_step{
      .axis = {1, 2}, .mean = Constants({2, 1}, {1, 3}), .variance = Constants({2, 1}, {4, 16})};
  expect_near(given_back<double>(Normalization(by_step), x), {0, 0.5, 0, 0.25}, 0);
  const NormalizationOptions by_feature{
      .axis = {1, 2}, .mean = std::vector<double>{1, 2}, .variance = std::vector<double>{4, 16}};
  expect_near(given_back<double>(Normalization(by_feature), x), {0, 0, 1, 0.5}, 0);
}

TEST(Normalization, StepsEqualTheWhole) {
  LayerSpec layer = Normalization();
  layer.adapt(rows());
  set_layer_name(layer, "layer");
  uint64_t streams = 0;
  auto live = make_layer<float>(layer, streams);
  live->build({{kNone, kNone, 3}});
  for (auto* weight : live->weights()) {
    weight->value.resize(static_cast<size_t>(element_count(weight->shape)));
    std::copy(weight->first_values.begin(), weight->first_values.end(), weight->value.begin());
  }
  const auto step = live->make_step();
  std::vector<float> memory(static_cast<size_t>(step->memory()));
  const float values[] = {3, 8, 4};
  const float* out = step->step({values, 0}, 0, memory.data());
  EXPECT_EQ(std::vector<float>(out, out + 3), (std::vector<float>{2, 0, -1}));
}

TEST(Normalization, SaysWhatIsWrong) {
  const auto code = [](const NormalizationOptions& options, const Shape& shape) {
    const Error error = layer_refusal(Normalization(options), {shape});
    EXPECT_FALSE(error.fix().empty());
    return error.code();
  };
  EXPECT_EQ(code({.mean = 1}, {1, 2}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.mean = 1, .variance = -1}, {1, 2}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.mean = 1, .variance = std::vector<double>{1, 2}}, {1, 2}),
            ErrorCode::shape_mismatch);
  EXPECT_EQ(
      code({.mean = std::vector<double>{1, 2}, .variance = std::vector<double>{1, 2}}, {1, 3}),
      ErrorCode::shape_mismatch);
  EXPECT_EQ(code({.axis = {}, .mean = std::vector<double>{1}, .variance = std::vector<double>{1}},
                 {1, 1}),
            ErrorCode::shape_mismatch);
  EXPECT_EQ(code({.axis = {1, -1}}, {1, 2}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.axis = {0}}, {1, 2}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.axis = {1}}, {1, kNone, 2}), ErrorCode::shape_mismatch);
  EXPECT_EQ(code({.adapted_mean = {1, 2}, .adapted_variance = {1, 2}}, {1, 3}),
            ErrorCode::shape_mismatch);
}

TEST(Normalization, AdaptRefusesWhatItCannotLearnFrom) {
  const auto code = [](LayerSpec layer, const Tensor& data) {
    try {
      layer.adapt(data);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  EXPECT_EQ(code(Dense(1), rows()), ErrorCode::invalid_argument);
  EXPECT_EQ(code(Normalization({.mean = 1, .variance = 1}), rows()), ErrorCode::invalid_argument);
  EXPECT_EQ(code(Normalization(), Tensor({0, 3})), ErrorCode::invalid_argument);
  EXPECT_EQ(code(Normalization(), Tensor({1, 1}, {std::nanf("")})), ErrorCode::bad_data);
  EXPECT_EQ(code(Normalization(), Tensor({1, 1}, {std::numeric_limits<float>::infinity()})),
            ErrorCode::bad_data);
}

}  // namespace
}  // namespace eddy::standardization_test
