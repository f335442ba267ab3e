// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "core/sha256.h"
#include "data/digest.h"
#include "data/imdb_raw.h"
#include "data/imdb_source.h"
#include "data/load_data.h"
#include "data/read_file.h"
#include "data/word_index.h"
#include "eddy/datasets.h"

namespace eddy {
namespace {

constexpr uint64_t kMaxFile = uint64_t{1} << 28;  // imdb.npz has 17 MB, the word index 1.6 MB

}  // namespace

namespace data {

std::string digest(const RawImdb& raw) {
  ReviewDigest digest;
  for (const RawSplit* split : {&raw.train, &raw.test}) {
    for (size_t i = 0; i < split->x.size(); ++i) digest.add(split->x[i], split->y[i]);
  }
  return digest.hex();
}

}  // namespace data

namespace datasets {

TextDataset imdb(const ImdbOptions& options, Info* info) {
  data::check_options(options);
  const std::filesystem::path path = data::find_imdb(options);
  const bool folder = std::filesystem::is_directory(path);
  std::vector<uint8_t> bytes;
  if (!folder) data::read_file(path, kMaxFile, bytes);
  const data::RawImdb raw = folder ? data::read_imdb_folder(path, imdb_words(options))
                                   : data::read_imdb_npz(path.string(), bytes);
  if (info != nullptr) {
    *info = {"imdb", path.string(),
             folder ? data::digest(raw) : sha256_hex(std::as_bytes(std::span(bytes)))};
  }
  bytes = {};
  return data::load_data(raw, options);
}

std::vector<std::string> imdb_words(const ImdbOptions& options) {
  const std::filesystem::path path = data::find_word_index(options);
  std::vector<uint8_t> bytes;
  data::read_file(path, kMaxFile, bytes);
  return data::parse_word_index(path.string(), bytes);
}

}  // namespace datasets
}  // namespace eddy
