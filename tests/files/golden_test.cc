// SPDX-License-Identifier: MIT
// Models that real Keras has written: the same answers, and the same next steps of training.
#include <gtest/gtest.h>

#include <cctype>
#include <nlohmann/json.hpp>

#include "files/hdf5_tree.h"
#include "files/legacy_file.h"
#include "files/model_config.h"
#include "files_support.h"
#include "model/network.h"

namespace eddy::files {
namespace {

using nlohmann::json;

struct Facts {
  Input x;
  Tensor y;
  std::vector<float> predictions;
  std::vector<double> losses;  // of the next three epochs, batches of 5, not shuffled
};

Facts facts_of(const std::string& name) {
  const json facts = json::parse(read_bytes(golden(name + ".json")));
  const Shape shape = facts["x_shape"];
  Facts result;
  if (facts["x"][0].is_number_integer()) {
    result.x = IntTensor(shape, facts["x"].get<std::vector<int32_t>>());
  } else {
    result.x = Tensor(shape, facts["x"].get<std::vector<float>>());
  }
  result.y = Tensor(facts["y_shape"].get<Shape>(), facts["y"].get<std::vector<float>>());
  result.predictions = facts["predictions"].get<std::vector<float>>();
  result.losses = facts.value("losses", std::vector<double>());
  return result;
}

std::vector<double> next_losses(Model& model, const Facts& facts) {
  FitOptions options;
  options.epochs = 3;
  options.batch_size = 5;
  options.shuffle = false;
  return model.fit(facts.x, facts.y, options).history.at("loss");
}

void expect_near(const std::vector<float>& predictions, const Tensor& got, double tolerance) {
  ASSERT_EQ(got.size(), static_cast<int64_t>(predictions.size()));
  for (size_t i = 0; i < predictions.size(); ++i) {
    EXPECT_NEAR(got.values()[i], predictions[i], tolerance) << i;
  }
}

// A file of the models that stand in one .json.
struct GoldenFile {
  const char* facts;
  const char* file;
  bool compiled = true;
};

class GoldenFiles : public testing::TestWithParam<GoldenFile> {
 protected:
  Facts facts_ = facts_of(GetParam().facts);
  Model model_ = Model::load(golden(GetParam().file));
};

TEST_P(GoldenFiles, PredictsAsKeras) {
  expect_near(facts_.predictions, model_.predict(facts_.x), 1e-5);
}

TEST_P(GoldenFiles, TrainsOnAsKeras) {
  ASSERT_EQ(model_.network().compiled.has_value(), GetParam().compiled);
  if (!GetParam().compiled) return;
  const auto losses = next_losses(model_, facts_);
  ASSERT_EQ(losses.size(), facts_.losses.size());
  for (size_t e = 0; e < losses.size(); ++e) {
    EXPECT_NEAR(losses[e], facts_.losses[e], 1e-5 * facts_.losses[e]) << "epoch " << e;
  }
}

TEST_P(GoldenFiles, SavedAgainStaysTheSame) {
  const TestFolder folder;
  std::vector<double> losses;
  const auto values = model_.predict(facts_.x).values();
  for (const char* name : {"again.keras", "again.h5"}) model_.save(folder / name);
  if (model_.network().compiled) losses = next_losses(model_, facts_);
  for (const char* name : {"again.keras", "again.h5"}) {
    Model again = Model::load(folder / name);
    EXPECT_EQ(again.predict(facts_.x).values(), values) << name;
    if (losses.empty()) continue;
    EXPECT_EQ(next_losses(again, facts_), losses) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    , GoldenFiles,
    testing::Values(GoldenFile{"lstm_rmsprop", "lstm_rmsprop.keras"},
                    GoldenFile{"lstm_rmsprop", "lstm_rmsprop.h5"},
                    GoldenFile{"gru_adam", "gru_adam.keras"}, GoldenFile{"gru_adam", "gru_adam.h5"},
                    GoldenFile{"simple_rnn_sgd", "simple_rnn_sgd.keras"},
                    GoldenFile{"simple_rnn_sgd", "simple_rnn_sgd.h5"},
                    GoldenFile{"keras2_stacked", "keras2_stacked.keras"},
                    GoldenFile{"keras2_stacked", "keras2_stacked.h5"},
                    GoldenFile{"keras2_stacked", "keras2_stacked_2_0.h5", false},
                    GoldenFile{"keras2_stacked", "keras2_stacked_latest.h5"},
                    GoldenFile{"keras2_cudnn", "keras2_cudnn.h5", false}),
    [](const auto& test) {
      std::string name = test.param.file;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      return name;
    });

// Weights alone, in every layout that holds them, and from whole models.
TEST(GoldenWeights, ComeFromEveryKindOfFile) {
  const Facts facts = facts_of("keras2_stacked");
  for (const char* file : {"keras2_stacked_weights.h5", "keras2_stacked.h5",
                           "keras2_stacked_latest.h5", "keras2_stacked.keras"}) {
    Model model = Model::load(golden("keras2_stacked.h5"));
    std::vector<Tensor> zeros;
    for (const Tensor& weight : model.get_weights()) zeros.emplace_back(weight.shape());
    model.set_weights(zeros);
    model.load_weights(golden(file));
    expect_near(facts.predictions, model.predict(facts.x), 1e-5);
  }
}

class Golden : public testing::TestWithParam<const char*> {};

// Everything that Keras writes, we write: same keys, same values, same order.
json without_ids(json value) {
  if (value.is_object()) value.erase("shared_object_id");
  if (value.is_structured()) {
    for (auto& item : value) item = without_ids(item);
  }
  return value;
}

// All keys, in the order of the text.
std::string keys_of(const std::string& text) {
  std::string keys;
  const json value = json::parse(text, [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && parsed != "shared_object_id") {
      keys += parsed.get<std::string>() + " ";
    }
    return true;
  });
  EXPECT_TRUE(value.is_object());
  return keys;
}

TEST_P(Golden, ConfigIsKerasOwn) {
  const auto path = golden(GetParam() + std::string(".keras"));
  const std::string keras = members_of(path).config;
  const std::string ours = config_text(Model::load(path));
  json expected = without_ids(json::parse(keras)), got = json::parse(ours);
  // Losses are written in their long form.
  const auto loss = got["compile_config"]["loss"];
  if (loss == "mean_squared_error") expected["compile_config"]["loss"] = loss;
  // Keras keeps the batch size of the first fit where it divides the samples.
  const auto free_batch = [](json& shape) { shape[0] = nullptr; };
  free_batch(expected["build_config"]["input_shape"]);
  free_batch(expected["config"]["build_input_shape"]);
  for (auto& layer : expected["config"]["layers"]) {
    if (layer.contains("build_config")) free_batch(layer["build_config"]["input_shape"]);
    if (layer["class_name"] == "InputLayer") free_batch(layer["config"]["batch_shape"]);
  }
  EXPECT_TRUE(got == expected) << json::diff(expected, got).dump(1);

  EXPECT_EQ(keys_of(ours), keys_of(keras));
}

TEST_P(Golden, LegacyConfigIsKerasOwn) {
  const std::string image = read_bytes(golden(GetParam() + std::string(".h5")));
  const Hdf5Tree keras = read_hdf5({GetParam(), ""}, image);
  const std::string ours_image =
      legacy_image(Model::load(golden(GetParam() + std::string(".h5"))).network());
  const Hdf5Tree ours = read_hdf5({"ours", ""}, ours_image);
  for (const char* name : {"model_config", "training_config"}) {
    const std::string expected = keras.groups.at("").at(name).values.at(0);
    const std::string got = ours.groups.at("").at(name).values.at(0);
    EXPECT_EQ(keys_of(got), keys_of(expected));
    // Keras keeps the batch size of the first fit where it divides the samples.
    EXPECT_EQ(json::parse(got).size(), json::parse(expected).size());
  }
  EXPECT_EQ(ours.groups.at("model_weights").at("layer_names").values,
            keras.groups.at("model_weights").at("layer_names").values);
  EXPECT_EQ(ours.arrays.size(), keras.arrays.size());
}

INSTANTIATE_TEST_SUITE_P(, Golden, testing::Values("lstm_rmsprop", "gru_adam", "simple_rnn_sgd"));

}  // namespace
}  // namespace eddy::files
