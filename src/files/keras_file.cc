// SPDX-License-Identifier: MIT
#include "files/keras_file.h"

#include <array>
#include <ctime>
#include <map>
#include <utility>

#include "files/config_object.h"
#include "files/text_asset.h"
#include "files/vectorization_config.h"
#include "files/weights_file.h"
#include "files/zip_archive.h"

namespace eddy::files {
namespace {

constexpr const char* kMetadata = "metadata.json";
constexpr const char* kConfig = "config.json";

constexpr const char* kNotes = "assets/eddy/notes.json";  // as assets/eddy/text.json

constexpr uint64_t kMaxNotes = uint64_t{1} << 24;
constexpr uint64_t kMaxMetadata = uint64_t{1} << 16;
constexpr uint64_t kMaxConfig = uint64_t{1} << 22;  // a layer has about 2,000 bytes

KerasAge read_age(const ZipReader& zip) {
  const Where where{zip.file(), kMetadata};
  const Json value = parse_json(where, zip.read(kMetadata, kMaxMetadata), 1000);
  ConfigObject metadata(value, where);
  return keras_age(read_string(metadata.at("keras_version"), metadata.where("keras_version")));
}

std::string notes_asset(const Network& network) {
  OrderedJson notes = OrderedJson::object();
  for (const auto& [name, text] : network.notes) notes[name] = text;
  return dump_json({network.name, kNotes}, notes);
}

std::map<std::string, std::string> read_notes(const Where& where, const std::string& text) {
  const Json value = parse_json(where, text, 100'000);
  if (!value.is_object()) bad_file(where, "an object of texts", brief(value));
  std::map<std::string, std::string> notes;
  for (const auto& [name, note] : value.items()) notes[name] = read_string(note, where.at(name));
  return notes;
}

// The member's bytes; empty: the vocabulary stands in the config.
std::string vocabulary_of(const TextVectorization& layer) {
  if (stands_in_config(layer.vocabulary)) return "";
  std::string text = vocabulary_asset(layer.vocabulary);
  if (text.size() <= kMaxVocabulary) return text;
  fail(ErrorCode::invalid_argument, {"text encoder", kVocabularyMember},
       fmt::format("at most {} bytes", kMaxVocabulary), fmt::format("{}", text.size()),
       "leave rare words out of the vocabulary.");
}

// The layer of Keras becomes the encoder of the model, or a part of the one that eddy has saved.
void read_vectorization(const ZipReader& zip, ModelParts& parts) {
  TextVectorization& layer = *parts.config.vectorization;
  if (layer.vocabulary.empty()) {
    const bool below = !zip.has(kVocabularyMember) && zip.has(kLookupMember);
    const char* const member = below ? kLookupMember : kVocabularyMember;
    layer.vocabulary = read_vocabulary({zip.file(), member}, zip.read(member, kMaxVocabulary));
  }
  if (!parts.text) {
    parts.text.emplace();
    parts.text->classes.clear();
  }
  parts.text->vectorization = std::move(layer);
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
  OrderedJson model = model_json(place, network);
  std::string vocabulary;
  if (network.text && network.text->vectorization) {
    add_vectorization(model, *network.text->vectorization);
    vocabulary = vocabulary_of(*network.text->vectorization);
  }
  const std::string config = dump_json(place, model);
  const bool lines = network.text && words_fill_lines(*network.text);
  const std::string text = network.text ? text_asset(*network.text, lines) : "";
  const std::string words = lines ? words_asset(*network.text) : "";
  const std::string weights = weights_image(network);
  std::vector<ZipMember> members = {
      {kMetadata, metadata_text}, {kConfig, config}, {kWeightsMember, weights}};
  if (!vocabulary.empty()) {
    members.push_back({kLookupMember, vocabulary});
    members.push_back({kVocabularyMember, vocabulary});
  }
  if (network.text) members.push_back({kTextMember, text});
  if (lines) members.push_back({kWordsMember, words});
  const std::string notes = network.notes.empty() ? "" : notes_asset(network);
  if (!notes.empty()) members.push_back({kNotes, notes});
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
    parts.text = read_text_asset({zip.file(), kTextMember}, zip.read(kTextMember, kMaxText),
                                 [&] { return zip.read(kWordsMember, kMaxText); });
  }
  if (zip.has(kNotes)) parts.notes = read_notes({zip.file(), kNotes}, zip.read(kNotes, kMaxNotes));
  if (parts.config.vectorization) {
    read_vectorization(zip, parts);
  } else if (parts.text && parts.text->vectorization) {
    bad_file({zip.file(), kConfig}, "a TextVectorization, as assets/eddy/text.json says", "none");
  }
}

void read_keras_writer(const std::filesystem::path& path, FileFacts& facts) {
  const ZipReader zip(path);
  const Json metadata =
      parse_json({zip.file(), kMetadata}, zip.read(kMetadata, kMaxMetadata), 1000);
  const auto text = [&](const char* key) {
    const auto found = metadata.find(key);
    return found != metadata.end() && found->is_string() ? found->get<std::string>() : "";
  };
  facts.keras_version = text("keras_version");
  facts.date_saved = text("date_saved");
}

}  // namespace eddy::files
