// SPDX-License-Identifier: MIT
#include "files_support.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "files/model_config.h"
#include "files/text_asset.h"
#include "files/zip_archive.h"
#include "model/network.h"

namespace eddy::files {

namespace fs = std::filesystem;

TestFolder::TestFolder() {
  std::string name = (fs::temp_directory_path() / "eddy-files-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

size_t TestFolder::files() const {
  return static_cast<size_t>(std::distance(fs::directory_iterator(path_), {}));
}

std::string read_bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

fs::path golden(const std::string& name) { return fs::path(EDDY_GOLDEN_DIR) / name; }

Error error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "expected an error, got none";
  return {ErrorCode::internal, "", "", ""};
}

IntTensor some_ids() {
  std::vector<int32_t> ids(8 * 6);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * i % 11);
  return {{8, 6}, std::move(ids)};
}

Tensor some_labels() { return {{8}, {0, 1, 1, 0, 1, 0, 0, 1}}; }

Sequential trained_model(LayerSpec layer, Optimizer optimizer) {
  Sequential model({Embedding(11, 5), std::move(layer), Dropout(0.25), Dense(1, "sigmoid")},
                   {.name = "small", .seed = 3});
  model.compile({.optimizer = std::move(optimizer), .loss = "bce", .metrics = {"acc", "mae"}});
  FitOptions options;
  options.epochs = 2;
  options.batch_size = 4;
  model.fit(some_ids(), some_labels(), options);
  return model;
}

std::string config_text(const Model& model) {
  const Where place{"model", "config.json"};
  return dump_json(place, model_json(place, model.network()));
}

Members members_of(const fs::path& path) {
  const ZipReader zip(path);
  constexpr uint64_t kLimit = 1 << 30;
  const auto read = [&](const char* name) { return zip.has(name) ? zip.read(name, kLimit) : ""; };
  return {zip.read("metadata.json", kLimit), zip.read("config.json", kLimit),
          zip.read("model.weights.h5", kLimit), read(kTextMember), read(kWordsMember)};
}

void write_members(const fs::path& path, const Members& members) {
  std::vector<ZipMember> list = {{"metadata.json", members.metadata},
                                 {"config.json", members.config},
                                 {"model.weights.h5", members.weights}};
  if (!members.text.empty()) list.push_back({kTextMember, members.text});
  if (!members.words.empty()) list.push_back({kWordsMember, members.words});
  std::string bytes;
  write_zip(list, [&](std::string_view piece) { bytes += piece; });
  write_bytes(path, bytes);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos) {
    ADD_FAILURE() << "expected '" << from << "' once in " << text;
    return text;
  }
  return text.replace(at, from.size(), to);
}

}  // namespace eddy::files
