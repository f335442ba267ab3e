// SPDX-License-Identifier: MIT
// ModelCheckpoint: which files it writes and what it says, against real Keras
// (scripts/golden_callbacks.py); that the files hold the model of that moment; what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "eddy/callbacks.h"
#include "eddy/model.h"
#include "files/files_support.h"
#include "training/golden_support.h"

namespace eddy::files::model_checkpoint_test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Sequential small_model() {
  Sequential model({Dense(2, "tanh"), Dense(1, "sigmoid")}, {.seed = 7});
  model.compile({.optimizer = {"adam", {{"learning_rate", 0.1}}},
                 .loss = "binary_crossentropy",
                 .metrics = {"acc"}});
  return model;
}

struct Samples {
  Tensor x = Tensor({20, 3}), y = Tensor({20});
  Samples() {
    for (int64_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7 % 11) / 11 - 0.4F;
    for (int64_t i = 0; i < y.size(); ++i) y[i] = x[3 * i] > 0 ? 1 : 0;
  }
};

// The model as a driven callback sees it.
class Held : public ModelInTraining {
 public:
  explicit Held(Model& model) : model_(model) {}
  std::vector<Tensor> get_weights() const override { return model_.get_weights(); }
  void set_weights(const std::vector<Tensor>& weights) override { model_.set_weights(weights); }
  double learning_rate() const override { return 0; }
  void set_learning_rate(double) override {}
  const Model& model() const override { return model_; }
  int64_t iterations() const override { return 0; }
  void back_up(std::function<void(const SavedState&)>) override {}
  int direction(const std::string& metric) const override { return metric == "loss" ? -1 : 0; }

 private:
  Model& model_;
};

// Paths of all files below the folder; they are removed.
std::set<std::string> take_files(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) names.insert(entry.path().lexically_relative(folder).string());
  }
  for (const std::string& name : names) std::filesystem::remove(folder / name);
  return names;
}

ModelCheckpointOptions options_of(const json& given, const std::string& folder, std::ostream& out) {
  ModelCheckpointOptions options;
  options.filepath = folder + given.at("filepath").get<std::string>();
  options.monitor = given.value("monitor", options.monitor);
  options.verbose = &out;
  options.save_best_only = given.value("save_best_only", false);
  options.save_weights_only = given.value("save_weights_only", false);
  options.mode = given.value("mode", options.mode);
  options.save_freq = given.value("save_freq", int64_t{0});
  if (given.contains("initial_value_threshold")) {
    options.initial_value_threshold = given.at("initial_value_threshold").get<double>();
  }
  return options;
}

std::string without(std::string text, const std::string& part) {
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part)) {
    text.erase(at, part.size());
  }
  return text;
}

TEST(ModelCheckpoint, WritesTheFilesAndSaysTheWordsOfKeras) {
  Sequential model = small_model();
  model.build({kNone, 3});
  Held held(model);
  int64_t cases = 0;
  for (const json& at : golden_cases("callbacks")) {
    if (at.at("callback") != "ModelCheckpoint") continue;
    ++cases;
    const std::string title = at.at("options").dump();
    const TestFolder place;
    const std::filesystem::path folder = place / "out";
    std::filesystem::create_directory(folder);
    std::ostringstream out;
    const std::string prefix = folder.string() + "/";
    ModelCheckpoint callback(options_of(at.at("options"), prefix, out));
    TrainingState state;
    state.model = &held;
    state.validates = true;
    callback.on_train_begin(state);
    for (const json& value : at.at("values")) {
      callback.on_epoch_begin(state);
      state.batch = 0;
      for (const json& loss : at.at("batches")) {
        state.logs = {{"loss", loss.get<double>()}};
        callback.on_train_batch_end(state);
        ++state.batch;
      }
      state.logs = {{"loss", 0.25}, {"val_loss", value.get<double>()}};
      callback.on_epoch_end(state);
      const auto& saved = at.at("result").at("saved").at(static_cast<size_t>(state.epoch));
      EXPECT_EQ(take_files(folder), saved.get<std::set<std::string>>()) << title;
      ++state.epoch;
    }
    callback.on_train_end(state);
    EXPECT_EQ(without(out.str(), prefix), at.at("result").at("text").get<std::string>()) << title;
  }
  EXPECT_GE(cases, 10);
}

void expect_same(const std::vector<Tensor>& got, const std::vector<Tensor>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].values(), want[i].values());
}

TEST(ModelCheckpoint, EveryKindOfFileHoldsTheModelOfItsEpoch) {
  const Samples data;
  const TestFolder place;
  Sequential model = small_model();
  const std::string folder = (place / "runs").string() + "/";
  ModelCheckpoint archive({.filepath = folder + "{epoch}.keras"}),
      legacy({.filepath = folder + "{epoch}.h5"}),
      weights({.filepath = folder + "{epoch}.weights.h5", .save_weights_only = true});
  std::vector<std::vector<Tensor>> seen;
  LambdaCallback note(LambdaCallback::Functions{
      .on_epoch_end = [&](TrainingState& state) { seen.push_back(state.model->get_weights()); }});
  model.fit(data.x, data.y,
            {.epochs = 3, .batch_size = 6, .callbacks = {&archive, &legacy, &weights, &note}});
  ASSERT_EQ(seen.size(), 3U);
  for (int epoch = 1; epoch <= 3; ++epoch) {
    const auto& want = seen[static_cast<size_t>(epoch - 1)];
    const std::string name = folder + std::to_string(epoch);
    expect_same(Model::load(name + ".keras").get_weights(), want);
    expect_same(Model::load(name + ".h5").get_weights(), want);
    Sequential other = small_model();
    other.build({kNone, 3});
    other.load_weights(name + ".weights.h5");
    expect_same(other.get_weights(), want);
  }
  // Training goes on from the optimizer's state in the file as if it had not been left.
  const FitOptions next = {.epochs = 1, .batch_size = 6, .shuffle = false};
  Model resumed = Model::load(folder + "3.keras");
  resumed.fit(data.x, data.y, next);
  model.fit(data.x, data.y, next);
  expect_same(resumed.get_weights(), model.get_weights());
}

TEST(ModelCheckpoint, KeepsTheBestModelAlone) {
  const Samples data;
  const TestFolder place;
  Sequential model = small_model();
  ModelCheckpoint best({.filepath = (place / "best.keras").string(), .save_best_only = true});
  std::vector<std::vector<Tensor>> seen;
  LambdaCallback note(LambdaCallback::Functions{
      .on_epoch_end = [&](TrainingState& state) { seen.push_back(state.model->get_weights()); }});
  FitOptions options = {.epochs = 12, .batch_size = 4, .callbacks = {&best, &note}};
  options.validation_split = 0.5;
  const History history = model.fit(data.x, data.y, options);
  const auto& losses = history.history.at("val_loss");
  const auto at = std::min_element(losses.begin(), losses.end()) - losses.begin();
  expect_same(Model::load(place / "best.keras").get_weights(), seen[static_cast<size_t>(at)]);
  ASSERT_TRUE(best.best().has_value());
  EXPECT_NEAR(*best.best(), losses[static_cast<size_t>(at)], 1e-7);
}

TEST(ModelCheckpoint, RefusesBadOptions) {
  const auto made = [](const ModelCheckpointOptions& options) {
    return std::string(error_of([&] { const ModelCheckpoint callback(options); }).what());
  };
  EXPECT_EQ(made({.filepath = "model.tf"}),
            "[ModelCheckpoint] filepath: expected a name that ends in .keras or .h5, got "
            "'model.tf'. Fix: rename the file.");
  EXPECT_THAT(made({.filepath = "m.h5", .save_weights_only = true}),
              HasSubstr("expected a name that ends in .weights.h5, got 'm.h5'."));
  EXPECT_THAT(made({}), HasSubstr("got ''."));
  EXPECT_THAT(made({.filepath = "m.keras", .save_freq = -1}),
              HasSubstr("save_freq: expected at least 0, got -1."));
  EXPECT_THAT(made({.filepath = "m.keras", .mode = "mix"}),
              HasSubstr("[ModelCheckpoint] mode: expected auto, min or max, got 'mix'."));
}

class AtTheEndOfAnEpoch : public testing::Test {
 protected:
  AtTheEndOfAnEpoch() {
    model_.build({kNone, 3});
    state_.model = &held_;
    state_.logs = {{"loss", 0.5}};
  }
  Error error(const std::string& filepath) {
    return error_of([&] { ModelCheckpoint({.filepath = filepath}).on_epoch_end(state_); });
  }
  Sequential model_ = small_model();
  Held held_{model_};
  TrainingState state_;
};

TEST_F(AtTheEndOfAnEpoch, RefusesFieldsThatAreNotThere) {
  EXPECT_THAT(error("{val_loss:.2f}.keras").what(),
              HasSubstr("[ModelCheckpoint] filepath: expected fields of epoch, loss, got "
                        "'{val_loss:.2f}.keras'"));
  for (const char* path : {"{epoch:zz}.keras", "{epoch.keras", "{batch}.keras", "}.keras"}) {
    const Error found = error(path);
    EXPECT_EQ(found.code(), ErrorCode::invalid_argument) << path;
    EXPECT_THAT(found.what(), HasSubstr("Fix: write fields like {epoch:02d} or {val_loss:.2f}."));
  }
}

TEST_F(AtTheEndOfAnEpoch, FailsWithoutHalfAFileWhereItCannotWrite) {
  const TestFolder place;
  write_bytes(place / "file", "x");
  const Error below = error((place / "file").string() + "/sub/m.keras");
  EXPECT_EQ(below.code(), ErrorCode::io);
  EXPECT_THAT(below.what(), HasSubstr("expected one that can be made, got: Not a directory."));
  std::filesystem::create_directory(place / "folder.keras");
  EXPECT_EQ(error((place / "folder.keras").string()).code(), ErrorCode::io);
  EXPECT_TRUE(std::filesystem::is_empty(place / "folder.keras"));
  EXPECT_EQ(place.files(), 2U);
  EXPECT_EQ(read_bytes(place / "file"), "x");
}

}  // namespace
}  // namespace eddy::files::model_checkpoint_test
