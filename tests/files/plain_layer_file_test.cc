// SPDX-License-Identifier: MIT
// Models of the layers that are not recurrent, saved in every format and loaded again.
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "files_support.h"

namespace eddy::files::plain_layer_file_test {
namespace {

struct Case {
  const char* name;
  std::vector<LayerSpec> layers;
};

std::vector<Case> cases() {
  return {
      {"layer_normalization",
       {LayerNormalization({.axis = {1, 2}, .center = false}), LayerNormalization()}},
      {"batch_normalization",
       {BatchNormalization({.axis = 1, .scale = false}), BatchNormalization({.momentum = 0.5})}},
      {"normalization",
       {Normalization(), Normalization({.axis = {1, 2}}),
        Normalization({.axis = {1, 2},
                       .invert = true,
                       .mean = Constants({8, 1}, {1, 2, 3, 4, 5, 6, 7, 8}),
                       .variance = Constants({8, 1}, {8, 7, 6, 5, 4, 3, 2, 1})}),
        Normalization({.axis = {}})}},
      {"masking", {Masking(1), SpatialDropout1D({.rate = 0.25, .seed = 4}), LSTM(3)}},
      {"convolution",
       {Conv1D({.filters = 4,
                .kernel_size = 3,
                .padding = "causal",
                .dilation_rate = 2,
                .groups = 2,
                .activation = "relu"}),
        Conv1D({.filters = 3, .kernel_size = 2, .strides = 2, .use_bias = false})}},
      {"pooling",
       {MaxPooling1D({.pool_size = 3, .strides = 1, .padding = "same"}), AveragePooling1D(2),
        GlobalMaxPooling1D({.keepdims = true}), GlobalAveragePooling1D()}},
      {"shapes",
       {Permute({2, 1}), Flatten(), RepeatVector(2), Reshape({4, -1}), Activation("glu")}}};
}

Tensor some_values(const Shape& shape) {
  Random random(3);
  std::vector<float> values;
  for (int64_t i = 0; i < element_count(shape); ++i) {
    values.push_back(static_cast<float>(random.uniform(-1, 1)));
  }
  return {shape, values};
}

class PlainLayerFile : public testing::TestWithParam<Case> {
 protected:
  Sequential model() const {
    Sequential model(GetParam().layers, {.name = "plain", .seed = 1});
    model.build(x_.shape());
    std::vector<Tensor> weights = model.get_weights();
    for (Tensor& weight : weights) weight = some_values(weight.shape());
    for (Tensor& weight : weights) {  // variances among them
      for (int64_t i = 0; i < weight.size(); ++i) weight[i] = std::abs(weight[i]);
    }
    model.set_weights(weights);
    return model;
  }

  TestFolder folder_;
  Tensor x_ = some_values({5, 8, 4});
};

TEST_P(PlainLayerFile, ComesBackInEveryFormat) {
  Sequential saved = model();
  const auto want = saved.predict(x_);
  for (const char* file : {"model.keras", "model.h5"}) {
    saved.save(folder_ / file);
    Model loaded = Model::load(folder_ / file);
    EXPECT_EQ(loaded.predict(x_).values(), want.values()) << file;
    EXPECT_EQ(config_text(loaded), config_text(saved)) << file;
  }
  saved.save_weights(folder_ / "model.weights.h5");
  Sequential other(GetParam().layers, {.name = "plain", .seed = 2});
  other.build(x_.shape());
  other.load_weights(folder_ / "model.weights.h5");
  EXPECT_EQ(other.predict(x_).values(), want.values());
}

INSTANTIATE_TEST_SUITE_P(Every, PlainLayerFile, testing::ValuesIn(cases()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace eddy::files::plain_layer_file_test
