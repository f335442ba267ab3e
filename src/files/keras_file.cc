// SPDX-License-Identifier: MIT
#include "files/keras_file.h"

#include <array>
#include <ctime>
#include <memory>
#include <utility>

#include "core/atomic_file.h"
#include "files/compile_config.h"
#include "files/config_object.h"
#include "files/model_config.h"
#include "files/text_asset.h"
#include "files/weights_file.h"
#include "files/zip_archive.h"

namespace eddy {
namespace files {
namespace {

// The Keras whose form is written; its readers may look at it.
constexpr const char* kKerasVersion = "3.15.1";

constexpr const char* kMetadata = "metadata.json";
constexpr const char* kConfig = "config.json";
constexpr const char* kWeights = "model.weights.h5";

constexpr uint64_t kMaxMetadata = uint64_t{1} << 16;
constexpr uint64_t kMaxConfig = uint64_t{1} << 22;  // a layer has about 2,000 bytes
constexpr uint64_t kMaxWeights = uint64_t{1} << 36;

ModelConfig read_config(const ZipReader& zip) {
  const Where where{zip.file(), kMetadata};
  const Json value = parse_json(where, zip.read(kMetadata, kMaxMetadata), 1000);
  ConfigObject metadata(value, where);
  const std::string version =
      read_string(metadata.at("keras_version"), metadata.where("keras_version"));
  // Keras 2.12 and later wrote this form too.
  const bool legacy = version.starts_with("2.");
  return read_model_config({zip.file(), kConfig}, zip.read(kConfig, kMaxConfig), legacy);
}

// What building and compiling say about a description from a file is about the file: shapes that do
// not follow each other are damage, names and numbers that eddy refuses may be Keras'.
template <class Action>
void about_file(const Where& where, const Action& action) {
  try {
    action();
  } catch (const Error& e) {
    const bool damage = e.code() == ErrorCode::shape_mismatch;
    throw Error(damage ? ErrorCode::bad_file : ErrorCode::not_supported, where.file,
                fmt::format("{}, {}: {}", where.subject, e.where(), e.subject()), e.fix());
  }
}

// The stack of a description, with the file's weights: nothing is drawn, and nothing is allocated
// before the file has shown that it holds as much.
std::unique_ptr<Graph<float>> load_stack(const ZipReader& zip, const ModelConfig& config,
                                         const Hdf5Tree& tree) {
  std::unique_ptr<Graph<float>> stack;
  about_file({zip.file(), kConfig},
             [&] { stack = std::make_unique<Graph<float>>(config.specs, config.input_shape); });
  load_weights({zip.file(), kWeights}, tree, config.specs, *stack);
  return stack;
}

void load_compiled(const ZipReader& zip, CompileOptions options, const Hdf5Tree& tree,
                   Model& model) {
  const Where place{zip.file(), kWeights};
  const auto head = read_optimizer_head(place, tree);
  if (head) {  // a schedule or a callback may have changed it since compile
    double& rate = options.optimizer.values["learning_rate"];
    if (static_cast<float>(rate) != head->learning_rate) rate = shortest(head->learning_rate);
  }
  about_file({zip.file(), kConfig}, [&] { model.compile(std::move(options)); });
  if (head && (head->has_slots || head->iterations > 0)) {
    load_optimizer(place, tree, *head, model.network());
  }
}

}  // namespace

std::string keras_date() {
  const std::time_t now = std::time(nullptr);
  std::tm local = {};
  ::localtime_r(&now, &local);
  std::array<char, 32> text = {};
  const size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d@%H:%M:%S", &local);
  return {text.data(), size};
}

void write_keras(const Network& network, const std::string& date_saved,
                 const std::function<void(std::string_view)>& sink) {
  OrderedJson metadata;
  metadata["keras_version"] = kKerasVersion;
  metadata["date_saved"] = date_saved;
  const std::string metadata_text = dump_json({network.name, kMetadata}, metadata);
  const std::string config = model_config_text(network);
  const std::string text = network.text ? text_asset(*network.text) : "";
  const std::string weights = weights_image(network);
  std::vector<ZipMember> members = {
      {kMetadata, metadata_text}, {kConfig, config}, {kWeights, weights}};
  if (network.text) members.push_back({kTextMember, text});
  write_zip(members, sink);
}

}  // namespace files

void Model::save(const std::filesystem::path& path) const {
  const Network& built = network();
  AtomicFile file(path);
  files::write_keras(built, files::keras_date(),
                     [&](std::string_view piece) { file.write(piece); });
  file.commit();
}

Model Model::load(const std::filesystem::path& path) {
  const files::ZipReader zip(path);
  files::ModelConfig config = files::read_config(zip);
  const std::string image = zip.read(files::kWeights, files::kMaxWeights);
  const files::Hdf5Tree tree = files::read_hdf5({zip.file(), files::kWeights}, image);

  ModelOptions options;
  options.name = config.name;
  Sequential model(config.specs, options);
  model.network_->stack = files::load_stack(zip, config, tree);
  model.network_->input_shape = config.input_shape;
  if (config.compile) files::load_compiled(zip, std::move(*config.compile), tree, model);
  if (zip.has(files::kTextMember)) {
    model.set_text_encoder(files::read_text_asset({zip.file(), files::kTextMember},
                                                  zip.read(files::kTextMember, files::kMaxText)));
  }
  return model;
}

}  // namespace eddy
