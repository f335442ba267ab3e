// SPDX-License-Identifier: MIT
#include "files/keras_file.h"

#include <array>
#include <ctime>
#include <utility>

#include "core/atomic_file.h"
#include "files/compile_config.h"
#include "files/config_object.h"
#include "files/model_config.h"
#include "files/text_asset.h"
#include "files/weights_file.h"
#include "files/zip_archive.h"
#include "layers/options.h"

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
constexpr uint64_t kMaxText = uint64_t{1} << 26;    // IMDB's 88,584 words have 1,000,000 bytes
constexpr uint64_t kMaxWeights = uint64_t{1} << 36;

// Keras 2.12 and later wrote this form too.
bool is_keras_2(const ZipReader& zip) {
  const Where where{zip.file(), kMetadata};
  const Json value = parse_json(where, zip.read(kMetadata, kMaxMetadata), 1000);
  ConfigObject metadata(value, where);
  const std::string version =
      read_string(metadata.at("keras_version"), metadata.where("keras_version"));
  return version.starts_with("2.");
}

struct WithoutDrawing {
  void operator()(const char*, Initializer& value) const { value = "zeros"; }
  template <class T>
  void operator()(const char*, T&) const {}
  template <class T>
  void only(const char*, T) const {}
};

// The weights come from the file; drawing random ones first would take time for nothing.
std::vector<LayerSpec> without_drawing(std::vector<LayerSpec> specs) {
  for (LayerSpec& spec : specs) {
    std::visit([](auto& options) { visit_options(options, WithoutDrawing{}); }, spec);
  }
  return specs;
}

// What building and compiling say about a description from a file is about the file.
template <class Action>
void about_file(const Where& where, const Action& action) {
  try {
    action();
  } catch (const Error& e) {
    throw Error(ErrorCode::not_supported, where.file,
                fmt::format("{}, {}: {}", where.subject, e.where(), e.subject()), e.fix());
  }
}

Sequential load_model(const ZipReader& zip) {
  const Where config_place{zip.file(), kConfig}, weights_place{zip.file(), kWeights};
  const bool legacy = is_keras_2(zip);
  ModelConfig config = read_model_config(config_place, zip.read(kConfig, kMaxConfig), legacy);
  const std::string image = zip.read(kWeights, kMaxWeights);
  const Hdf5Tree tree = read_hdf5(weights_place, image);
  check_weights(weights_place, tree, config);

  SequentialOptions options;
  options.name = config.name;
  Sequential model(without_drawing(config.specs), options);
  about_file(config_place, [&] { model.build(config.input_shape); });
  Network& network = model.network();
  network.specs = std::move(config.specs);
  load_weights(weights_place, tree, network);

  if (config.compile) {
    const auto head = read_optimizer_head(weights_place, tree);
    if (head) {  // a schedule or a callback may have changed it since compile
      auto& rate = config.compile->optimizer.values["learning_rate"];
      if (static_cast<float>(rate) != head->learning_rate) rate = shortest(head->learning_rate);
    }
    about_file(config_place, [&] { model.compile(std::move(*config.compile)); });
    if (head && (head->has_slots || head->iterations > 0)) {
      load_optimizer(weights_place, tree, *head, network);
    }
  }
  if (zip.has(kTextMember)) {
    const Where place{zip.file(), kTextMember};
    model.set_text_encoder(read_text_asset(place, zip.read(kTextMember, kMaxText)));
  }
  return model;
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

void Sequential::save(const std::filesystem::path& path) const {
  const Network& built = network();
  AtomicFile file(path);
  files::write_keras(built, files::keras_date(),
                     [&](std::string_view piece) { file.write(piece); });
  file.commit();
}

Sequential Sequential::load(const std::filesystem::path& path) {
  return files::load_model(files::ZipReader(path));
}

}  // namespace eddy
