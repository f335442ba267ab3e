// SPDX-License-Identifier: MIT
// Expected bytes: keras.callbacks.ProgbarLogger of Keras 3.15.1 with its clock set by hand.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <string>

#include "eddy/report.h"

namespace eddy::progress_bar_test {
namespace {

// Backspaces over a line of this width.
std::string back(size_t width) { return std::string(width, '\b').append("\r"); }

// One drawing of the line.
std::string line(const char* count, int filled, const char* time, const char* rest) {
  std::string green, white;
  for (int i = 0; i < 20; ++i) (i < filled ? green : white) += "━";
  if (filled > 0) green = fmt::format("\x1b[32m{}\x1b[0m", green);
  return fmt::format("\x1b[1m{}\x1b[0m {}\x1b[37m{}\x1b[0m \x1b[1m{}\x1b[0m{}", count, green, white,
                     time, rest);
}

// Drives a bar as fit() does.
class Fit {
 public:
  Fit(ProgressBar& bar, int64_t epochs, int64_t epoch, int64_t batches) : bar_(bar) {
    state_.epochs = epochs;
    state_.epoch = epoch;
    state_.batches = batches;
    bar_.on_epoch_begin(state_);
  }
  void batch(int64_t batch, double seconds, Metrics logs) {
    state_.batch = batch;
    state_.seconds = seconds;
    state_.logs = std::move(logs);
    bar_.on_train_batch_end(state_);
  }
  void end(double seconds, Metrics logs) {
    state_.seconds = seconds;
    state_.logs = std::move(logs);
    bar_.on_epoch_end(state_);
  }
  void train_end() { bar_.on_train_end(state_); }

 private:
  ProgressBar& bar_;
  TrainingState state_;
};

void drive(Fit fit) {
  fit.batch(0, 1.5, {{"acc", 0.5}, {"loss", 0.6931}});
  fit.batch(1, 1.52, {{"acc", 0.51}, {"loss", 0.69}});  // too early to be drawn
  fit.batch(2, 1.56, {{"acc", 0.515}, {"loss", 0.68}});
  fit.batch(79, 80, {{"acc", 0.75}, {"loss", 0.0005}});
  fit.batch(100, 4000, {{"acc", 0.75}, {"loss", -0.0005}});
  fit.batch(156, 4010.25, {{"acc", 0.8}, {"loss", 0.4}});
  fit.end(4020.5, {{"acc", 0.8}, {"loss", 0.4}, {"val_acc", 0.75}, {"val_loss", 0.5}});
}

TEST(ProgressBar, MovingLineIsKeras) {
  std::ostringstream out;
  ProgressBar progress(out);
  drive(Fit(progress, 10, 2, 157));
  std::string expected = "Epoch 3/10\n\r";
  expected += line("  1/157", 0, "3:54", " 2s/step - acc: 0.5000 - loss: 0.6931") + back(70);
  expected += line("  3/157", 0, "4s", " 30ms/step - acc: 0.5150 - loss: 0.6800") + back(70);
  expected +=
      line(" 80/157", 10, "1:16", " 994ms/step - acc: 0.7500 - loss: 5.0000e-04") + back(77);
  expected +=
      line("101/157", 12, "37:19", " 40s/step - acc: 0.7500 - loss: -5.0000e-04") + back(77);
  expected +=
      line("157/157", 20, "0s", " 26s/step - acc: 0.8000 - loss: 0.4000        ") + back(69);
  expected += line("157/157", 20, "4020s",
                   " 26s/step - acc: 0.8000 - loss: 0.4000 - val_acc: 0.7500 - val_loss: 0.5000\n");
  EXPECT_EQ(out.str(), expected);
}

TEST(ProgressBar, PlainLineIsKerasVerbose2) {
  std::ostringstream out;
  ProgressBar progress(out, {.verbose = 2});
  drive(Fit(progress, 10, 2, 157));
  EXPECT_EQ(out.str(),
            "Epoch 3/10\n157/157 - 4020s - 26s/step - acc: 0.8000 - loss: 0.4000 - val_acc: 0.7500 "
            "- val_loss: 0.5000\n");
}

TEST(ProgressBar, OneEpochHasNoHeaderAndOddNumbersAreKeras) {
  std::ostringstream out;
  ProgressBar progress(out);
  Fit fit(progress, 1, 0, 157);
  fit.batch(0, 0.0001, {{"loss", 1}});
  fit.batch(1, 0.0512, {{"loss", 2}});
  fit.batch(156, 0.2, {{"loss", -std::numeric_limits<double>::quiet_NaN()}});
  fit.end(0.2004, {{"loss", std::numeric_limits<double>::infinity()}});
  std::string expected = "\r";
  expected += line("  1/157", 0, "0s", " 100us/step - loss: 1.0000") + back(57);
  expected += line("  2/157", 0, "7s", " 51ms/step - loss: 2.0000 ") + back(56);
  expected += line("157/157", 20, "0s", " 1ms/step - loss: nan    ") + back(52);
  expected += line("157/157", 20, "0s", " 1ms/step - loss: inf\n");
  EXPECT_EQ(out.str(), expected);
}

TEST(ProgressBar, HoursAreShownWithMinutesAndSeconds) {
  std::ostringstream out;
  ProgressBar progress(out);
  Fit fit(progress, 1, 0, 157);
  fit.batch(0, 6000, {{"loss", 1}});
  EXPECT_NE(out.str().find("\x1b[1m260:00:00\x1b[0m 6000s/step"), std::string::npos) << out.str();
}

TEST(ProgressBar, WithoutColorThereAreNoEscapeCodes) {
  std::ostringstream out;
  ProgressBar progress(out, {.color = false});
  Fit fit(progress, 1, 0, 4);
  fit.batch(0, 1, {{"loss", 1}});
  fit.batch(1, 2, {{"loss", 1}});
  fit.end(4, {{"loss", 1}});
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
  EXPECT_NE(out.str().find("2/4 ━━━━━━━━━━────────── 2s 1s/step - loss: 1.0000"),
            std::string::npos);
  EXPECT_TRUE(out.str().ends_with("4/4 ━━━━━━━━━━━━━━━━━━━━ 4s 1s/step - loss: 1.0000\n"));
}

TEST(ProgressBar, AMovingLineNeverWrapsInANarrowWindow) {
  std::ostringstream out;
  ProgressBar progress(out, {.color = false, .width = 60});
  Fit fit(progress, 1, 0, 157);
  fit.batch(0, 0.01, {{"acc", 0.5}, {"loss", 0.6931}});
  EXPECT_EQ(out.str().find("loss"), std::string::npos);
  EXPECT_NE(out.str().find("acc: 0.5000"), std::string::npos);
  fit.end(1, {{"acc", 0.5}, {"loss", 0.6931}});
  EXPECT_NE(out.str().find("loss: 0.6931\n"), std::string::npos);  // the last line stays whole
}

TEST(ProgressBar, AnInterruptedLineIsEnded) {
  std::ostringstream out;
  ProgressBar progress(out);
  Fit fit(progress, 3, 0, 157);
  fit.batch(0, 0.01, {{"loss", 0.5}});
  fit.train_end();
  EXPECT_TRUE(out.str().ends_with("loss: 0.5000\n"));
  fit.train_end();
  EXPECT_FALSE(out.str().ends_with("\n\n"));
}

TEST(ProgressBar, SilentWhenAsked) {
  std::ostringstream out;
  ProgressBar progress(out, {.verbose = 0});
  drive(Fit(progress, 10, 2, 157));
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressBar, UnknownVerbosityIsRefused) {
  std::ostringstream out;
  try {
    ProgressBar progress(out, {.verbose = 3});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("Fix:"), std::string::npos);
  }
}

TEST(ProgressBar, ElsewhereThanOnATerminalLinesArePlain) {
  std::ostringstream out;
  ProgressBar progress(out, progress_bar_for({.interactive = false, .color = false, .width = 80}));
  drive(Fit(progress, 10, 0, 157));
  EXPECT_EQ(out.str().find_first_of("\b\r\x1b"), std::string::npos);
}

}  // namespace
}  // namespace eddy::progress_bar_test
