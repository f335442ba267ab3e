// SPDX-License-Identifier: MIT
// Configs of the layers that are not recurrent: as Keras 3.15.1 writes them, and back; what is
// refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/layer_config.h"
#include "files_support.h"
#include "layers/options.h"

namespace eddy::files::plain_layer_config_test {
namespace {

using testing::HasSubstr;

const Where kPlace{"model.keras", "config.json"};

LayerSpec read(const std::string& class_name, const std::string& config) {
  Json value = Json::parse(R"({"module": "keras.layers", "registered_name": null, "config": )" +
                           config + "}");
  value["class_name"] = class_name;
  return read_layer(value, kPlace, false);
}

Error refusal(const std::string& class_name, const std::string& config) {
  return error_of([&] { read(class_name, config); });
}

// The config as Keras 3.15.1 writes it, key by key, and back.
void expect_keras_config(LayerSpec spec, const std::string& config) {
  set_layer_name(spec, "a");
  const std::string common =
      R"({"name": "a", "trainable": true, "dtype": {"module": "keras", "class_name":
          "DTypePolicy", "config": {"name": "float32"}, "registered_name": null})";
  const auto want = OrderedJson::parse(common + (config.empty() ? "" : ", ") + config + "}");
  const OrderedJson json = layer_json(spec, {}, Form::full);
  EXPECT_EQ(json["config"].dump(), want.dump());
  const LayerSpec back = read_layer(Json::parse(json.dump()), kPlace, false);
  EXPECT_EQ(layer_json(back, {}, Form::full), json);
}

std::string initializer_text(const char* class_name) {
  return std::string(R"({"module": "keras.initializers", "class_name": ")") + class_name +
         R"(", "config": {}, "registered_name": null})";
}

TEST(PlainLayerConfig, Normalization) {
  const std::string zeros = initializer_text("Zeros"), ones = initializer_text("Ones");
  expect_keras_config(
      LayerNormalization({.axis = {1, -1}, .epsilon = 0.25, .center = false}),
      R"("axis": [1, -1], "epsilon": 0.25, "center": false, "scale": true, "rms_scaling": false,
         "beta_initializer": )" +
          zeros + R"(, "gamma_initializer": )" + ones +
          R"(, "beta_regularizer": null, "gamma_regularizer": null, "beta_constraint": null,
             "gamma_constraint": null)");
  expect_keras_config(
      BatchNormalization({.axis = 1, .momentum = 0.5, .scale = false, .synchronized = true}),
      R"("axis": 1, "momentum": 0.5, "epsilon": 0.001, "center": true, "scale": false,
         "beta_initializer": )" +
          zeros + R"(, "gamma_initializer": )" + ones + R"(, "moving_mean_initializer": )" + zeros +
          R"(, "moving_variance_initializer": )" + ones +
          R"(, "beta_regularizer": null, "gamma_regularizer": null, "beta_constraint": null,
             "gamma_constraint": null, "synchronized": true, "renorm": false,
             "renorm_clipping": null, "renorm_momentum": 0.99)");
  const auto norm = std::get<LayerNormalizationOptions>(
      read("LayerNormalization", R"({"name": "a", "axis": 2})"));
  EXPECT_EQ(norm.axis, std::vector<int64_t>{2});
  const auto batch = std::get<BatchNormalizationOptions>(
      read("BatchNormalization", R"({"name": "a", "axis": [2]})"));  // Keras 2
  EXPECT_EQ(batch.axis, 2);
  EXPECT_EQ(refusal("BatchNormalization", R"({"name": "a", "axis": [1, 2]})").code(),
            ErrorCode::bad_file);
  EXPECT_EQ(refusal("BatchNormalization", R"({"name": "a", "axis": 99999999999})").code(),
            ErrorCode::bad_file);
  EXPECT_EQ(refusal("BatchNormalization", R"({"name": "a", "renorm": true})").code(),
            ErrorCode::not_supported);
}

TEST(PlainLayerConfig, NormalizationByGivenNumbers) {
  expect_keras_config(Normalization(),
                      R"("axis": [-1], "invert": false, "mean": null, "variance": null)");
  expect_keras_config(Normalization({.axis = {}, .invert = true, .mean = 2.5, .variance = 3}),
                      R"("axis": [], "invert": true, "mean": 2.5, "variance": 3.0)");
  const Constants numbers({1, 2}, {0.5, 2});
  expect_keras_config(Normalization({.axis = {1, 2}, .mean = numbers, .variance = numbers}),
                      R"("axis": [1, 2], "invert": false, "mean": [[0.5, 2.0]],
                         "variance": [[0.5, 2.0]])");
  const auto got = std::get<NormalizationOptions>(
      read("Normalization", R"({"name": "a", "axis": -1, "mean": [[1, 2], [3, 4]]})"));
  EXPECT_EQ(got.axis, std::vector<int64_t>{-1});
  EXPECT_EQ(got.mean, Constants({2, 2}, {1, 2, 3, 4}));
  for (const char* mean : {"[]", "[1, [2]]", "[[1, 2], [3]]", "\"a\"", "[null]", "{}"}) {
    const std::string config = std::string(R"({"name": "a", "mean": )") + mean + "}";
    EXPECT_EQ(refusal("Normalization", config.c_str()).code(), ErrorCode::bad_file) << mean;
  }
}

TEST(PlainLayerConfig, MaskingAndPooling) {
  expect_keras_config(Masking(-1), R"("mask_value": -1.0)");
  const std::string last = R"("data_format": "channels_last")";
  expect_keras_config(MaxPooling1D(3),
                      R"("pool_size": [3], "padding": "valid", "strides": [3], )" + last);
  expect_keras_config(AveragePooling1D({.pool_size = 4, .strides = 2, .padding = "same"}),
                      R"("pool_size": [4], "padding": "same", "strides": [2], )" + last);
  expect_keras_config(GlobalMaxPooling1D({.keepdims = true}), last + R"(, "keepdims": true)");
  expect_keras_config(GlobalAveragePooling1D(), last + R"(, "keepdims": false)");
  const auto pooling =
      std::get<PoolingOptions>(read("MaxPooling1D", R"({"name": "a", "pool_size": 5})"));
  EXPECT_EQ(pooling.pool_size, 5);
  EXPECT_EQ(pooling.strides, 5);
  for (const char* size : {"[1, 2]", "[]", "0", "[0]", "-1", "\"2\"", "[[2]]"}) {
    const std::string config = std::string(R"({"name": "a", "pool_size": )") + size + "}";
    EXPECT_EQ(refusal("MaxPooling1D", config).code(), ErrorCode::bad_file) << size;
  }
  const Error first =
      refusal("MaxPooling1D", R"({"name": "a", "pool_size": 2, "data_format": "channels_first"})");
  EXPECT_EQ(first.code(), ErrorCode::not_supported);
  EXPECT_THAT(first.fix(), HasSubstr("Permute"));
}

TEST(PlainLayerConfig, ShapesAndMerges) {
  expect_keras_config(Flatten(), R"("data_format": "channels_last")");
  expect_keras_config(Reshape({2, -1}), R"("target_shape": [2, -1])");
  expect_keras_config(Permute({2, 1}), R"("dims": [2, 1])");
  expect_keras_config(RepeatVector(3), R"("n": 3)");
  expect_keras_config(Concatenate(1), R"("axis": 1)");
  for (const LayerSpec& merge : {Add(), Subtract(), Multiply(), Average(), Maximum(), Minimum()}) {
    expect_keras_config(merge, "");
  }
  std::string list = "1";
  for (int i = 0; i < 40; ++i) list += ", 1";
  EXPECT_EQ(refusal("Reshape", R"({"name": "a", "target_shape": [)" + list + "]}").code(),
            ErrorCode::bad_file);
  EXPECT_EQ(refusal("Reshape", R"({"name": "a", "target_shape": [1.5]})").code(),
            ErrorCode::bad_file);
  EXPECT_EQ(refusal("Flatten", R"({"name": "a", "data_format": "channels_first"})").code(),
            ErrorCode::not_supported);
}

TEST(PlainLayerConfig, Conv1D) {
  expect_keras_config(
      Conv1D({.filters = 3,
              .kernel_size = 2,
              .padding = "causal",
              .dilation_rate = 4,
              .groups = 3,
              .activation = "relu",
              .use_bias = false,
              .kernel_initializer = "ones"}),
      R"("filters": 3, "kernel_size": [2], "strides": [1], "padding": "causal",
         "data_format": "channels_last", "dilation_rate": [4], "groups": 3, "activation": "relu",
         "use_bias": false, "kernel_initializer": )" +
          initializer_text("Ones") + R"(, "bias_initializer": )" + initializer_text("Zeros") +
          R"(, "kernel_regularizer": null, "bias_regularizer": null, "activity_regularizer": null,
             "kernel_constraint": null, "bias_constraint": null)");
  const auto old =
      std::get<Conv1DOptions>(read("Conv1D", R"({"name": "a", "filters": 3, "kernel_size": 5})"));
  EXPECT_EQ(old.kernel_size, 5);
  EXPECT_EQ(old.padding, "valid");
}

TEST(PlainLayerConfig, LambdaIsRefusedNamingWhatToDo) {
  const Error error = refusal("Lambda", R"({"name": "a", "function": {}})");
  EXPECT_EQ(error.code(), ErrorCode::not_supported);
  EXPECT_THAT(error.what(), HasSubstr("Lambda"));
  EXPECT_THAT(error.fix(), HasSubstr("Activation, Reshape"));
}

TEST(PlainLayerConfig, SpatialDropoutHasTheKeysThatItsClassTakes) {
  LayerSpec spec = SpatialDropout1D({.rate = 0.25, .seed = 4});
  set_layer_name(spec, "a");
  const OrderedJson json = layer_json(spec, {}, Form::full);
  EXPECT_EQ(json["config"]["rate"], 0.25);
  EXPECT_EQ(json["config"]["seed"], 4);
  EXPECT_EQ(json["config"].size(), 4);  // and name and dtype
  const LayerSpec back = read_layer(Json::parse(json.dump()), kPlace, false);
  EXPECT_EQ(layer_json(back, {}, Form::full), json);
}

}  // namespace
}  // namespace eddy::files::plain_layer_config_test
