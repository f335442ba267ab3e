// SPDX-License-Identifier: MIT
// Models that real Keras has written: the same answers, and the same next steps of training.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
  result.losses = facts["losses"].get<std::vector<double>>();
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

class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, PredictsAsKeras) {
  const Facts facts = facts_of(GetParam());
  Model model = Model::load(golden(GetParam() + std::string(".keras")));
  expect_near(facts.predictions, model.predict(facts.x), 1e-5);
}

TEST_P(Golden, TrainsOnAsKeras) {
  const Facts facts = facts_of(GetParam());
  Model model = Model::load(golden(GetParam() + std::string(".keras")));
  const auto losses = next_losses(model, facts);
  ASSERT_EQ(losses.size(), facts.losses.size());
  for (size_t e = 0; e < losses.size(); ++e) {
    EXPECT_NEAR(losses[e], facts.losses[e], 1e-5 * facts.losses[e]) << "epoch " << e;
  }
}

TEST_P(Golden, SavedAgainStaysTheSame) {
  const Facts facts = facts_of(GetParam());
  const TestFolder folder;
  Model model = Model::load(golden(GetParam() + std::string(".keras")));
  model.save(folder / "again.keras");
  Model again = Model::load(folder / "again.keras");
  EXPECT_EQ(again.predict(facts.x).values(), model.predict(facts.x).values());
  EXPECT_EQ(next_losses(again, facts), next_losses(model, facts));
}

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
  const std::string ours = model_config_text(Model::load(path).network());
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

INSTANTIATE_TEST_SUITE_P(, Golden, testing::Values("lstm_rmsprop", "gru_adam", "simple_rnn_sgd"));

}  // namespace
}  // namespace eddy::files
