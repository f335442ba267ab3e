// SPDX-License-Identifier: MIT
// A training that is cut off and goes on ends with the bits of the undisturbed one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>

#include "core/random.h"
#include "eddy/callbacks.h"
#include "eddy/model.h"

namespace eddy::resume_test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Cut : public std::exception {};

// Throws in the n-th call of on_train_batch_end (of this object), as a power failure would.
class PowerFailure : public Callback {
 public:
  explicit PowerFailure(int64_t batches) : left_(batches) {}
  void on_train_batch_end(TrainingState&) override {
    if (--left_ == 0) throw Cut();
  }

 private:
  int64_t left_;
};

class TemporaryDir {
 public:
  TemporaryDir() {
    std::string name = (fs::temp_directory_path() / "eddy-resume-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryDir() { fs::remove_all(path_); }
  TemporaryDir(const TemporaryDir&) = delete;
  TemporaryDir& operator=(const TemporaryDir&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Sequences of ids, most of them rare: rows of the embedding wait long for their optimizer.
struct Data {
  IntTensor x = IntTensor({44, 6});
  Tensor y = Tensor({44});
  Data() {
    Random random(5);
    for (int64_t i = 0; i < x.size(); ++i) {
      x[i] = static_cast<int32_t>(random.below(random.below(2) == 0 ? 3 : 60));
    }
    for (int64_t i = 0; i < y.size(); ++i) y[i] = x[6 * i] + x[6 * i + 5] > 20 ? 1 : 0;
  }
};

using Callbacks = std::vector<std::unique_ptr<Callback>>;

struct Training {
  std::function<std::vector<LayerSpec>()> layers;
  Optimizer optimizer = "rmsprop";
  std::vector<MetricSpec> metrics = {"acc", "auc"};
  FitOptions options = {};
  std::function<Callbacks()> callbacks = {};  // new ones for every run
};

std::vector<LayerSpec> plain_layers() {
  return {Embedding(60, 4), Recurrent({.units = 3, .cell = "gru"}), Dense(1, "sigmoid")};
}

struct Result {
  std::vector<Tensor> weights;
  History history;
  double next_loss = 0;  // of one more epoch: shows the optimizer's state
};

// One process: a model of its own, and callbacks. `cut_after` batches of this run; 0: to its end.
Result run(const Training& training, const fs::path& folder, int64_t save_freq, int64_t cut_after,
           std::optional<uint64_t> seed = 11) {
  const Data data;
  Sequential model(training.layers(), {.seed = seed});
  model.compile({.optimizer = training.optimizer,
                 .loss = "binary_crossentropy",
                 .metrics = MetricLists({training.metrics})});
  Callbacks callbacks;
  if (training.callbacks) callbacks = training.callbacks();
  if (!folder.empty()) {
    callbacks.push_back(std::make_unique<BackupAndRestore>(
        BackupAndRestoreOptions{.backup_dir = folder, .save_freq = save_freq}));
  }
  if (cut_after > 0) callbacks.push_back(std::make_unique<PowerFailure>(cut_after));
  FitOptions options = training.options;
  for (const auto& callback : callbacks) options.callbacks.push_back(callback.get());
  Result result;
  result.history = model.fit(data.x, data.y, options);
  result.weights = model.get_weights();
  result.next_loss = model.fit(data.x, data.y, {.batch_size = 4}).history.at("loss")[0];
  return result;
}

void expect_same(const Result& got, const Result& want, const std::string& what) {
  ASSERT_EQ(got.weights.size(), want.weights.size());
  for (size_t i = 0; i < want.weights.size(); ++i) {
    EXPECT_EQ(got.weights[i].values(), want.weights[i].values()) << what << ", weight " << i;
  }
  EXPECT_EQ(got.history.epoch, want.history.epoch) << what;
  EXPECT_EQ(got.history.history, want.history.history) << what;
  EXPECT_EQ(got.history.seconds.size(), want.history.seconds.size()) << what;
  EXPECT_EQ(got.next_loss, want.next_loss) << what;
}

// Cut off every few batches until it ends by itself.
void expect_exact(const Training& training, int64_t batches_in_all) {
  const Result want = run(training, {}, 0, 0);
  ASSERT_FALSE(want.history.epoch.empty());
  for (const int64_t save_freq : {int64_t{0}, int64_t{1}, int64_t{3}}) {
    for (const int64_t cut_after : {int64_t{1}, int64_t{4}, int64_t{14}, int64_t{17}}) {
      // Without a backup in between it would never end.
      if (cut_after <= (save_freq == 0 ? 11 : save_freq)) continue;
      const TemporaryDir folder;
      const std::string what =
          "save_freq " + std::to_string(save_freq) + ", cut after " + std::to_string(cut_after);
      Result got;
      int64_t runs = 0;
      // The first run alone knows the seed; the others take it from the backup.
      for (bool ended = false; !ended && runs < 100; ++runs) {
        try {
          got = run(training, folder.path() / "backup", save_freq, cut_after,
                    runs == 0 ? std::optional<uint64_t>(11) : std::nullopt);
          ended = true;
        } catch (const Cut&) {
        }
      }
      EXPECT_GT(runs, batches_in_all / (cut_after + 1)) << what;
      expect_same(got, want, what);
      EXPECT_FALSE(fs::exists(folder.path() / "backup")) << what;
    }
  }
}

FitOptions three_epochs() {
  FitOptions options;
  options.epochs = 3;
  options.batch_size = 4;
  return options;
}

TEST(Resume, EveryOptimizerGoesOnExactly) {
  for (const Optimizer& optimizer : std::vector<Optimizer>{
           {"rmsprop", {{"centered", 1}}},
           {"sgd", {{"momentum", 0.9}}},
           {"adam", {{"amsgrad", 1}, {"weight_decay", 0.01}}},
           {"nadam"},
           {"adadelta"},
           {"ftrl"},
           {"rmsprop", {{"use_ema", 1}, {"ema_overwrite_frequency", 5}}},
           {"rmsprop", {{"gradient_accumulation_steps", 3}, {"clipnorm", 0.1}}},
       }) {
    SCOPED_TRACE(optimizer.name);
    expect_exact({.layers = plain_layers, .optimizer = optimizer, .options = three_epochs()}, 33);
  }
}

TEST(Resume, DropoutAndMovingMeansGoOnExactly) {
  const auto layers = [] {
    return std::vector<LayerSpec>{Embedding(60, 4),
                                  LSTM({.units = 3, .dropout = 0.3, .recurrent_dropout = 0.2}),
                                  BatchNormalization(), Dropout(0.4), Dense(1, "sigmoid")};
  };
  FitOptions options = three_epochs();
  options.validation_split = 0.25;
  expect_exact({.layers = layers, .options = options}, 24);
}

TEST(Resume, StatesOfStatefulLayersGoOnExactly) {
  const auto layers = [] {
    return std::vector<LayerSpec>{
        Embedding(60, 4),
        Bidirectional(GRU({.units = 2, .return_sequences = true, .stateful = true})),
        LSTM({.units = 3, .stateful = true}), Dense(1, "sigmoid")};
  };
  FitOptions options = three_epochs();
  options.shuffle = false;
  expect_exact({.layers = layers, .options = options}, 33);
}

TEST(Resume, APassOverTheDataThatSpansEpochsGoesOnExactly) {
  FitOptions options = three_epochs();
  options.epochs = 6;
  options.steps_per_epoch = 7;  // of 11
  expect_exact({.layers = plain_layers, .options = options}, 30);
}

TEST(Resume, CallbacksGoOnExactly) {
  const auto callbacks = [] {
    Callbacks all;
    all.push_back(std::make_unique<EarlyStopping>(
        EarlyStoppingOptions{.patience = 2, .restore_best_weights = true}));
    all.push_back(std::make_unique<ReduceLROnPlateau>(
        ReduceLROnPlateauOptions{.factor = 0.5, .patience = 1, .min_delta = 0.1}));
    // Would be done twice if an epoch that goes on began anew.
    all.push_back(
        std::make_unique<LearningRateScheduler>([](int64_t, double rate) { return rate * 0.9; }));
    return all;
  };
  FitOptions options = three_epochs();
  options.epochs = 30;
  options.validation_split = 0.25;
  expect_exact({.layers = plain_layers,
                .optimizer = {"rmsprop", {{"learning_rate", 0.05}}},
                .options = options,
                .callbacks = callbacks},
               24);
}

TEST(Resume, ABackupThatStaysLetsALongerTrainingGoOn) {
  const TemporaryDir folder;
  const Data data;
  const auto fit = [&](int64_t epochs, bool backs_up) {
    Sequential model(plain_layers(), {.seed = 3});
    model.compile({.loss = "binary_crossentropy"});
    BackupAndRestore backup({.backup_dir = folder.path(), .delete_checkpoint = false});
    FitOptions options;
    options.epochs = epochs;
    if (backs_up) options.callbacks = {&backup};
    return model.fit(data.x, data.y, options).history;
  };
  fit(2, true);
  EXPECT_EQ(fit(4, true), fit(4, false));
}

class ResumeRefusal : public testing::Test {
 protected:
  // A backup after the first epoch.
  ResumeRefusal() {
    EXPECT_THROW(run(training_, folder_.path(), 0, 12), Cut);
    EXPECT_TRUE(fs::exists(latest()));
  }
  fs::path latest() const { return folder_.path() / "latest.eddy"; }
  Error error_of(const Training& training) const {
    try {
      run(training, folder_.path(), 0, 0);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorCode::internal, "", "", ""};
  }

  TemporaryDir folder_;
  Training training_ = {.layers = plain_layers, .options = three_epochs()};
};

TEST_F(ResumeRefusal, OtherArguments) {
  Training other = training_;
  other.options.batch_size = 5;
  EXPECT_EQ(error_of(other).code(), ErrorCode::invalid_argument);
  EXPECT_THAT(error_of(other).subject(), HasSubstr("batch_size: expected 4 as when"));
  EXPECT_THAT(error_of(other).subject(), HasSubstr("got 5."));
  other = training_;
  other.options.validation_split = 0.1;
  EXPECT_THAT(error_of(other).subject(), HasSubstr("training samples: expected 44"));
  other = training_;
  other.options.sample_weight = {Tensor({44}, std::vector<float>(44, 2.0F))};
  EXPECT_THAT(error_of(other).subject(), HasSubstr("SHA-256 of the data: expected"));
}

TEST_F(ResumeRefusal, OtherModels) {
  Training other = training_;
  other.optimizer = "adam";
  EXPECT_THAT(error_of(other).subject(), HasSubstr("optimizer: expected adam, got rmsprop."));
  other = training_;
  other.layers = [] {
    return std::vector<LayerSpec>{Embedding(60, 4), GRU(5), Dense(1, "sigmoid")};
  };
  EXPECT_EQ(error_of(other).code(), ErrorCode::bad_file);
}

TEST_F(ResumeRefusal, DamagedBackups) {
  std::ifstream file(latest(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  file.close();
  const auto write = [&](const std::string& bytes) {
    std::ofstream(latest(), std::ios::binary) << bytes;
  };
  std::string changed = whole;
  changed[whole.size() / 2] ^= 1;
  for (const std::string& bytes : {changed, whole.substr(0, whole.size() / 2), std::string(),
                                   std::string("something else"), whole + "x"}) {
    write(bytes);
    EXPECT_EQ(error_of(training_).code(), ErrorCode::bad_file);
  }
  // The one before the latest stands in for it.
  fs::rename(latest(), folder_.path() / "latest.eddy.bkp");
  write(whole);
  fs::copy_file(latest(), folder_.path() / "latest.eddy.bkp", fs::copy_options::overwrite_existing);
  write(changed);
  expect_same(run(training_, folder_.path(), 0, 0), run(training_, {}, 0, 0), "previous");
}

TEST(Resume, RefusesOptionsOutOfRange) {
  EXPECT_THROW(BackupAndRestore({}), Error);
  EXPECT_THROW(BackupAndRestore({.backup_dir = "x", .save_freq = -1}), Error);
}

TEST(Resume, TwoBackupsAreKeptOnDemand) {
  const TemporaryDir folder;
  const Data data;
  Sequential model(plain_layers(), {.seed = 3});
  model.compile({.loss = "binary_crossentropy"});
  BackupAndRestore backup(
      {.backup_dir = folder.path(), .double_checkpoint = true, .delete_checkpoint = false});
  FitOptions options;
  options.epochs = 2;
  options.callbacks = {&backup};
  model.fit(data.x, data.y, options);
  EXPECT_TRUE(fs::exists(folder.path() / "latest.eddy"));
  EXPECT_TRUE(fs::exists(folder.path() / "latest.eddy.bkp"));
}

}  // namespace
}  // namespace eddy::resume_test
