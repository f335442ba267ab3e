// SPDX-License-Identifier: MIT
// Merging layers: values, broadcasting, masks and gradients at ties as Keras 3.15.1 with TensorFlow
// gives them.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "layers/layer_support.h"

namespace eddy::merges_test {
namespace {

struct Merge {
  const char* name;
  LayerSpec layer;
  std::function<double(double, double)> of;
};

std::vector<Merge> merges() {
  return {{"add", Add(), [](double a, double b) { return a + b; }},
          {"subtract", Subtract(), [](double a, double b) { return a - b; }},
          {"multiply", Multiply(), [](double a, double b) { return a * b; }},
          {"average", Average(), [](double a, double b) { return (a + b) / 2; }},
          {"maximum", Maximum(), [](double a, double b) { return a > b ? a : b; }},
          {"minimum", Minimum(), [](double a, double b) { return a < b ? a : b; }}};
}

TEST(Merges, ValueByValueWithLengthsOfOneRepeated) {
  const std::pair<Shape, Shape> cases[] = {{{2, 3, 4}, {2, 3, 4}}, {{2, 3, 4}, {2, 1, 4}},
                                           {{2, 1, 4}, {2, 3, 1}}, {{2, 3, 4}, {2, 4}},
                                           {{2, 4}, {2, 5, 3, 4}}, {{2, 4}, {2, 4}}};
  for (const auto& [left, right] : cases) {
    const Given a = random_input(left, 1), b = random_input(right, 2);
    const size_t rank = std::max(left.size(), right.size());
    const auto length = [&](const Shape& shape, size_t axis) {  // ones behind the batch
      if (axis == 0) return shape[0];
      const size_t more = rank - shape.size();
      return axis <= more ? 1 : shape[axis - more];
    };
    Shape whole;
    for (size_t k = 0; k < rank; ++k) {
      whole.push_back(std::max(length(left, k), length(right, k)));
    }
    for (const Merge& merge : merges()) {
      LayerRun<double> run(merge.layer, {left, right});
      const auto& y = run.forward({a, b});
      ASSERT_EQ(y.shape, whole);
      for (int64_t i = 0; i < element_count(whole); ++i) {
        const auto at = [&](const Given& x) {
          int64_t rest = i, offset = 0, step = 1;
          for (size_t k = rank; k-- > 0;) {
            offset += length(x.shape, k) == 1 ? 0 : rest % whole[k] * step;
            step *= length(x.shape, k);
            rest /= whole[k];
          }
          return x.values[static_cast<size_t>(offset)];
        };
        ASSERT_NEAR(y.value[i], merge.of(at(a), at(b)), 1e-15) << merge.name << i;
      }
    }
  }
}

TEST(Merges, SeveralInputs) {
  const Given a{{1, 3}, {1, 2, 3}}, b{{1, 3}, {4, -5, 6}}, c{{1, 3}, {0, 1, 7}};
  const std::vector<Shape> shapes = {a.shape, b.shape, c.shape};
  const auto merged = [&](const LayerSpec& layer) {
    LayerRun<double> run(layer, shapes);
    return values_of(run.forward({a, b, c}));
  };
  expect_near(merged(Add()), {5, -2, 16}, 0);
  expect_near(merged(Multiply()), {0, -10, 126}, 0);
  expect_near(merged(Average()), {5.0 / 3, -2.0 / 3, 16.0 / 3}, 1e-15);
  expect_near(merged(Maximum()), {4, 2, 7}, 0);
  expect_near(merged(Minimum()), {0, -5, 3}, 0);
}

TEST(Merges, TheFirstOfEqualsTakesTheGradient) {
  const Given a{{1, 4}, {1, 2, 3, 0}}, b{{1, 4}, {1, 1, 4, -0.0}};
  LayerRun<double> most(Maximum(), {a.shape, b.shape});
  most.forward({a, b}, true);
  const auto d = most.backward({1, 2, 3, 4});
  expect_near(d[0], {1, 2, 0, 4}, 0);
  expect_near(d[1], {0, 0, 3, 0}, 0);
  LayerRun<double> least(Minimum(), {a.shape, b.shape});
  least.forward({a, b}, true);
  const auto e = least.backward({1, 2, 3, 4});
  expect_near(e[0], {1, 0, 3, 4}, 0);
  expect_near(e[1], {0, 2, 0, 0}, 0);
}

// Two inputs of four steps: both real, one masked, the other masked, both masked.
TEST(Merges, MasksAndMaskedValues) {
  const std::vector<uint8_t> first = {1, 0, 1, 0}, second = {1, 1, 0, 0};
  const Given a{{1, 4, 1}, {2, 3, 4, 5}, first}, b{{1, 4, 1}, {6, 7, 1, 9}, second};
  const Given plain{b.shape, b.values};
  const auto check = [&](const LayerSpec& layer, const std::vector<double>& both,
                         const std::vector<double>& one) {
    LayerRun<double> run(layer, {a.shape, b.shape});
    const auto& y = run.forward({a, b});
    expect_near(values_of(y), both, 0, class_name(layer));
    EXPECT_EQ(mask_of(y), (std::vector<uint8_t>{1, 1, 1, 0}));
    const auto& z = run.forward({a, plain});
    expect_near(values_of(z), one, 0, class_name(layer) + " with one mask");
    EXPECT_EQ(z.mask, nullptr);
  };
  check(Add(), {8, 10, 5, 14}, {8, 10, 5, 14});
  check(Subtract(), {-4, -4, 3, -4}, {-4, -4, 3, -4});
  check(Average(), {4, 5, 2.5, 7}, {4, 5, 2.5, 7});
  check(Multiply(), {12, 7, 4, 0}, {12, 7, 4, 9});
  check(Maximum(), {6, 7, 4, 5}, {6, 7, 4, 9});
  check(Minimum(), {2, 7, 4, 5}, {2, 7, 1, 9});
}

TEST(Merges, AnInputWithoutAMaskIsRealEverywhere) {
  const Given a{{1, 4, 1}, {2, 3, 4, 5}, {1, 0, 1, 0}}, b{{1, 4, 1}, {6, 7, 1, 9}, {1, 1, 0, 0}},
      c{{1, 4, 1}, {0, 8, 2, 1}, {0, 1, 0, 0}}, plain{b.shape, b.values};
  const auto check = [&](const LayerSpec& layer, const std::vector<double>& masked,
                         const std::vector<double>& without) {
    LayerRun<double> run(layer, {a.shape, b.shape, c.shape});
    expect_near(values_of(run.forward({a, b, c})), masked, 1e-15, class_name(layer));
    expect_near(values_of(run.forward({a, plain, c})), without, 1e-15, class_name(layer));
  };
  check(Multiply(), {12, 56, 4, 0}, {12, 56, 4, 9});
  check(Maximum(), {6, 8, 4, 5}, {6, 8, 4, 9});
  check(Minimum(), {2, 7, 4, 5}, {2, 7, 1, 9});
}

TEST(Merges, MasksAreRepeatedLikeValues) {
  Given a = random_input({2, 3, 4}), b = random_input({2, 1, 4});
  a.mask = {1, 0, 0, 0, 0, 1};
  b.mask = {0, 1};
  LayerRun<float> run(Add(), {a.shape, b.shape});
  EXPECT_EQ(mask_of(run.forward({a, b})), (std::vector<uint8_t>{1, 0, 0, 1, 1, 1}));
}

TEST(Merges, PrefixIsTheShortest) {
  Given a = random_input({2, 5, 3}), b = random_input({2, 5, 3}), c = random_input({2, 1, 3});
  a.prefix = {3, 0};
  b.prefix = {1, 4};
  c.prefix = {1, 1};
  LayerRun<float> run(Add(), {a.shape, b.shape}), broadcast(Add(), {a.shape, c.shape});
  EXPECT_EQ(prefix_of(run.forward({a, b})), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(prefix_of(run.forward({a, {b.shape, b.values}})), (std::vector<int32_t>{}));
  EXPECT_EQ(prefix_of(broadcast.forward({a, c})), (std::vector<int32_t>{}));
  LayerRun<float> wide(Concatenate(), {a.shape, b.shape}),
      along(Concatenate(1), {a.shape, b.shape});
  EXPECT_EQ(prefix_of(wide.forward({a, b})), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(prefix_of(along.forward({a, b})), (std::vector<int32_t>{}));
}

TEST(Merges, RefuseWhatDoesNotFit) {
  const auto refused = [](const LayerSpec& layer, const std::vector<Shape>& shapes) {
    return layer_refusal(layer, shapes).code();
  };
  EXPECT_EQ(refused(Add(), {{2, 3, 4}, {2, 2, 4}}), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused(Add(), {{2}}), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused(Add(), {}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(Subtract(), {{2, 3}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(Subtract(), {{2, 3}, {2, 3}, {2, 3}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(MergeOptions{.merge = "dot"}, {{2, 3}}), ErrorCode::invalid_argument);
  LayerRun<float> open(Add(), {{2, kNone, 4}, {2, kNone, 4}});
  EXPECT_EQ(open.shapes()[0], (Shape{kNone, kNone, 4}));
  EXPECT_THROW(open.forward({random_input({2, 3, 4}), random_input({2, 5, 4})}), Error);
  Given deep = random_input({2, 3, 4, 5});
  add_mask(deep);  // [B, T]
  LayerRun<float> product(Multiply(), {deep.shape, deep.shape});
  EXPECT_THROW(product.forward({deep, deep}), Error);
  LayerRun<float> sum(Add(), {deep.shape, deep.shape});
  EXPECT_EQ(mask_of(sum.forward({deep, deep})), deep.mask);
}

TEST(Concatenate, AlongEveryAxis) {
  const Given a = random_input({2, 3, 4}, 1), b = random_input({2, 3, 5}, 2),
              c = random_input({2, 6, 4}, 3);
  LayerRun<double> features(Concatenate(), {a.shape, b.shape, a.shape});
  EXPECT_EQ(features.shapes()[0], (Shape{kNone, 3, 13}));
  const auto& y = features.forward({a, b, a});
  std::vector<double> want;
  for (size_t i = 0; i < 6; ++i) {
    for (size_t j = 0; j < 4; ++j) want.push_back(a.values[i * 4 + j]);
    for (size_t j = 0; j < 5; ++j) want.push_back(b.values[i * 5 + j]);
    for (size_t j = 0; j < 4; ++j) want.push_back(a.values[i * 4 + j]);
  }
  expect_near(values_of(y), want, 0);
  const auto back = features.backward(want);
  expect_near(back[0], a.values, 0);
  expect_near(back[1], b.values, 0);
  expect_near(back[2], a.values, 0);
  LayerRun<double> steps(Concatenate(1), {a.shape, c.shape});
  EXPECT_EQ(steps.shapes()[0], (Shape{kNone, 9, 4}));
  const auto& z = steps.forward({a, c});
  EXPECT_EQ(z.shape, (Shape{2, 9, 4}));
  for (int64_t i = 0; i < 72; ++i) {
    const int64_t row = i / 36, t = i / 4 % 9, j = i % 4;
    EXPECT_EQ(z.value[i], t < 3 ? a.values[static_cast<size_t>((row * 3 + t) * 4 + j)]
                                : c.values[static_cast<size_t>((row * 6 + t - 3) * 4 + j)]);
  }
}

TEST(Concatenate, Masks) {
  Given a = random_input({2, 2, 3}), b = random_input({2, 2, 3});
  const Given plain = b;
  a.mask = {1, 0, 0, 0};
  b.mask = {1, 1, 0, 1};
  LayerRun<float> features(Concatenate(-1), {a.shape, b.shape});
  EXPECT_EQ(mask_of(features.forward({a, b})), (std::vector<uint8_t>{1, 1, 0, 1}));
  EXPECT_EQ(mask_of(features.forward({a, plain})), (std::vector<uint8_t>{1, 1, 1, 1}));
  EXPECT_EQ(features.forward({plain, plain}).mask, nullptr);
  LayerRun<float> steps(Concatenate(1), {a.shape, b.shape});
  EXPECT_EQ(mask_of(steps.forward({a, b})), (std::vector<uint8_t>{1, 0, 1, 1, 0, 0, 0, 1}));
  EXPECT_EQ(mask_of(steps.forward({plain, a})), (std::vector<uint8_t>{1, 1, 1, 0, 1, 1, 0, 0}));
}

TEST(Concatenate, RefusesWhatDoesNotFit) {
  const auto refused = [](int64_t axis, const std::vector<Shape>& shapes) {
    return layer_refusal(Concatenate(axis), shapes).code();
  };
  EXPECT_EQ(refused(-1, {{2, 3, 4}, {2, 5, 4}}), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused(1, {{2, 3, 4}, {2, 4}}), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused(0, {{2, 3}, {2, 3}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused(3, {{2, 3, 4}, {2, 3, 4}}), ErrorCode::invalid_argument);
  LayerRun<float> open(Concatenate(), {{2, kNone, 4}, {2, kNone, 4}});
  EXPECT_THROW(open.forward({random_input({2, 3, 4}), random_input({2, 5, 4})}), Error);
}

}  // namespace
}  // namespace eddy::merges_test
