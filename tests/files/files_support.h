// SPDX-License-Identifier: MIT
// What the tests of this room share: folders, small models, the error an action throws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/model.h"

namespace eddy::files {

// A folder of its own for each test, removed afterwards.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  size_t files() const;

 private:
  std::filesystem::path path_;
};

std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, std::string_view bytes);

// A file of tests/files/golden, written by real Keras (scripts/keras_golden.py).
std::filesystem::path golden(const std::string& name);

// What `action` throws; a failed test and an Error{internal} without words when it throws nothing.
Error error_of(const std::function<void()>& action);

// An Embedding, `layer`, Dropout, Dense(1, "sigmoid"), compiled with `optimizer` and trained for
// two epochs, so that weights and optimizer state are like nobody's else.
Sequential trained_model(LayerSpec layer, Optimizer optimizer);
// The ids and labels it was trained on.
IntTensor some_ids();
Tensor some_labels();

// config.json, in memory.
std::string config_text(const Model& model);

// The members of an archive, for tests that damage one of them.
struct Members {
  std::string metadata, config, weights, text, words;
};
Members members_of(const std::filesystem::path& path);
// `text` and `words` only where they are not empty.
void write_members(const std::filesystem::path& path, const Members& members);

// `text` with its only `from` replaced; a failed test when there is none or several.
std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace eddy::files
