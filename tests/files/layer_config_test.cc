// SPDX-License-Identifier: MIT
// Layers of config.json: what is read, what is refused and in which words.
#include "files/layer_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files/initializer_config.h"
#include "files_support.h"
#include "layers/options.h"

namespace eddy::files::layer_config_test {
namespace {

using testing::HasSubstr;

const Where kPlace{"model.keras", "config.json"};

Json layer(const std::string& class_name, const std::string& config) {
  Json value = Json::parse(R"({"module": "keras.layers", "registered_name": null, "config": )" +
                           config + "}");
  value["class_name"] = class_name;
  return value;
}

LayerSpec read(const std::string& class_name, const std::string& config, bool legacy = false) {
  return read_layer(layer(class_name, config), kPlace, legacy);
}

template <class Options>
Options options_of(const LayerSpec& spec) {
  return std::get<Options>(spec);
}

Error refusal(const std::string& class_name, const std::string& config, bool legacy = false) {
  return error_of([&] { read(class_name, config, legacy); });
}

TEST(LayerConfig, EveryCellComesBack) {
  for (const std::string& cell : cell_names()) {
    RecurrentOptions given;
    given.units = 7;
    given.activation = "relu";
    given.recurrent_activation = "hard_sigmoid";
    given.use_bias = false;
    given.kernel_initializer = Initializer("he_normal");
    given.recurrent_initializer = Initializer("orthogonal");
    given.recurrent_initializer.values["gain"] = 0.5;
    given.bias_initializer = Initializer("constant");
    given.bias_initializer.values["value"] = -2;
    given.unit_forget_bias = false;
    given.return_sequences = given.go_backwards = true;
    given.name = "mine";
    given.cell = cell;
    const OrderedJson json = layer_json(given, {{kNone, 3, 4}}, Form::full);
    const auto got =
        options_of<RecurrentOptions>(read_layer(Json::parse(json.dump()), kPlace, false));
    EXPECT_EQ(layer_json(got, {{kNone, 3, 4}}, Form::full), json);
    EXPECT_EQ(got.cell, cell);
    EXPECT_EQ(got.units, 7);
    EXPECT_EQ(got.activation, "relu");
    EXPECT_FALSE(got.use_bias);
    EXPECT_EQ(got.kernel_initializer, given.kernel_initializer);
    EXPECT_EQ(got.recurrent_initializer, given.recurrent_initializer);
    EXPECT_EQ(got.bias_initializer, given.bias_initializer);
    EXPECT_TRUE(got.return_sequences);
    EXPECT_TRUE(got.go_backwards);
    EXPECT_EQ(got.name, "mine");
    const CellSpec& spec = find_cell(cell);
    if (spec.has_recurrent_activation) {
      EXPECT_EQ(got.recurrent_activation, "hard_sigmoid");
    }
    if (spec.forget_gate >= 0) {
      EXPECT_FALSE(got.unit_forget_bias);
    }
  }
}

LayerSpec there_and_back(LayerSpec spec) {
  set_layer_name(spec, "a");
  return read_layer(Json::parse(layer_json(spec, {}, Form::full).dump()), kPlace, false);
}

TEST(LayerConfig, OtherLayersComeBack) {
  const auto embedding = options_of<EmbeddingOptions>(
      there_and_back(Embedding({.input_dim = 9, .output_dim = 2, .mask_zero = true})));
  EXPECT_EQ(embedding.input_dim, 9);
  EXPECT_EQ(embedding.output_dim, 2);
  EXPECT_TRUE(embedding.mask_zero);
  EXPECT_EQ(embedding.embeddings_initializer, Initializer("uniform"));
  const auto dense = options_of<DenseOptions>(there_and_back(Dense(4, "softmax")));
  EXPECT_EQ(dense.units, 4);
  EXPECT_EQ(dense.activation, "softmax");
  const auto dropout =
      options_of<DropoutOptions>(there_and_back(Dropout({.rate = 0.3, .seed = 5})));
  EXPECT_EQ(dropout.rate, 0.3);
  EXPECT_EQ(dropout.seed, 5);
  const auto activation = options_of<ActivationOptions>(there_and_back(Activation("tanh")));
  EXPECT_EQ(activation.activation, "tanh");
}

TEST(LayerConfig, RegularizersAndConstraintsComeBack) {
  RecurrentOptions options;
  options.cell = "lstm";
  options.units = 3;
  options.name = "a";
  options.kernel_regularizer = Regularizer("l1_l2", {{"l1", 0.25}});
  options.recurrent_regularizer =
      Regularizer("orthogonal_regularizer", {{"factor", 0.5}}, {{"mode", "columns"}});
  options.activity_regularizer = Regularizer("l2");
  options.bias_constraint = Constraint("max_norm", {{"max_value", 3}});
  options.recurrent_constraint = Constraint("non_neg");
  const auto back = options_of<RecurrentOptions>(there_and_back(Recurrent(options)));
  EXPECT_EQ(back.kernel_regularizer, options.kernel_regularizer);
  EXPECT_EQ(back.recurrent_regularizer, options.recurrent_regularizer);
  EXPECT_EQ(back.activity_regularizer, options.activity_regularizer);
  EXPECT_EQ(back.bias_constraint, options.bias_constraint);
  EXPECT_EQ(back.recurrent_constraint, options.recurrent_constraint);
  EXPECT_FALSE(back.bias_regularizer);
}

TEST(LayerConfig, AbsentKeysKeepTheirDefaultsAndNullIsLinear) {
  const auto lstm = options_of<RecurrentOptions>(read("LSTM", R"({"name": "a", "units": 3})"));
  EXPECT_EQ(lstm.activation, "tanh");
  EXPECT_EQ(lstm.recurrent_initializer, Initializer("orthogonal"));
  const auto dense =
      options_of<DenseOptions>(read("Dense", R"({"name": "a", "units": 3, "activation": null})"));
  EXPECT_EQ(dense.activation, "linear");
}

TEST(LayerConfig, KeysOfOtherVersionsThatChangeNothing) {
  read("LSTM", R"({"name": "a", "units": 3, "implementation": 2, "time_major": false, "seed": 7,
                   "batch_input_shape": [null, 3, 4], "dtype": "float32", "trainable": true})");
  read("Embedding", R"({"name": "a", "input_dim": 3, "output_dim": 2, "input_length": 9,
                        "quantization_config": null, "sparse": false})");
  read("Dense", R"({"name": "a", "units": 3, "dtype": {"module": "keras",
                    "class_name": "DTypePolicy", "config": {"name": "float32"}}})");
}

TEST(LayerConfig, AnUnknownLayerIsToldTheKnownOnesOnce) {
  const std::string message = refusal("Dot", R"({"name": "d"})").what();
  EXPECT_THAT(message, testing::HasSubstr("layer class: expected a layer that eddy has, got Dot. "
                                          "Fix: use one of Embedding, Dense, "));
  for (const char* name : {"GRU", "LSTM", "SimpleRNN", "Add"}) {
    const size_t first = message.find(name);
    EXPECT_NE(first, std::string::npos) << name;
    EXPECT_EQ(message.find(name, first + 1), std::string::npos) << message;
  }
}

TEST(LayerConfig, WhatEddyDoesNotHaveIsRefusedByLayerAndKey) {
  const Error sparse = refusal("LSTM", R"({"name": "memory", "units": 3, "sparse": true})");
  EXPECT_EQ(sparse.code(), ErrorCode::not_supported);
  EXPECT_STREQ(
      sparse.what(),
      "[model.keras] config.json, layer 'memory' (LSTM), key 'sparse': expected false, got "
      "true. Fix: change the model in Keras and save it again, or use only the layers and "
      "options eddy lists.");
  for (const char* config :
       {R"({"name": "m", "units": 3, "kernel_regularizer": {"class_name": "L3"}})",
        R"({"name": "m", "units": 3, "time_major": true})",
        R"({"name": "m", "units": 3, "dtype": "mixed_float16"})",
        R"({"name": "m", "units": 3, "dtype": {"class_name": "DTypePolicy",
                                               "config": {"name": "bfloat16"}}})",
        R"({"name": "m", "units": 3, "activation": {"class_name": "LeakyReLU", "config": {}}})"}) {
    const Error error = refusal("LSTM", config);
    EXPECT_EQ(error.code(), ErrorCode::not_supported) << config;
    EXPECT_THAT(error.subject(), HasSubstr("layer 'm' (LSTM)"));
  }
  EXPECT_EQ(refusal("Dense", R"({"name": "m", "units": 3, "quantization_config": {}})").code(),
            ErrorCode::not_supported);
}

TEST(LayerConfig, UnknownClassesAreRefused) {
  const Error error = refusal("ConvLSTM2D", R"({"name": "m"})");
  EXPECT_EQ(error.code(), ErrorCode::not_supported);
  EXPECT_THAT(error.subject(), HasSubstr("ConvLSTM2D"));
  Json custom = layer("LSTM", R"({"name": "m", "units": 3})");
  custom["registered_name"] = "mine>LSTM";
  EXPECT_EQ(error_of([&] { read_layer(custom, kPlace, false); }).code(), ErrorCode::not_supported);
  custom["registered_name"] = nullptr;
  custom["module"] = "__main__";
  EXPECT_EQ(error_of([&] { read_layer(custom, kPlace, false); }).code(), ErrorCode::not_supported);
}

TEST(LayerConfig, UnknownKeysAndWrongTypesAreDamage) {
  const Error unknown = refusal("Dense", R"({"name": "m", "units": 3, "wings": 2})");
  EXPECT_EQ(unknown.code(), ErrorCode::bad_file);
  EXPECT_THAT(unknown.subject(), HasSubstr("layer 'm' (Dense): expected only keys"));
  EXPECT_THAT(unknown.subject(), HasSubstr("wings"));
  for (const char* config :
       {"[]", "3", "null", "{}", R"({"name": 3, "units": 3})", R"({"name": "", "units": 3})",
        R"({"name": "m", "units": "3"})", R"({"name": "m", "units": 3.5})",
        R"({"name": "m", "units": -1})", R"({"name": "m", "units": 99999999999})",
        R"({"name": "m", "units": 99999999999999999999})", R"({"name": "m", "use_bias": 1})",
        R"({"name": "m", "activation": 1})", R"({"name": "m", "kernel_initializer": 1})",
        R"({"name": "m", "kernel_initializer": {"config": {}}})"}) {
    EXPECT_EQ(refusal("Dense", config).code(), ErrorCode::bad_file) << config;
  }
}

TEST(LayerConfig, HardSigmoidOfKeras2HadAnotherSlope) {
  const std::string config = R"({"name": "m", "units": 3, "recurrent_activation": "hard_sigmoid"})";
  const auto activation = [](const LayerSpec& spec) {
    return std::get<RecurrentOptions>(spec).recurrent_activation;
  };
  EXPECT_EQ(activation(read("LSTM", config, /*legacy=*/false)), "hard_sigmoid");
  const LayerSpec old = read("LSTM", config, /*legacy=*/true);
  EXPECT_EQ(activation(old), "hard_sigmoid_v2");
  // Keras 3 has no such function: it must not take the file for one with another slope.
  const Json written = Json::parse(layer_json(old, {{kNone, 5, 2}}, Form::full).dump());
  EXPECT_EQ(written["config"]["recurrent_activation"]["config"], "eddy>hard_sigmoid_v2");
  EXPECT_EQ(activation(read_layer(written, kPlace, false)), "hard_sigmoid_v2");
}

TEST(InitializerConfig, OldAndShortForms) {
  const auto read_it = [](const char* text, const Initializer& otherwise = "zeros") {
    return read_initializer(Json::parse(text), kPlace, otherwise);
  };
  EXPECT_EQ(read_it(R"("glorot_uniform")"), Initializer("glorot_uniform"));
  EXPECT_EQ(read_it(R"({"class_name": "OrthogonalInitializer", "config": {"gain": 1.0}})"),
            Initializer("orthogonal"));
  const char* uniform =
      R"({"class_name": "RandomUniform", "config": {"seed": null, "minval": -0.05, "maxval": 0.05}})";
  EXPECT_EQ(read_it(uniform), Initializer("random_uniform"));
  EXPECT_EQ(read_it(uniform, "uniform"), Initializer("uniform"));
  const Initializer scaled =
      read_it(R"({"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_in",
                  "distribution": "uniform", "seed": 3, "input_axes": null}})");
  EXPECT_EQ(scaled.values, (std::map<std::string, double>{{"scale", 2.0}}));
  EXPECT_EQ(scaled.words, (std::map<std::string, std::string>{{"distribution", "uniform"}}));
  EXPECT_EQ(scaled.seed, 3);
  EXPECT_EQ(error_of([&] { read_it(R"("magic")"); }).code(), ErrorCode::not_supported);
  EXPECT_EQ(error_of([&] { read_it(R"({"class_name": "Zeros", "config": {"x": 1}})"); }).code(),
            ErrorCode::bad_file);
}

}  // namespace
}  // namespace eddy::files::layer_config_test
