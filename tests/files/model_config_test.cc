// SPDX-License-Identifier: MIT
#include "files/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files_support.h"

namespace eddy::files::model_config_test {
namespace {

using testing::HasSubstr;

const Where kPlace{"model.keras", "config.json"};

const char* const kDense =
    R"({"class_name": "Dense", "module": "keras.layers", "config": {"name": "d", "units": 2}})";

ModelConfig model_of(const std::string& text) {
  return read_model_config(kPlace, text, KerasAge::keras_3, "");
}

Shape input_shape(const ModelConfig& config) {
  return std::get<InputOptions>(config.graph.layers.at(0)).batch_shape;
}

TEST(ModelConfig, TheInputShapeStandsInSeveralPlaces) {
  const std::string dense = kDense;
  const auto model = [](const std::string& config, const std::string& more = "") {
    return input_shape(model_of(R"({"class_name": "Sequential", "config": {"name": "s", )" +
                                config + "}" + more + "}"));
  };
  const Shape expected = {kNone, 7, 4};
  EXPECT_EQ(model(R"("build_input_shape": [32, 7, 4], "layers": [)" + dense + "]"), expected);
  EXPECT_EQ(model(R"("layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, 7, 4],
                     "dtype": "int32", "sparse": false, "name": "i"}}, )" +
                  dense + "]"),
            expected);
  EXPECT_EQ(model(R"("layers": [{"class_name": "InputLayer", "config":
                     {"batch_input_shape": [null, 7, 4]}}, )" +
                  dense + "]"),
            expected);
  EXPECT_EQ(
      model(R"("layers": [)" + dense + "]", R"(, "build_config": {"input_shape": [null, 7, 4]})"),
      expected);
  EXPECT_EQ(model(R"("layers": [{"class_name": "Dense", "config": {"name": "d", "units": 2,
                     "batch_input_shape": [null, 7, 4]}}])"),
            expected);
  const Error unbuilt = error_of([&] { model(R"("layers": [)" + dense + "]"); });
  EXPECT_EQ(unbuilt.code(), ErrorCode::not_supported);
  EXPECT_THAT(unbuilt.fix(), HasSubstr("model.build"));
}

TEST(ModelConfig, OtherModelsAreRefused) {
  const Error own =
      error_of([] { model_of(R"({"class_name": "MyModel", "config": {"name": "f"}})"); });
  EXPECT_EQ(own.code(), ErrorCode::not_supported);
  EXPECT_THAT(own.subject(), HasSubstr("MyModel"));
  EXPECT_THAT(own.fix(), HasSubstr("keras.Sequential"));
}

TEST(ModelConfig, Damage) {
  const std::string deep(200'000, '['), wide = "[" + std::string(1'000'000, ',') + "]";
  std::string many = R"({"class_name": "Sequential", "config": {"name": "s", "layers": [1)";
  for (int i = 0; i < 2000; ++i) many += ",1";
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"), deep, wide,
        many + "]}}", std::string("\xff\xfe{}"), std::string("{\"class_name\": 1}"),
        std::string(R"({"class_name": "Sequential"})"),
        std::string(R"({"class_name": "Sequential", "config": {"name": "s", "layers": {}}})"),
        std::string(R"({"class_name": "Sequential", "config": {"name": "s", "layers": []}})"),
        std::string(R"({"class_name": "Sequential", "config": {"name": "s", "layers": [3]}})"),
        std::string(R"({"class_name": "Sequential", "config": {"name": "s",
                        "build_input_shape": [null, 1e300], "layers": [3]}})"),
        std::string(R"({"class_name": "Sequential", "config": {"name": "s",
                        "build_input_shape": [null, 0], "layers": [3]}})")}) {
    EXPECT_EQ(error_of([&] { model_of(text); }).code(), ErrorCode::bad_file) << text.substr(0, 200);
  }
}

}  // namespace
}  // namespace eddy::files::model_config_test
