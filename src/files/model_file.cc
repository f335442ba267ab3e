// SPDX-License-Identifier: MIT
// A model's save and load: the kind of a file by its content, the kind to write by its name.
#include "files/model_file.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "core/atomic_file.h"
#include "files/compile_config.h"
#include "files/keras_file.h"
#include "files/legacy_file.h"
#include "files/legacy_weights.h"
#include "files/weights_file.h"
#include "files/zip_archive.h"
#include "training/initializers.h"

namespace eddy {
namespace files {
namespace {

constexpr std::string_view kHdf5 = "\x89HDF\r\n\x1a\n";
constexpr const char* kWeightsEnding = ".weights.h5";
constexpr int64_t kMaxDrawn = int64_t{1} << 31;  // weights that no file holds yet: 8 GiB

std::ifstream open_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    fail(ErrorCode::io, {path.string(), "file"}, "a model file", "nothing of that name",
         "check the path.");
  }
  if (!std::filesystem::is_regular_file(status)) {
    bad_file({path.string(), "file"}, "a .keras or .h5 file", "a folder or a device",
             "give the path of the file that model.save(\"name.keras\") wrote; a folder of "
             "TensorFlow (SavedModel) becomes one in Keras 2 by load_model and save.");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fail(ErrorCode::io, {path.string(), "file"}, "readable bytes",
         fmt::format("\"{}\"", std::generic_category().message(errno)),
         "check the permissions of the file.");
  }
  return file;
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

void check_can_be_drawn(const Where& where, const Network& network) {
  int64_t numbers = 0;
  for (const auto* weight : network.graph->weights()) {
    int64_t size = 1;
    for (const int64_t axis : weight->shape) {
      size = axis > 0 && size > kMaxDrawn / axis ? kMaxDrawn : size * axis;
    }
    numbers += size;
    if (numbers < kMaxDrawn) continue;
    not_supported(where, fmt::format("fewer than {} weights", kMaxDrawn), "more",
                  "use smaller layers.");
  }
}

FoundWeights find_in_any_layout(const Where& where, const Hdf5Tree& tree,
                                const std::vector<SavedLayer>& layers) {
  if (is_weights_layout(tree)) return find_weights(where, tree, layers);
  if (is_legacy_layout(tree)) return find_legacy_weights(where, tree, layers);
  bad_file(where, "weights of Keras (a group 'layers' or an attribute 'layer_names')", "neither");
}

OptimizerArrays optimizer_in_any_layout(const Where& where, const Hdf5Tree& tree) {
  return is_weights_layout(tree) ? find_optimizer(tree) : find_legacy_optimizer(where, tree);
}

void copy_all(const FoundWeights& found) {
  for (const auto& [weight, array] : found.all) {
    copy_values(array, weight->value.data(), weight->value.size());
  }
}

void load_compiled(const ModelParts& parts, CompileOptions options, Model& model) {
  const auto arrays = optimizer_in_any_layout(parts.weights_place, parts.tree);
  // A callback may have changed it since compile.
  const auto saved = saved_learning_rate(parts.weights_place, arrays);
  if (saved && !options.optimizer.schedule) {
    double& rate = options.optimizer.values["learning_rate"];
    if (static_cast<float>(rate) != *saved) rate = shortest(*saved);
  }
  about_file(parts.config_place, [&] { model.compile(std::move(options)); });
  load_optimizer(parts.weights_place, arrays, model.network());
}

void read_any(const std::filesystem::path& path, ModelParts& parts) {
  if (file_kind(path) == FileKind::hdf5) {
    read_legacy(path, parts);
  } else {
    read_keras(path, parts);
  }
}

[[noreturn]] void wrong_name(const std::filesystem::path& path, const char* what,
                             const char* expected, const char* fix) {
  fail(ErrorCode::invalid_argument, {path.string(), what}, expected,
       fmt::format("'{}'", path.filename().string()), fix);
}

}  // namespace

FileKind file_kind(const std::filesystem::path& path) {
  std::array<char, kHdf5.size()> head = {};
  std::ifstream file = open_file(path);
  file.read(head.data(), head.size());
  return std::string_view(head.data(), head.size()) == kHdf5 ? FileKind::hdf5 : FileKind::archive;
}

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file = open_file(path);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > kMaxWeights) {
    bad_file({path.string(), "file"}, fmt::format("at most {} bytes", kMaxWeights),
             error ? error.message() : fmt::format("{}", size));
  }
  std::string bytes(size, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

std::string read_weights_image(const std::filesystem::path& path) {
  if (file_kind(path) == FileKind::hdf5) return read_whole(path);
  return ZipReader(path).read(kWeightsMember, kMaxWeights);
}

}  // namespace files

void Model::save(const std::filesystem::path& path) const {
  const Network& built = network();
  const auto extension = path.extension();
  const bool legacy = extension == ".h5" || extension == ".hdf5";
  if (path.string().ends_with(files::kWeightsEnding) || (!legacy && extension != ".keras")) {
    files::wrong_name(
        path, "save", "a name that ends in .keras or .h5",
        "call save(\"name.keras\") for the model or save_weights(\"name.weights.h5\") "
        "for its weights alone.");
  }
  AtomicFile file(path);
  if (legacy) {
    file.write(files::legacy_image(built));
  } else {
    files::write_keras(built, files::keras_date(),
                       [&](std::string_view piece) { file.write(piece); });
  }
  file.commit();
}

Model Model::load(const std::filesystem::path& path, bool compile) {
  files::ModelParts parts;
  files::read_any(path, parts);
  std::unique_ptr<Network> network;
  // Nothing is drawn, and nothing is allocated before the file has shown that it holds as much.
  files::about_file(parts.config_place, [&] {
    network = declare_network(std::move(parts.config.graph), std::nullopt);
  });
  const auto found =
      files::find_in_any_layout(parts.weights_place, parts.tree, files::saved_layers(*network));
  network->graph->allocate();
  files::copy_all(found);
  Model model(std::move(network));
  if (compile && parts.config.compile) {
    files::load_compiled(parts, std::move(*parts.config.compile), model);
  }
  if (parts.text) model.set_text_encoder(std::move(*parts.text));
  model.network().notes = std::move(parts.notes);
  return model;
}

std::string Model::to_json() const {
  const files::Where place{network_->name, "to_json"};
  return files::dump_json(place, files::model_json(place, network()));
}

Model Model::from_json(const std::string& json, const ModelOptions& options) {
  const files::Where place{"from_json", "model"};
  auto config = files::read_model_config(place, json, files::KerasAge::keras_3, "");
  if (!options.name.empty()) config.graph.name = options.name;
  std::unique_ptr<Network> network;
  files::about_file(place,
                    [&] { network = declare_network(std::move(config.graph), options.seed); });
  files::check_can_be_drawn(place, *network);
  initialize_weights(network->graph->weights(), network->seed);
  Model model(std::move(network));
  if (config.compile) {
    files::about_file(place, [&] { model.compile(std::move(*config.compile)); });
  }
  return model;
}

void Model::save_weights(const std::filesystem::path& path) const {
  const Network& built = network();
  if (!path.string().ends_with(files::kWeightsEnding)) {
    files::wrong_name(path, "save_weights", "a name that ends in .weights.h5",
                      "call save_weights(\"name.weights.h5\").");
  }
  const std::string image = files::weights_image(built);
  write_file_atomically(path, image);
}

void Model::load_weights(const std::filesystem::path& path) {
  Network& built = network();
  const std::string image = files::read_weights_image(path);
  const files::Where where{path.string(), "weights"};
  const files::Hdf5Tree tree = files::read_hdf5(where, image);
  files::copy_all(files::find_in_any_layout(where, tree, files::saved_layers(built)));
  if (!built.compiled) return;
  built.optimizer.reset();
  const auto arrays = files::optimizer_in_any_layout(where, tree);
  files::load_optimizer_if_it_fits(where, arrays, built);
}

}  // namespace eddy
