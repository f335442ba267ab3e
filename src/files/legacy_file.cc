// SPDX-License-Identifier: MIT
#include "files/legacy_file.h"

#include <utility>

#include "files/keras_file.h"
#include "files/legacy_weights.h"
#include "files/model_file.h"
#include "files/text_asset.h"

namespace eddy::files {
namespace {

constexpr const char* kModelConfig = "model_config";
constexpr const char* kTrainingConfig = "training_config";
constexpr const char* kVersion = "keras_version";
constexpr const char* kBackend = "backend";
constexpr const char* kTextAttribute = "eddy_text";  // Keras looks at none but its own

// Null: no such attribute.
const std::string* find_text(const Where& where, const Hdf5Tree& tree, const char* name) {
  const auto& texts = tree.groups.at("");
  const auto found = texts.find(name);
  if (found == texts.end()) return nullptr;
  if (found->second.values.size() != 1) bad_file(where.at(name), "one string", "another attribute");
  return &found->second.values[0];
}

}  // namespace

std::string legacy_image(const Network& network) {
  const Where place{network.name, kModelConfig};
  Hdf5Tree tree;
  Hdf5Texts& root = tree.groups[""];
  // The words of a back end decide nothing; this one is what files without it are taken for.
  root[kBackend] = "tensorflow";
  root[kVersion] = kKerasVersion;
  root[kModelConfig] = dump_json(place, legacy_model_json(place, network));
  if (network.compiled) {
    root[kTrainingConfig] = dump_json(place, legacy_training_json(*network.compiled));
  }
  // A TextVectorization is no layer of these files: without its vocabulary the rest would mislead.
  if (network.text && !network.text->vectorization) {
    root[kTextAttribute] = text_asset(*network.text, /*words_apart=*/false);
  }
  SavedOptimizer optimizer;
  add_legacy_weights(network, tree, optimizer);
  for (const char* key : {kBackend, kVersion}) tree.groups["model_weights"][key] = root[key];
  return write_hdf5(tree);
}

void read_legacy(const std::filesystem::path& path, ModelParts& parts) {
  const Where where{path.string(), ""};
  parts.config_place = where.at(kModelConfig);
  parts.weights_place = where.at("model_weights");
  parts.image = read_whole(path);
  parts.tree = read_hdf5({path.string(), "HDF5"}, parts.image);
  const std::string* config = find_text(where, parts.tree, kModelConfig);
  if (config == nullptr) {
    fail(ErrorCode::not_supported, {path.string(), "file"}, "a whole model", "weights alone",
         "build the same model, then call load_weights(path).");
  }
  const std::string* version = find_text(where, parts.tree, kVersion);
  const KerasAge age = version == nullptr ? KerasAge::keras_2 : keras_age(*version);
  parts.config = read_model_config(parts.config_place, *config, age, "");
  if (const std::string* training = find_text(where, parts.tree, kTrainingConfig)) {
    parts.config.compile = read_training_config(where.at(kTrainingConfig), *training);
  }
  if (const std::string* text = find_text(where, parts.tree, kTextAttribute)) {
    const Where place = where.at(kTextAttribute);
    parts.text = read_text_asset(
        place, *text, [&]() -> std::string { bad_file(place, "the words in it", "none"); });
    if (parts.text->vectorization) parts.text.reset();
  }
}

void read_legacy_writer(const std::filesystem::path& path, FileFacts& facts) {
  const Where where{path.string(), ""};
  const std::string image = read_whole(path);
  const Hdf5Tree tree = read_hdf5({path.string(), "HDF5"}, image);
  if (const std::string* version = find_text(where, tree, kVersion)) facts.keras_version = *version;
  if (const std::string* backend = find_text(where, tree, kBackend)) facts.backend = *backend;
}

}  // namespace eddy::files
