// SPDX-License-Identifier: MIT
#include "files/compile_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "files_support.h"

namespace eddy::files::compile_config_test {
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

// Objects as Keras 3.15.1 writes them.
constexpr const char* kEverything = R"({
  "optimizer": {"module": "keras.optimizers", "class_name": "AdamW", "config": {"name": "adam_w",
    "learning_rate": {"module": "keras.optimizers.schedules", "class_name": "PiecewiseConstantDecay",
      "config": {"boundaries": [3, 5], "values": [0.5, 0.25, 0.125], "name": "PiecewiseConstant"},
      "registered_name": null},
    "weight_decay": 0.25, "clipnorm": null, "global_clipnorm": 1.5, "clipvalue": null,
    "use_ema": true, "ema_momentum": 0.75, "ema_overwrite_frequency": 7, "loss_scale_factor": null,
    "gradient_accumulation_steps": 4, "beta_1": 0.9, "beta_2": 0.875, "epsilon": 1e-07,
    "amsgrad": true}, "registered_name": null},
  "loss": {"first": {"module": "keras.losses", "class_name": "BinaryCrossentropy",
      "config": {"name": "binary_crossentropy", "reduction": "sum", "from_logits": true,
                 "label_smoothing": 0.125, "axis": -1}, "registered_name": null},
    "second": "mse", "third": null},
  "loss_weights": {"second": 0.5},
  "metrics": {"second": ["mae", {"module": "keras.metrics", "class_name": "AUC",
    "config": {"name": "auc_1", "dtype": "float32", "num_thresholds": 99, "curve": "PR",
               "summation_method": "interpolation", "multi_label": false, "num_labels": null,
               "label_weights": null, "from_logits": false}, "registered_name": null}]},
  "weighted_metrics": {"first": ["acc"]},
  "run_eagerly": false, "steps_per_execution": 1, "jit_compile": false})";

TEST(CompileConfig, SchedulesWeightsAndNamedOutputsComeBack) {
  const auto options = compile_of(kEverything);
  ASSERT_TRUE(options);
  const Optimizer& optimizer = options->optimizer;
  EXPECT_EQ(optimizer.values, (std::map<std::string, double>{{"weight_decay", 0.25},
                                                             {"global_clipnorm", 1.5},
                                                             {"use_ema", 1},
                                                             {"ema_momentum", 0.75},
                                                             {"ema_overwrite_frequency", 7},
                                                             {"gradient_accumulation_steps", 4},
                                                             {"beta_2", 0.875},
                                                             {"amsgrad", 1}}));
  ASSERT_TRUE(optimizer.schedule);
  EXPECT_EQ(optimizer.schedule->lists.at("values"), (std::vector<double>{0.5, 0.25, 0.125}));
  EXPECT_EQ(options->loss.outputs, (std::vector<std::string>{"first", "second", "third"}));
  EXPECT_EQ(options->loss.list[0].values,
            (std::map<std::string, double>{{"from_logits", 1}, {"label_smoothing", 0.125}}));
  EXPECT_EQ(options->loss.list[0].words.at("reduction"), "sum");
  EXPECT_EQ(options->loss.list[2].name, "");
  EXPECT_EQ(options->loss_weights, (std::vector<double>{1, 0.5, 1}));
  EXPECT_EQ(options->metrics.outputs, std::vector<std::string>{"second"});
  const MetricSpec& auc = options->metrics.lists[0][1];
  EXPECT_EQ(auc.label, "auc_1");
  EXPECT_EQ(auc.values.at("num_thresholds"), 99);
  EXPECT_EQ(auc.words.at("curve"), "PR");
  EXPECT_EQ(compile_of(compile_json(options).dump()), options);
}

TEST(CompileConfig, AListOfMetricsIsOneAnOutput) {
  const char* text = R"({"optimizer": "adam", "loss": "mse", "metrics": ["mae", ["mse", "acc"]]})";
  const auto options = read_compile(Json::parse(text), {"model.keras", "compile_config"}, "", 2);
  ASSERT_TRUE(options);
  ASSERT_EQ(options->metrics.lists.size(), 2U);
  EXPECT_EQ(options->metrics.lists[0].size(), 1U);
  EXPECT_EQ(options->metrics.lists[1][1].name, "acc");
}

TEST(CompileConfig, WhatEddyDoesNotHaveIsRefused) {
  const char *const adam = R"("adam")", *const mse = R"("mse")";
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {R"("muon")", mse, ""},
      {R"({"class_name": "Adam", "config": {"learning_rate": {"class_name": "Decay"}}})", mse, ""},
      {adam, R"({"class_name": "Huber", "config": {"dtype": "float16"}})", ""},
      {adam, R"({"class_name": "MyLoss", "config": {}})", ""},
      {adam, mse, R"(, "metrics": [{"class_name": "IoU", "config": {"num_classes": 3}}])"},
      {adam, mse, R"(, "metrics": [{"class_name": "Precision",
                                    "config": {"thresholds": [0.1, 0.7]}}])"}};
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
}  // namespace eddy::files::compile_config_test
