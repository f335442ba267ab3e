// SPDX-License-Identifier: MIT
// Models that real Keras has written: the same answers, and the same next steps of training.
#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <nlohmann/json.hpp>

#include "files/hdf5_tree.h"
#include "files/legacy_file.h"
#include "files/model_config.h"
#include "files_support.h"
#include "model/network.h"

namespace eddy::files::golden_test {
namespace {

using nlohmann::json;
using Ordered = nlohmann::ordered_json;

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

// Without what need not be the same: ids of objects; masks, which follow the values by themselves
// when Keras reads the model; the batch size of the first fit, which Keras keeps where it divides
// the samples.
Ordered normal(Ordered value) {
  if (value.is_object()) {
    value.erase("shared_object_id");
    if (value.contains("args")) value["kwargs"].erase("mask");
    if (value.contains("args")) value["kwargs"].erase("training");
    for (const char* key : {"input_shape", "sequences_shape", "batch_shape", "build_input_shape"}) {
      if (value.contains(key) && value[key].is_array()) value[key][0] = nullptr;
    }
    if (value.value("class_name", Ordered()) == "Functional") value.erase("build_config");
    // One state, or a list with one.
    if (value.contains("initial_state") && value["initial_state"].is_object()) {
      value["initial_state"] = Ordered::array({value["initial_state"]});
    }
    if (value.contains("initial_state_shape") && !value["initial_state_shape"][0].is_array()) {
      value["initial_state_shape"] = Ordered::array({value["initial_state_shape"]});
    }
  }
  Ordered result = value.is_array() ? Ordered::array() : value;
  for (const auto& [key, item] : value.items()) {
    if (value.is_object()) result[key] = normal(item);
    if (!value.is_array()) continue;
    const bool operation = item.is_object() && item.value("class_name", Ordered()) == "NotEqual";
    if (!operation) result.push_back(normal(item));
  }
  return result;
}

// Everything that Keras writes, we write: same keys, same values, same order.
void expect_same_config(const std::string& keras, const std::string& ours) {
  Ordered expected = normal(Ordered::parse(keras));
  const Ordered got = normal(Ordered::parse(ours));
  const std::string same = got == expected ? "" : Ordered::diff(expected, got).dump(1);
  EXPECT_TRUE(got == expected) << same;
}

TEST_P(Golden, ConfigIsKerasOwn) {
  const auto path = golden(GetParam() + std::string(".keras"));
  expect_same_config(members_of(path).config, config_text(Model::load(path)));
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
    expect_same_config(expected, got);
  }
  EXPECT_EQ(ours.groups.at("model_weights").at("layer_names").values,
            keras.groups.at("model_weights").at("layer_names").values);
  EXPECT_EQ(ours.arrays.size(), keras.arrays.size());
}

// By path; the optimizer's have names of no meaning in .h5 files.
std::map<std::string, Shape> shapes_of(const Hdf5Tree& tree) {
  std::map<std::string, Shape> shapes;
  for (const auto& [path, array] : tree.arrays) {
    if (!path.starts_with("optimizer_weights")) shapes[path] = array.shape;
  }
  return shapes;
}

// The arrays and their owners, in both layouts.
TEST_P(Golden, ArraysStandWhereKerasPutsThem) {
  const TestFolder folder;
  Model::load(golden(GetParam() + std::string(".keras"))).save(folder / "ours.keras");
  Model::load(golden(GetParam() + std::string(".h5"))).save(folder / "ours.h5");
  const auto image = [](const std::filesystem::path& path) {
    return path.extension() == ".h5" ? read_bytes(path) : members_of(path).weights;
  };
  for (const std::string extension : {".keras", ".h5"}) {
    const std::string theirs = image(golden(GetParam() + extension));
    const std::string ours = image(folder / ("ours" + extension));
    const Hdf5Tree expected = read_hdf5({"Keras", ""}, theirs), got = read_hdf5({"eddy", ""}, ours);
    EXPECT_EQ(shapes_of(got), shapes_of(expected));
    for (const auto& [path, texts] : expected.groups) {
      ASSERT_TRUE(got.groups.contains(path)) << path;
      if (!texts.contains("name")) continue;
      EXPECT_EQ(got.groups.at(path).at("name").values, texts.at("name").values) << path;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, Golden,
                         testing::Values("lstm_rmsprop", "gru_adam", "simple_rnn_sgd",
                                         "nested_rmsprop", "functional_adam"));

}  // namespace
}  // namespace eddy::files::golden_test
