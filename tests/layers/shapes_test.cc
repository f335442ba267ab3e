// SPDX-License-Identifier: MIT
// Flatten, Reshape, Permute, RepeatVector: values, shapes, gradients, what they refuse.
#include <gtest/gtest.h>

#include "layers/layer_support.h"

namespace eddy::shapes_test {
namespace {

TEST(Shapes, FlattenKeepsTheOrder) {
  Given x = random_input({4, 3, 5});
  add_mask(x);
  x.prefix = {1, 1, 1, 1};
  LayerRun<double> run(Flatten(), {x.shape});
  EXPECT_EQ(run.shapes()[0], (Shape{kNone, 15}));
  const auto& y = run.forward({x});
  EXPECT_EQ(y.shape, (Shape{4, 15}));
  expect_near(values_of(y), x.values, 0);
  EXPECT_EQ(y.mask, nullptr);
  EXPECT_EQ(y.prefix, nullptr);
  expect_near(run.backward(x.values)[0], x.values, 0);
  LayerRun<double> numbers(Flatten(), {{4}});
  EXPECT_EQ(numbers.shapes()[0], (Shape{kNone, 1}));
  LayerRun<double> open(Flatten(), {{4, kNone, 5}});
  EXPECT_EQ(open.shapes()[0], (Shape{kNone, kNone}));
  EXPECT_EQ(open.forward({x}).shape, (Shape{4, 15}));
}

TEST(Shapes, ReshapeInfersOneLength) {
  const Given x = random_input({4, 3, 10});
  const auto shape = [&](const Shape& target, const Shape& input) {
    return LayerRun<double>(Reshape(target), {input}).shapes()[0];
  };
  EXPECT_EQ(shape({5, 6}, x.shape), (Shape{kNone, 5, 6}));
  EXPECT_EQ(shape({2, -1, 3}, x.shape), (Shape{kNone, 2, 5, 3}));
  EXPECT_EQ(shape({-1}, x.shape), (Shape{kNone, 30}));
  EXPECT_EQ(shape({-1, 3}, {4, kNone, 3}), (Shape{kNone, kNone, 3}));
  EXPECT_EQ(shape({7, 3}, {4, kNone, 3}), (Shape{kNone, 7, 3}));
  LayerRun<double> run(Reshape({2, -1, 3}), {{4, kNone, 10}});
  const auto& y = run.forward({x});
  EXPECT_EQ(y.shape, (Shape{4, 2, 5, 3}));
  expect_near(values_of(y), x.values, 0);
  LayerRun<double> fixed(Reshape({7, 3}), {{4, kNone, 3}});
  EXPECT_THROW(fixed.forward({random_input({4, 6, 3})}), Error);
  EXPECT_EQ(fixed.forward({random_input({4, 7, 3})}).shape, (Shape{4, 7, 3}));
}

TEST(Shapes, ReshapeRefusesWhatDoesNotFit) {
  const Shape input = {4, 3, 10};
  const auto refused = [&](const Shape& target) {
    return layer_refusal(Reshape(target), {input}).code();
  };
  EXPECT_EQ(refused({5, 7}), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused({7, -1}), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused({-1, -1}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({-2, 15}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({0, 30}), ErrorCode::invalid_argument);
  const int64_t large = INT32_MAX;
  EXPECT_EQ(refused({large, large, large, -1}), ErrorCode::shape_mismatch);
  EXPECT_THROW(LayerRun<double>(Flatten(), {{4, large, large, large}}), Error);
}

TEST(Shapes, PermuteMovesAxes) {
  Given x = random_input({4, 3, 5, 2});
  add_mask(x);
  LayerRun<double> run(Permute({3, 1, 2}), {x.shape});
  EXPECT_EQ(run.shapes()[0], (Shape{kNone, 2, 3, 5}));
  const auto& y = run.forward({x});
  EXPECT_EQ(y.shape, (Shape{4, 2, 3, 5}));
  EXPECT_EQ(y.mask, nullptr);
  const auto place = [](int64_t b, int64_t i, int64_t j, int64_t k) {
    return static_cast<size_t>(((b * 3 + i) * 5 + j) * 2 + k);
  };
  std::vector<double> want, back(x.values.size());
  for (int64_t b = 0; b < 4; ++b) {
    for (int64_t k = 0; k < 2; ++k) {
      for (int64_t i = 0; i < 3; ++i) {
        for (int64_t j = 0; j < 5; ++j) {
          back[place(b, i, j, k)] = static_cast<double>(want.size());
          want.push_back(x.values[place(b, i, j, k)]);
        }
      }
    }
  }
  expect_near(values_of(y), want, 0);
  std::vector<double> count(want.size());
  for (size_t i = 0; i < count.size(); ++i) count[i] = static_cast<double>(i);
  expect_near(run.backward(count)[0], back, 0);
  LayerRun<double> open(Permute({2, 1}), {{4, kNone, 5}});
  EXPECT_EQ(open.shapes()[0], (Shape{kNone, 5, kNone}));
}

TEST(Shapes, PermuteRefusesOtherDims) {
  const auto refused = [](const std::vector<int64_t>& dims, const Shape& shape) {
    return layer_refusal(Permute(dims), {shape}).code();
  };
  EXPECT_EQ(refused({1, 1}, {4, 3, 5}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({0, 1}, {4, 3, 5}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({2, 3}, {4, 3, 5}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({-1, 1}, {4, 3, 5}), ErrorCode::invalid_argument);
  EXPECT_EQ(refused({2, 1}, {4, 3, 5, 2}), ErrorCode::shape_mismatch);
  EXPECT_EQ(refused({2, 1}, {4, 3}), ErrorCode::shape_mismatch);
}

TEST(Shapes, RepeatVectorMakesSteps) {
  const Given x{{2, 3}, {1, 2, 3, 4, 5, 6}};
  LayerRun<double> run(RepeatVector(2), {x.shape});
  EXPECT_EQ(run.shapes()[0], (Shape{kNone, 2, 3}));
  expect_near(values_of(run.forward({x})), {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}, 0);
  expect_near(run.backward({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})[0], {5, 7, 9, 17, 19, 21}, 0);
  EXPECT_EQ(layer_refusal(RepeatVector(0), {x.shape}).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(layer_refusal(RepeatVector(2), {{2, 3, 4}}).code(), ErrorCode::shape_mismatch);
}

// Integer inputs stay integers: an Embedding may follow.
TEST(Shapes, IdsStayIds) {
  const std::vector<int32_t> ids = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  Signal<float> in, out;
  in.shape = {2, 2, 3};
  in.ids = ids.data();
  uint64_t streams = 0;
  for (const LayerSpec& spec : {Flatten(), Reshape({6}), Permute({2, 1})}) {
    const auto layer = make_layer<float>(spec, streams);
    layer->build({{kNone, 2, 3}});
    const Signal<float>* inputs[] = {&in};
    out.reset();
    layer->forward(inputs, {&out, 1}, Pass{});
    ASSERT_NE(out.ids, nullptr);
    EXPECT_EQ(out.ids[1], class_name(spec) == "Permute" ? 4 : 2);
  }
}

}  // namespace
}  // namespace eddy::shapes_test
