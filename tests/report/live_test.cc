// SPDX-License-Identifier: MIT
// A training that tells how it stands, and what is made of it.
#include "eddy/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "eddy/callbacks.h"
#include "eddy/model.h"
#include "eddy/report.h"
#include "report/report_support.h"

namespace eddy::live_test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int64_t kSamples = 22, kSteps = 5, kFeatures = 3;

Tensor random_tensor(Shape shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Tensor tensor(std::move(shape));
  for (int64_t i = 0; i < tensor.size(); ++i) tensor[i] = normal(random);
  return tensor;
}

struct Data {
  Tensor x = random_tensor({kSamples, kSteps, kFeatures}, 1), y = random_tensor({kSamples, 1}, 2);
};

Sequential small_model(double learning_rate = 0.01) {
  Sequential model({GRU({.units = 4, .name = "steps"}), Dense({.units = 1, .name = "out"})},
                   {.seed = 4});
  model.compile({.optimizer = {"sgd", {{"learning_rate", learning_rate}}},
                 .loss = "mse",
                 .metrics = {"mae"}});
  return model;
}

// Batches of 4 of 16 samples, 6 more to validate with.
FitOptions options_with(std::vector<Callback*> callbacks, int64_t epochs = 3) {
  return {.epochs = epochs,
          .batch_size = 4,
          .validation_split = 0.27,
          .callbacks = std::move(callbacks)};
}

// A second passes whenever anybody looks.
std::function<double()> ticking(double& now) {
  return [&now] { return now += 1; };
}

std::vector<std::string> events_of(const LiveTraining& training) {
  std::vector<std::string> events;
  for (const auto& event : training.events) events.push_back(event.what);
  return events;
}

TEST(LiveLogger, TellsHowTheTrainingStands) {
  const TemporaryFolder folder;
  const Data data;
  double now = 1000;
  LiveLogger live({.filename = folder.path() / "live.json", .interval = 0, .clock = ticking(now)});
  int64_t seen = 0, tests = 0;
  LambdaCallback look({.on_train_batch_end =
                           [&](TrainingState& state) {
                             const LiveTraining read = read_live(folder.path());
                             ++seen;
                             EXPECT_EQ(read.status, "training");
                             EXPECT_EQ(read.epoch, state.epoch);
                             EXPECT_EQ(read.epochs, 3);
                             EXPECT_EQ(read.batch, state.batch + 1);
                             EXPECT_EQ(read.batches, 4);
                             EXPECT_EQ(read.samples, 16);
                             EXPECT_EQ(read.time_steps, kSteps);
                             EXPECT_EQ(read.logs, state.logs);
                             EXPECT_GT(read.batches_per_second, 0);
                             EXPECT_FLOAT_EQ(static_cast<float>(read.learning_rate), 0.01F);
                             EXPECT_EQ(read.pid, ::getpid());
                             ASSERT_EQ(read.gradient_norms.size(), 2U);
                             const auto norms = state.model->gradient_norms();
                             for (const auto& [layer, norm] : norms) {
                               const auto found = std::find_if(
                                   read.gradient_norms.begin(), read.gradient_norms.end(),
                                   [&name = layer](const auto& of) { return of.first == name; });
                               ASSERT_NE(found, read.gradient_norms.end()) << layer;
                               EXPECT_EQ(found->second.back(), norm);
                               EXPECT_EQ(found->second.size(), static_cast<size_t>(seen));
                             }
                             ASSERT_EQ(read.curve.size(), static_cast<size_t>(seen));
                             EXPECT_EQ(read.curve.back().epoch, static_cast<double>(seen) / 4);
                           },
                       .on_test_batch_end =
                           [&](TrainingState& state) {
                             ++tests;
                             const LiveTraining read = read_live(folder.path());
                             EXPECT_EQ(read.status, "validating");
                             EXPECT_EQ(read.batch, state.batch + 1);
                             EXPECT_EQ(read.batches, 2);
                           }});
  small_model().fit(data.x, data.y, options_with({&live, &look}));
  EXPECT_EQ(seen, 12);
  EXPECT_EQ(tests, 6);
  const LiveTraining ended = read_live(folder.path());
  EXPECT_EQ(ended.status, "finished");
  EXPECT_EQ(ended.whole_epochs, 3);
  EXPECT_EQ(events_of(ended), (std::vector<std::string>{"began", "finished"}));
}

TEST(LiveLogger, LeavesNothingOfAFinishedTrainingAndChangesNothing) {
  const TemporaryFolder folder;
  const Data data;
  Sequential with = small_model(), without = small_model();
  {
    LiveLogger live({.filename = folder.path() / "live.json", .interval = 0});
    with.fit(data.x, data.y, options_with({&live}));
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "live.json"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  without.fit(data.x, data.y, options_with({}));
  const auto a = with.get_weights(), b = without.get_weights();
  for (size_t i = 0; i < a.size(); ++i) {
    for (int64_t k = 0; k < a[i].size(); ++k) ASSERT_EQ(a[i][k], b[i][k]);
  }
}

TEST(LiveLogger, AFileThatCannotBeWrittenDisturbsNothing) {
  const TemporaryFolder folder;
  const Data data;
  LiveLogger none({.filename = folder.path() / "missing" / "live.json", .interval = 0});
  EXPECT_EQ(small_model().fit(data.x, data.y, options_with({&none})).epoch.size(), 3U);
  std::filesystem::create_directory(folder.path() / "live.json");  // in its place
  LiveLogger blocked({.filename = folder.path() / "live.json", .interval = 0});
  EXPECT_EQ(small_model().fit(data.x, data.y, options_with({&blocked})).epoch.size(), 3U);
}

TEST(LiveLogger, WritesNoMoreOftenThanItsInterval) {
  const TemporaryFolder folder;
  const Data data;
  double now = 1000;
  int64_t written = 0;
  double before = 0;
  LiveLogger live(
      {.filename = folder.path() / "live.json", .interval = 25, .clock = [&now] { return now; }});
  LambdaCallback look({.on_train_batch_end = [&](TrainingState&) {
    const double time = read_live(folder.path()).time;
    written += time != before ? 1 : 0;
    before = time;
    now += 10;
  }});
  small_model().fit(data.x, data.y, options_with({&live, &look}));
  // At 1000, when training began, then at the batches of 1030, 1060, 1090.
  EXPECT_EQ(written, 4);
}

TEST(LiveLogger, SaysWhatEndedATraining) {
  const TemporaryFolder folder;
  const Data data;
  {
    LiveLogger live({.filename = folder.path() / "live.json", .interval = 0});
    LambdaCallback stop({.on_train_batch_end = [&](TrainingState& state) {
      state.stop_now = state.epoch == 1 && state.batch == 2;
    }});
    small_model().fit(data.x, data.y, options_with({&stop, &live}));
    live.note("stopped by a test");
  }
  LiveTraining read = read_live(folder.path());
  EXPECT_EQ(read.status, "interrupted");
  EXPECT_EQ(read.whole_epochs, 1);
  EXPECT_EQ(read.batch, 3);
  EXPECT_EQ(read.events.back().what, "stopped by a test");

  Data ruined;
  ruined.x[7] = std::nanf("");
  {
    LiveLogger live({.filename = folder.path() / "live.json", .interval = 1e9});
    EXPECT_THROW(small_model().fit(ruined.x, ruined.y, options_with({&live})), Error);
  }
  read = read_live(folder.path());
  EXPECT_EQ(read.status, "failed");
  EXPECT_THAT(read.events.back().what, HasSubstr("NaN or infinite: the input data"));
}

TEST(LiveLogger, TellsOfLearningRatesAndEarlyEnds) {
  const TemporaryFolder folder;
  const Data data;
  LearningRateScheduler schedule(
      [](int64_t epoch, double rate) { return epoch == 1 ? rate / 4 : rate; });
  LambdaCallback early(
      {.on_epoch_end = [](TrainingState& state) { state.stop_training = state.epoch == 2; }});
  LiveLogger live({.filename = folder.path() / "live.json", .interval = 0});
  small_model().fit(data.x, data.y, options_with({&schedule, &early, &live}, 9));
  const LiveTraining read = read_live(folder.path());
  EXPECT_EQ(events_of(read),
            (std::vector<std::string>{"began", "learning_rate 0.01 -> 0.0025",
                                      "stops early, after 3 of 9 epochs", "finished"}));
  EXPECT_EQ(read.events[1].epoch, 1);
}

TEST(LiveLogger, ThinsLongCurves) {
  const TemporaryFolder folder;
  const Data data;
  LiveLogger live({.filename = folder.path() / "live.json", .interval = 1e9});
  small_model().fit(data.x, data.y, options_with({&live}, 500));
  const LiveTraining read = read_live(folder.path());
  EXPECT_LE(read.curve.size(), 256U);
  EXPECT_GE(read.curve.size(), 120U);
  const double step = read.curve[1].epoch - read.curve[0].epoch;
  EXPECT_EQ(read.curve[0].epoch, 0.25);
  for (size_t i = 1; i < read.curve.size(); ++i) {
    ASSERT_EQ(read.curve[i].epoch - read.curve[i - 1].epoch, step);
  }
}

// With plain SGD at a learning rate of 1 the weights move by their gradients.
TEST(LiveLogger, NormsAreThoseOfTheGradients) {
  const Data data;
  Sequential model = small_model(1);
  model.build({kNone, kSteps, kFeatures});
  const auto before = model.get_weights();
  std::vector<std::pair<std::string, double>> norms;
  LambdaCallback look(
      {.on_train_batch_end = [&](TrainingState& state) { norms = state.model->gradient_norms(); }});
  model.fit(data.x, data.y, {.epochs = 1, .batch_size = kSamples, .callbacks = {&look}});
  const auto after = model.get_weights();
  ASSERT_EQ(before.size(), 5U);  // kernel, recurrent kernel and bias of the GRU; kernel and bias
  std::vector<double> squares(2);
  for (size_t i = 0; i < before.size(); ++i) {
    for (int64_t k = 0; k < before[i].size(); ++k) {
      squares[i < 3 ? 0 : 1] += std::pow(static_cast<double>(before[i][k] - after[i][k]), 2);
    }
  }
  ASSERT_EQ(norms.size(), 2U);
  EXPECT_EQ(norms[0].first, "steps");
  EXPECT_NEAR(norms[0].second, std::sqrt(squares[0]), 1e-6);  // weights are rounded to float
  EXPECT_NEAR(norms[1].second, std::sqrt(squares[1]), 1e-6);
}

TEST(LiveLogger, RefusesBadOptions) {
  EXPECT_THROW(LiveLogger({.filename = ""}), Error);
  EXPECT_THROW(LiveLogger({.filename = "live.json", .interval = -1}), Error);
  EXPECT_THROW(LiveLogger({.filename = "live.json", .interval = std::nan("")}), Error);
}

LiveTraining example() {
  LiveTraining training;
  training.name = "imdb-lstm";
  training.status = "training";
  training.time = 86400 + 3661;
  training.host = "elsewhere";
  training.pid = 17;
  training.epoch = training.whole_epochs = 2;
  training.epochs = 10;
  training.batch = 40;
  training.batches = 160;
  training.samples = 20480;
  training.time_steps = 500;
  training.seconds = 0.5;
  training.seconds_in_all = 7.25;
  training.batches_per_second = 80;
  training.left_in_epoch = 1.5;
  training.left = 135;
  training.learning_rate = 0.001;
  training.logs = {{"acc", 0.875}, {"loss", 0.25}};
  training.curve_keys = {"acc", "loss"};
  for (int i = 1; i <= 36; ++i) {
    training.curve.push_back({i / 16.0, {1 - 0.5 / i, 0.7 / i}});
  }
  training.gradient_norms = {{"embedding", {0.5, 0.25}}, {"lstm", {1, 2}}, {"dense", {3, 12}}};
  training.events = {{90000, 0, 0, "began"}, {90001, 1, 7, "learning_rate 0.002 -> 0.001"}};
  training.history.epoch = {0, 1};
  training.history.seconds = {2, 3};
  training.history.history = {{"acc", {0.6, 0.8}},
                              {"loss", {0.6, 0.4}},
                              {"val_acc", {0.7, 0.85}},
                              {"val_loss", {0.5, 0.375}}};
  return training;
}

TEST(Live, GoesThroughJson) {
  const LiveTraining training = example();
  const LiveTraining read = parse_live(live_json(training), "here");
  EXPECT_EQ(live_json(read, false), live_json(training, false));
  EXPECT_EQ(read.curve[35].values, training.curve[35].values);
  EXPECT_EQ(read.gradient_norms.size(), 3U);
  const auto json = nlohmann::json::parse(live_json(training));
  EXPECT_EQ(json["history"]["val_loss"], (std::vector<double>{0.5, 0.375}));
  EXPECT_EQ(json["left"], 135);
  // What is not finite is null, and NaN again.
  LiveTraining bad = training;
  bad.logs[1].second = INFINITY;
  EXPECT_TRUE(std::isnan(parse_live(live_json(bad), "here").logs[1].second));
}

TEST(Live, RefusesDamagedFiles) {
  for (const char* text :
       {"", "[]", "{", "7", R"({"epoch": -1})", R"({"epoch": 1e300})",
        R"({"epoch": 18446744073709551615})", R"({"epoch": 1.5})", R"({"status": 3})",
        R"({"logs": []})", R"({"logs": {"a": "b"}})",
        R"({"curve": {"epoch": [1], "loss": [1, 2]}})", R"({"curve": {"epoch": 1}})",
        R"({"events": [1]})", R"({"gradient_norms": {"a": 1}})", R"({"gradient_norms": [1]})",
        R"({"gradient_norms": [{"layer": "a", "norms": 1}]})", R"({"left": "soon"})",
        R"({"pid": true})"}) {
    try {
      parse_live(text, "runs/a/live.json");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_file);
      EXPECT_THAT(error.what(), HasSubstr("[runs/a/live.json]"));
    }
  }
  EXPECT_EQ(parse_live("{}", "here").status, "unknown");
}

TEST(Live, ReadsAFolderAsFarAsItIsSound) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_live(folder.path()), Error);
  EXPECT_THROW(read_live(folder.path() / "none"), Error);
  folder.write("live.json", "{\"status\": ");
  EXPECT_THROW(read_live(folder.path()), Error);
  write_history(example().history, folder.path());
  EXPECT_EQ(read_live(folder.path()).whole_epochs, 2);
  EXPECT_EQ(read_live(folder.path()).status, "unknown");
  folder.write("run.json", R"({"status": "interrupted", "signal": "Interrupt", "epochs_finished": 2,
                               "options": {"epochs": 5}, "seconds": 7})");
  LiveTraining read = read_live(folder.path());
  EXPECT_EQ(read.status, "interrupted");
  EXPECT_EQ(read.epochs, 5);
  EXPECT_EQ(read.events.back().what, "stopped by Interrupt");
  folder.write("run.json", R"({"status": 3, "epochs_finished": -1e99, "options": []})");
  EXPECT_EQ(read_live(folder.path()).status, "unknown");
  // A new training in the folder of an old one.
  LiveTraining begun = example();
  begun.epoch = begun.whole_epochs = 0;
  folder.write("live.json", live_json(begun, false));
  read = read_live(folder.path());
  EXPECT_TRUE(read.history.history.empty());
  EXPECT_EQ(read.name, folder.path().filename().string());
}

TEST(Live, SaysThatAProcessHasGone) {
  const TemporaryFolder folder;
  std::string host(256, '\0');
  gethostname(host.data(), host.size());
  LiveTraining training = example();
  training.host = host.c_str();
  training.pid = 1 << 23;  // above the largest that Linux gives
  folder.write("live.json", live_json(training));
  EXPECT_EQ(read_live(folder.path()).status, "gone");
  training.pid = getpid();
  folder.write("live.json", live_json(training));
  EXPECT_EQ(read_live(folder.path()).status, "training");
}

TEST(Live, FindsTheNewestRun) {
  const TemporaryFolder folder;
  EXPECT_FALSE(newest_run(folder.path()));
  EXPECT_FALSE(newest_run(folder.path() / "none"));
  for (const char* name : {"a", "b", "c"}) std::filesystem::create_directory(folder.path() / name);
  folder.write("a/history.json", "");
  folder.write("b/live.json", "");
  folder.write("c/notes.txt", "");
  const auto now = std::filesystem::file_time_type::clock::now();
  std::filesystem::last_write_time(folder.path() / "a/history.json", now - std::chrono::hours(1));
  std::filesystem::last_write_time(folder.path() / "b/live.json", now - std::chrono::hours(2));
  EXPECT_EQ(newest_run(folder.path()), folder.path() / "a");
  std::filesystem::last_write_time(folder.path() / "b/live.json", now);
  EXPECT_EQ(newest_run(folder.path()), folder.path() / "b");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

// Characters; all of them are one column wide here.
int64_t columns(const std::string& line) {
  return std::count_if(line.begin(), line.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; });
}

TEST(LiveText, FitsIntoEveryWindow) {
  LiveTraining training = example();
  for (const bool ends : {false, true}) {
    if (ends) training.status = "finished";
    for (int64_t width = 20; width < 130; width += 7) {
      for (int64_t height = 3; height < 60; ++height) {
        const auto lines = lines_of(live_text(training, {.width = width, .height = height}));
        ASSERT_LE(lines.size(), static_cast<size_t>(height)) << width;
        for (const auto& line : lines) ASSERT_LE(columns(line), width) << height << line;
      }
    }
  }
  EXPECT_THROW(live_text(training, {.width = 19}), Error);
  EXPECT_THROW(live_text(training, {.height = 2}), Error);
}

TEST(LiveText, ShowsEverythingInALargeWindow) {
  const std::string text = live_text(example(), {.width = 100, .height = 40});
  for (const char* words :
       {"imdb-lstm  training\n", "Epoch 3/10  step 40/160", "22 %\n", "1.5 s left in this epoch",
        "2:15 in all", "80 steps/s", "10k samples/s", "5.1M time steps/s", "2.5 s an epoch",
        "learning_rate 0.001", "loss 0.01944", "val 0.375", "best 0.375, epoch 2", "acc 0.9861",
        "Gradient norms", "embedding  0.25", "lstm       2", "learning_rate 0.002 -> 0.001",
        "epoch 2, step 7"}) {
    EXPECT_THAT(text, HasSubstr(words));
  }
  EXPECT_LE(lines_of(text).size(), 40U);
  EXPECT_THAT(text, HasSubstr("⣀"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(live_text(example(), {.width = 100, .height = 40, .color = true}),
              HasSubstr("\x1b[36m"));
}

TEST(LiveText, WithoutUnicodeThereAreLettersAlone) {
  const std::string text = live_text(example(), {.width = 100, .height = 40, .unicode = false});
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c > 0; }));
  EXPECT_THAT(text, HasSubstr("*"));
}

TEST(LiveText, AnEpochThatWasLeftIsTheOneItWasIn) {
  LiveTraining training = example();
  for (const char* status : {"training", "interrupted", "gone"}) {
    training.status = status;
    EXPECT_THAT(live_text(training), HasSubstr("Epoch 3/10  step 40/160"));
  }
  training.whole_epochs = 3;
  training.epoch = 2;
  EXPECT_THAT(live_text(training), HasSubstr("Epoch 3/10"));
  training.status = "finished";  // early
  EXPECT_THAT(live_text(training), HasSubstr("  30 %"));
}

TEST(LiveText, SaysWhenThereIsNoNews) {
  const LiveTraining training = example();
  EXPECT_THAT(live_text(training, {.time = training.time + 75}), HasSubstr("no news for 1:15"));
  EXPECT_THAT(live_text(training, {.time = training.time + 1}), Not(HasSubstr("news")));
}

TEST(LiveText, NamesCannotGiveOrdersToTheTerminal) {
  LiveTraining training = example();
  training.name = "a\x1b[2Jb\nc\xff\xc2\x9b";
  training.events.back().what = "x\r\x07y";
  training.gradient_norms[0].first = "\x1b]0;title\x07";
  const std::string text = live_text(training, {.width = 80, .height = 40});
  EXPECT_THAT(text, HasSubstr("a?[2Jb?c??"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\x07")));
}

TEST(LiveText, TakesNumbersThatAreNone) {
  LiveTraining training = example();
  for (double* value : {&training.time, &training.seconds, &training.batches_per_second,
                        &training.learning_rate, &training.seconds_in_all}) {
    *value = std::nan("");
  }
  training.left = training.left_in_epoch = INFINITY;
  training.gradient_norms[0].second = {std::nan(""), INFINITY, 0};
  training.gradient_norms[1].second = {};
  training.curve[3] = {std::nan(""), {1}};
  training.history.history["loss"] = {std::nan("")};
  training.events[0].time = 1e300;
  live_text(training, {.width = 100, .height = 40, .time = 5});
  live_text(LiveTraining(), {});
}

}  // namespace
}  // namespace eddy::live_test
