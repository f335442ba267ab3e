// SPDX-License-Identifier: MIT
#include "files/compile_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "files_support.h"

namespace eddy::files {
namespace {

using testing::HasSubstr;

std::optional<CompileOptions> compile_of(const std::string& text) {
  return read_compile(Json::parse(text), {"model.keras", "compile_config"}, "");
}

TEST(CompileConfig, NothingWhereNothingStands) {
  EXPECT_FALSE(compile_of("{}"));
  EXPECT_FALSE(compile_of("null"));
  EXPECT_FALSE(compile_of(R"({"optimizer": null, "loss": "mse"})"));
  EXPECT_FALSE(compile_of(R"({"optimizer": "adam", "loss": null})"));
}

TEST(CompileConfig, OptimizersUnderAllTheirNames) {
  for (const char* name : {"RMSprop", "rmsprop", "rms_prop", "Custom>RMSprop"}) {
    const std::string text = std::string(R"({"loss": "mse", "optimizer": {"class_name": ")") +
                             name +
                             R"(", "config": {"name": "x", "learning_rate": 0.0010000000474974513,
                             "rho": 0.8, "centered": true, "weight_decay": null}}})";
    const auto options = compile_of(text);
    ASSERT_TRUE(options);
    EXPECT_EQ(options->optimizer.name, "rmsprop");
    EXPECT_EQ(
        options->optimizer.values,
        (std::map<std::string, double>{{"learning_rate", 0.001}, {"rho", 0.8}, {"centered", 1}}));
  }
}

TEST(CompileConfig, LossesAndMetricsInAllForms) {
  const auto options = compile_of(
      R"({"optimizer": "adam",
          "loss": {"class_name": "BinaryCrossentropy", "config": {"name": "binary_crossentropy",
                   "reduction": "sum_over_batch_size", "from_logits": false,
                   "label_smoothing": 0.0, "axis": -1}},
          "metrics": [["acc", {"module": "builtins", "class_name": "function",
                               "config": "mean_squared_error", "registered_name": "function"},
                       {"class_name": "BinaryAccuracy", "config": {"name": "binary_accuracy",
                        "dtype": "float32", "threshold": 0.5}}]],
          "loss_weights": null, "weighted_metrics": [], "jit_compile": true})");
  ASSERT_TRUE(options);
  EXPECT_EQ(options->loss, "binary_crossentropy");
  EXPECT_EQ(options->metrics,
            (std::vector<std::string>{"acc", "mean_squared_error", "binary_accuracy"}));
  EXPECT_EQ(compile_of(R"({"optimizer": "sgd", "loss": ["mse"]})")->loss, "mse");
}

TEST(CompileConfig, WhatEddyDoesNotHaveIsRefused) {
  const char *const adam = R"("adam")", *const mse = R"("mse")";
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {R"("lion")", mse, ""},
      {R"({"class_name": "Adam", "config": {"weight_decay": 0.1}})", mse, ""},
      {R"({"class_name": "Adam", "config": {"use_ema": true}})", mse, ""},
      {R"({"class_name": "Adam", "config": {"learning_rate": {"class_name": "Decay"}}})", mse, ""},
      {adam, R"({"class_name": "BinaryCrossentropy", "config": {"from_logits": true}})", ""},
      {adam, mse, R"(, "metrics": {"a": ["acc"]})"},
      {adam, mse, R"(, "metrics": [{"class_name": "BinaryAccuracy", "config": {"name": "a"}}])"},
      {adam, mse, R"(, "loss_weights": [2.0])"}};
  for (const auto& [optimizer, loss, more] : cases) {
    const std::string text =
        fmt::format(R"({{"optimizer": {}, "loss": {}{}}})", optimizer, loss, more);
    const Error error = error_of([&] { compile_of(text); });
    EXPECT_EQ(error.code(), ErrorCode::not_supported) << text;
    EXPECT_THAT(error.fix(), HasSubstr("compile=False")) << text;
  }
}

TEST(CompileConfig, WrittenAsKerasWritesIt) {
  CompileOptions options;
  options.optimizer =
      Optimizer("sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}, {"nesterov", 1}});
  options.loss = "mean_squared_error";
  EXPECT_EQ(
      compile_json(options).dump(),
      R"({"optimizer":{"module":"keras.optimizers","class_name":"SGD","config":{"name":"sgd",)"
      R"("learning_rate":0.10000000149011612,"weight_decay":null,"clipnorm":null,)"
      R"("global_clipnorm":null,"clipvalue":null,"use_ema":false,"ema_momentum":0.99,)"
      R"("ema_overwrite_frequency":null,"loss_scale_factor":null,)"
      R"("gradient_accumulation_steps":null,"momentum":0.9,"nesterov":true},)"
      R"("registered_name":null},"loss":"mean_squared_error","loss_weights":null,"metrics":null,)"
      R"("weighted_metrics":null,"run_eagerly":false,"steps_per_execution":1,)"
      R"("jit_compile":false})");
  EXPECT_EQ(optimizer_object_name(Optimizer("rmsprop")), "rm_sprop");
}

}  // namespace
}  // namespace eddy::files
