// SPDX-License-Identifier: MIT
#include "files/keras_file.h"

#include <array>
#include <ctime>
#include <utility>

#include "files/config_object.h"
#include "files/text_asset.h"
#include "files/weights_file.h"
#include "files/zip_archive.h"

namespace eddy::files {
namespace {

constexpr const char* kMetadata = "metadata.json";
constexpr const char* kConfig = "config.json";

constexpr uint64_t kMaxMetadata = uint64_t{1} << 16;
constexpr uint64_t kMaxConfig = uint64_t{1} << 22;  // a layer has about 2,000 bytes

KerasAge read_age(const ZipReader& zip) {
  const Where where{zip.file(), kMetadata};
  const Json value = parse_json(where, zip.read(kMetadata, kMaxMetadata), 1000);
  ConfigObject metadata(value, where);
  return keras_age(read_string(metadata.at("keras_version"), metadata.where("keras_version")));
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
  const Where place{network.name, kConfig};
  const std::string config = dump_json(place, model_json(place, network));
  const std::string text = network.text ? text_asset(*network.text) : "";
  const std::string weights = weights_image(network);
  std::vector<ZipMember> members = {
      {kMetadata, metadata_text}, {kConfig, config}, {kWeightsMember, weights}};
  if (network.text) members.push_back({kTextMember, text});
  write_zip(members, sink);
}

void read_keras(const std::filesystem::path& path, ModelParts& parts) {
  const ZipReader zip(path);
  const KerasAge age = read_age(zip);
  parts.config_place = {zip.file(), kConfig};
  parts.weights_place = {zip.file(), kWeightsMember};
  const std::string config = zip.read(kConfig, kMaxConfig);
  parts.image = zip.read(kWeightsMember, kMaxWeights);
  parts.tree = read_hdf5(parts.weights_place, parts.image);
  if (!is_weights_layout(parts.tree)) {
    bad_file(parts.weights_place, "a group 'layers'", "none");
  }
  parts.config =
      read_model_config(parts.config_place, config, age, saved_optimizer_name(parts.tree));
  if (zip.has(kTextMember)) {
    parts.text = read_text_asset({zip.file(), kTextMember}, zip.read(kTextMember, kMaxText));
  }
}

}  // namespace eddy::files
