// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "core/python_float.h"
#include "eddy/report.h"
#include "report_support.h"

namespace eddy::history_test {
namespace {

using testing::HasSubstr;

History sample() {
  History history;
  history.epoch = {0, 1};
  history.history = {{"acc", {0.5, 1.0}},
                     {"loss", {0.1, 1e-05}},
                     {"val_acc", {0.25, 0.7860000133514404}},
                     {"val_loss", {123456789.0, 1e16}}};
  history.seconds = {1.5, 2.25};
  return history;
}

void expect_error(const std::filesystem::path& file, ErrorCode code, const std::string& words) {
  try {
    read_history(file);
    FAIL() << "accepted " << file;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(words));
    EXPECT_THAT(error.what(), HasSubstr("Fix:"));
  }
}

TEST(PythonFloat, IsReprToTheLetter) {
  const std::pair<double, const char*> cases[] = {
      {0.1, "0.1"},
      {1.0, "1.0"},
      {-0.0, "-0.0"},
      {1e-05, "1e-05"},
      {0.0001, "0.0001"},
      {1.5e-07, "1.5e-07"},
      {123456789012345680.0, "1.2345678901234568e+17"},
      {1e16, "1e+16"},
      {1234567890123456.0, "1234567890123456.0"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {0.7860000133514404, "0.7860000133514404"},
      {-INFINITY, "-inf"},
      {INFINITY, "inf"},
      {NAN, "nan"},
      {-NAN, "nan"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(python_repr(value), text);
}

TEST(HistoryCsv, IsKerasCsvLogger) {
  EXPECT_EQ(history_csv(sample()),
            "epoch,acc,loss,val_acc,val_loss\r\n0,0.5,0.1,0.25,123456789.0\r\n"
            "1,1.0,1e-05,0.7860000133514404,1e+16\r\n");
}

TEST(HistoryCsv, WithoutValidationItsColumnsAreNa) {
  History history = sample();
  history.history.erase("val_acc");
  history.history.erase("val_loss");
  EXPECT_EQ(history_csv(history),
            "epoch,acc,loss,val_acc,val_loss\r\n0,0.5,0.1,NA,NA\r\n1,1.0,1e-05,NA,NA\r\n");
}

TEST(HistoryJson, HasKerasKeysEpochAndSeconds) {
  const std::string json = history_json(sample());
  for (const char* key : {"acc", "loss", "val_acc", "val_loss", "epoch", "seconds"}) {
    EXPECT_THAT(json, HasSubstr(fmt::format("\"{}\": [", key)));
  }
  EXPECT_THAT(json, HasSubstr("0.7860000133514404"));
}

TEST(History, ComesBackFromBothFiles) {
  const TemporaryFolder folder;
  write_history(sample(), folder.path());
  const History json = read_history(folder.path());
  EXPECT_EQ(json.history, sample().history);
  EXPECT_EQ(json.epoch, sample().epoch);
  EXPECT_EQ(json.seconds, sample().seconds);
  const History csv = read_history(folder.path() / "history.csv");
  EXPECT_EQ(csv.history, sample().history);
  std::filesystem::remove(folder.path() / "history.json");
  EXPECT_EQ(read_history(folder.path()).history, sample().history);
}

TEST(History, EmptyValidationColumnsOfCsvLoggerAreNoColumns) {
  const TemporaryFolder folder;
  const auto file = folder.write("log.csv", "epoch,acc,val_acc\r\n0,0.5,NA\r\n1,0.75,NA\r\n");
  const History history = read_history(file);
  EXPECT_EQ(history.history, (std::map<std::string, std::vector<double>>{{"acc", {0.5, 0.75}}}));
}

TEST(History, AJsonOfHistoryHistoryAloneIsNumberedFromZero) {
  const TemporaryFolder folder;
  const auto file = folder.write("h.json", R"({"loss": [1, 0.5, null]})");
  const History history = read_history(file);
  EXPECT_EQ(history.epoch, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_TRUE(std::isnan(history.history.at("loss")[2]));
}

TEST(History, BadFilesAreRefusedWithAReason) {
  const TemporaryFolder folder;
  expect_error(folder.path(), ErrorCode::io, "history.json");
  expect_error(folder.path() / "none.json", ErrorCode::io, "none.json");
  const std::pair<const char*, const char*> json[] = {
      {"", "JSON object"},
      {"{\"loss\": [1, 2", "JSON object"},
      {"[1]", "JSON object"},
      {"{\"loss\": 3}", "loss: expected a list"},
      {"{\"loss\": [\"a\"]}", "loss: expected numbers, got string"},
      {"{\"loss\": [[1]]}", "loss: expected numbers, got array"},
      {"{\"loss\": [1, 2], \"epoch\": [0]}", "loss: expected at most 1 values, got 2"},
      {"{\"loss\": [1], \"epoch\": [-1]}", "epoch: expected whole numbers"},
      {"{\"loss\": [1], \"epoch\": [0.5]}", "epoch: expected whole numbers"},
      {"{\"loss\": []}", "at least one finished epoch"},
      {"{}", "at least one finished epoch"},
  };
  for (const auto& [text, words] : json) {
    expect_error(folder.write("a.json", text), ErrorCode::bad_file, words);
  }
  std::string deep(200000, '[');
  expect_error(folder.write("deep.json", "{\"loss\": " + deep), ErrorCode::bad_file, "JSON object");
  const std::pair<const char*, const char*> csv[] = {
      {"", "at least one finished epoch"},
      {"epoch,loss\r\n", "at least one finished epoch"},
      {"loss\r\n1\r\n", "line 1] header"},
      {"epoch,loss\r\n0,1,2\r\n", "line 2] row: expected 2 cells, got 3"},
      {"epoch,loss\r\n0,x\r\n", "line 2] cell: expected a number or NA, got 'x'"},
      {"epoch,loss\r\n0,\r\n", "line 2] cell"},
      {"epoch,loss\r\nNA,1\r\n", "epoch: expected whole numbers"},
  };
  for (const auto& [text, words] : csv) {
    expect_error(folder.write("a.csv", text), ErrorCode::bad_file, words);
  }
  std::filesystem::create_directory(folder.path() / "d.json");
  expect_error(folder.path() / "d.json", ErrorCode::io, "history");
}

TEST(WriteFile, ReplacesWholeFilesAndReportsWhatFails) {
  const TemporaryFolder folder;
  write_file(folder.path() / "a", "old");
  write_file(folder.path() / "a", "new");
  std::ifstream stream(folder.path() / "a");
  std::stringstream text;
  text << stream.rdbuf();
  EXPECT_EQ(text.str(), "new");
  try {
    write_file(folder.path() / "missing" / "a", "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
  }
}

TEST(DidYouMean, NamesTheNearest) {
  EXPECT_EQ(did_you_mean("lstmm", {"gru", "lstm"}), "did you mean 'lstm'? Known: gru, lstm.");
}

}  // namespace
}  // namespace eddy::history_test
