// SPDX-License-Identifier: MIT
// The bytes of event files, and what the callback puts into them. scripts/tensorboard_check.py has
// the real TensorBoard read them.
#include "eddy/tensorboard.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include "eddy/callbacks.h"
#include "eddy/error.h"
#include "eddy/model.h"
#include "report/event_file.h"
#include "report/report_support.h"

namespace eddy::tensorboard_test {
namespace {

uint32_t unmasked(uint32_t masked) {
  const uint32_t turned = masked - 0xA282EAD8;
  return turned >> 17 | turned << 15;
}

TEST(EventFile, ChecksumsAreCastagnolis) {
  // RFC 3720, B.4.
  EXPECT_EQ(unmasked(masked_crc32c(std::string(32, '\0'))), 0x8A9136AAu);
  EXPECT_EQ(unmasked(masked_crc32c(std::string(32, '\xff'))), 0x62A8AB43u);
  EXPECT_EQ(unmasked(masked_crc32c("123456789")), 0xE3069283u);
}

TEST(EventFile, BytesOfAScalar) {
  const std::string bytes = scalar_event("epoch_loss", 0.5F, 300, 1.5);
  const std::string event(
      "\x09\x00\x00\x00\x00\x00\x00\xf8\x3f"  // wall_time
      "\x10\xac\x02"                          // step
      "\x2a\x29\x0a\x27"                      // summary, value
      "\x0a\x0a"                              // tag
      "epoch_loss"
      "\x42\x0a\x08\x01\x12\x00\x2a\x04\x00\x00\x00\x3f"  // tensor: float, shape (), 0.5
      "\x4a\x0d\x0a\x09\x0a\x07"                          // metadata, plugin_data, plugin_name
      "scalars"
      "\x20\x01",  // data_class
      55);
  ASSERT_EQ(bytes.size(), 8 + 4 + event.size() + 4);
  EXPECT_EQ(bytes.substr(12, event.size()), event);
  EXPECT_EQ(bytes, framed(event));
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x37\0\0\0\0\0\0\0", 8));
  uint32_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + 12 + event.size(), 4);
  EXPECT_EQ(checksum, masked_crc32c(event));
}

// Tag and step of every scalar in the folder's one file.
std::multimap<std::string, int64_t> scalars_in(const std::filesystem::path& folder) {
  std::multimap<std::string, int64_t> found;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files.push_back(entry.path());
  }
  EXPECT_EQ(files.size(), 1u);
  std::ifstream file(files.at(0), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length = 0;
    std::memcpy(&length, bytes.data() + at, 8);
    const std::string event = bytes.substr(at + 12, length);
    EXPECT_EQ(framed(event), bytes.substr(at, length + 16));
    at += length + 16;
    const size_t tag = event.find('\x0a', 11);  // behind wall_time and step: none is above 127
    if (event[9] == '\x1a') continue;           // the version
    found.emplace(event.substr(tag + 4, static_cast<size_t>(event[tag + 3])),
                  static_cast<int64_t>(event[10]));
  }
  return found;
}

struct Board {
  TemporaryFolder folder;
  Tensor x = Tensor({10, 2}), y = Tensor({10});
  // Two epochs of two batches, cut off after `batches`; 0: not.
  void fit(int64_t batches, bool backs_up, TensorBoardOptions options = {}) {
    Sequential model({Dense(1, "sigmoid")}, {.seed = 1});
    model.compile({.loss = "binary_crossentropy", .metrics = {"acc"}});
    options.log_dir = folder.path() / "logs";
    TensorBoard board(options);
    BackupAndRestore backup({.backup_dir = folder.path() / "backup", .save_freq = 1});
    LambdaCallback cut({.on_train_batch_end = [&](TrainingState&) {
      if (--batches == 0) throw std::runtime_error("cut off");
    }});
    FitOptions fit;
    fit.epochs = 2;
    fit.batch_size = 4;
    fit.validation_split = 0.2;
    fit.callbacks = {&board, &cut};
    if (backs_up) fit.callbacks.push_back(&backup);
    model.fit(x, y, fit);
  }
};

TEST(TensorBoard, WritesKerasTagsAndSteps) {
  Board run;
  run.fit(0, false, {.write_steps_per_second = true, .update_freq = 2});
  const std::multimap<std::string, int64_t> train = {{"batch_acc", 2},
                                                     {"batch_acc", 4},
                                                     {"batch_loss", 2},
                                                     {"batch_loss", 4},
                                                     {"batch_steps_per_second", 2},
                                                     {"batch_steps_per_second", 4},
                                                     {"epoch_acc", 0},
                                                     {"epoch_acc", 1},
                                                     {"epoch_learning_rate", 0},
                                                     {"epoch_learning_rate", 1},
                                                     {"epoch_loss", 0},
                                                     {"epoch_loss", 1},
                                                     {"epoch_steps_per_second", 0},
                                                     {"epoch_steps_per_second", 1}};
  EXPECT_EQ(scalars_in(run.folder.path() / "logs/train"), train);
  const std::multimap<std::string, int64_t> validation = {{"epoch_acc", 0},
                                                          {"epoch_acc", 1},
                                                          {"epoch_loss", 0},
                                                          {"epoch_loss", 1},
                                                          {"evaluation_acc_vs_iterations", 2},
                                                          {"evaluation_acc_vs_iterations", 4},
                                                          {"evaluation_loss_vs_iterations", 2},
                                                          {"evaluation_loss_vs_iterations", 4}};
  EXPECT_EQ(scalars_in(run.folder.path() / "logs/validation"), validation);
}

TEST(TensorBoard, GoesOnInItsFilesWithoutSayingAnythingTwice) {
  Board undisturbed, run;
  undisturbed.fit(0, false, {.update_freq = 1});
  EXPECT_THROW(run.fit(2, true, {.update_freq = 1}), std::runtime_error);
  EXPECT_THROW(run.fit(2, true, {.update_freq = 1}), std::runtime_error);
  run.fit(0, true, {.update_freq = 1});
  for (const char* part : {"logs/train", "logs/validation"}) {
    EXPECT_EQ(scalars_in(run.folder.path() / part), scalars_in(undisturbed.folder.path() / part));
  }
}

TEST(TensorBoard, RefusesBadOptionsAndPlaces) {
  EXPECT_THROW(TensorBoard({.log_dir = ""}), Error);
  EXPECT_THROW(TensorBoard({.update_freq = -1}), Error);
  TensorBoard board({.log_dir = "/proc/logs"});
  TrainingState state;
  try {
    board.on_train_begin(state);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
  }
}

}  // namespace
}  // namespace eddy::tensorboard_test
