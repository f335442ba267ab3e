// SPDX-License-Identifier: MIT
// CSVLogger, byte for byte as Keras writes (scripts/golden_callbacks.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "eddy/callbacks.h"
#include "eddy/error.h"
#include "report/report_support.h"
#include "training/golden_support.h"

namespace eddy::csv_logger_test {
namespace {

using nlohmann::json;

Metrics read_logs(const json& logs) {
  Metrics read;
  for (const auto& [key, value] : logs.items()) {
    const bool number = value.is_number();
    read.emplace_back(key, number ? value.get<double>() : value == "inf" ? INFINITY : NAN);
  }
  std::sort(read.begin(), read.end());
  return read;
}

TEST(CsvLogger, WritesTheBytesOfKeras) {
  int64_t cases = 0;
  for (const json& at : golden_cases("callbacks")) {
    if (at.at("callback") != "CSVLogger") continue;
    ++cases;
    const TemporaryFolder folder;
    const json& options = at.at("options");
    CSVLogger logger(folder.path() / "log.csv", options.value("separator", std::string(","))[0],
                     options.value("append", false));
    TrainingState state;
    for (const json& run : at.at("runs")) {
      logger.on_train_begin(state);
      state.epoch = 0;
      for (const json& logs : run) {
        state.logs = read_logs(logs);
        logger.on_epoch_end(state);
        ++state.epoch;
      }
      logger.on_train_end(state);
    }
    EXPECT_EQ(folder.read("log.csv"), at.at("text").get<std::string>()) << at.at("title");
  }
  EXPECT_GE(cases, 7);
}

TEST(CsvLogger, EveryRowIsThereWhenItsEpochEnds) {
  const TemporaryFolder folder;
  CSVLogger logger(folder.path() / "log.csv");
  TrainingState state;
  logger.on_train_begin(state);
  EXPECT_EQ(folder.read("log.csv"), "");
  state.logs = {{"loss", 0.5}};
  logger.on_epoch_end(state);
  EXPECT_EQ(folder.read("log.csv"), "epoch,loss,val_loss\r\n0,0.5,NA\r\n");
}

TEST(CsvLogger, RefusesAPathThatCannotBeWritten) {
  const TemporaryFolder folder;
  for (const auto& path : {folder.path(), folder.path() / "none" / "log.csv"}) {
    CSVLogger logger(path);
    TrainingState state;
    try {
      logger.on_train_begin(state);
      ADD_FAILURE() << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::io);
      EXPECT_EQ(std::string(error.what()),
                "[CSVLogger] file '" + path.string() +
                    "': expected one that can be written, got none. Fix: choose a path in a folder "
                    "that exists.");
    }
  }
}

// A training goes on: rows after the backup are cut off, the columns stay.
TEST(CsvLogger, GoesOnWhereTheBackupWasTaken) {
  const TemporaryFolder folder;
  TrainingState state;
  state.logs = {{"loss", 0.5}};
  SavedState backup;
  {
    CSVLogger logger(folder.path() / "log.csv");
    logger.on_train_begin(state);
    logger.on_epoch_end(state);
    logger.exchange(backup);
    state.epoch = 1;
    logger.on_epoch_end(state);
  }
  const std::string undisturbed = folder.read("log.csv");
  CSVLogger logger(folder.path() / "log.csv");
  state.resumed = true;
  logger.on_train_begin(state);
  SavedState restored(backup.bytes(), "backup");
  logger.exchange(restored);
  EXPECT_EQ(folder.read("log.csv"), "epoch,loss,val_loss\r\n0,0.5,NA\r\n");
  logger.on_epoch_end(state);
  EXPECT_EQ(folder.read("log.csv"), undisturbed);
  // Somebody has removed it: what comes has its header again.
  std::filesystem::remove(folder.path() / "log.csv");
  logger.on_train_begin(state);
  logger.exchange(restored);
  logger.on_epoch_end(state);
  EXPECT_EQ(folder.read("log.csv"), "epoch,loss,val_loss\r\n1,0.5,NA\r\n");
}

TEST(CsvLogger, ARowIsNotGluedToTheEndOfABrokenOne) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "log.csv") << "epoch,loss\r\n0,0.";
  CSVLogger logger(folder.path() / "log.csv", ',', true);
  TrainingState state;
  logger.on_train_begin(state);
  state.logs = {{"loss", 0.5}};
  logger.on_epoch_end(state);
  EXPECT_EQ(folder.read("log.csv"), "epoch,loss\r\n0,0.\r\n0,0.5,NA\r\n");
}

TEST(CsvLogger, SaysWhenTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  CSVLogger logger("/dev/full");
  TrainingState state;
  logger.on_train_begin(state);
  state.logs = {{"loss", 0.5}};
  try {
    logger.on_epoch_end(state);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("expected room for a row, got none ("));
  }
}

}  // namespace
}  // namespace eddy::csv_logger_test
