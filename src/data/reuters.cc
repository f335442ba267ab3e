// SPDX-License-Identifier: MIT
#include "eddy/reuters.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "core/sha256.h"
#include "data/bad_file.h"
#include "data/imdb_source.h"
#include "data/load_data.h"
#include "data/npy.h"
#include "data/npz.h"
#include "data/read_file.h"
#include "data/unpickle.h"
#include "data/word_index.h"

namespace eddy {
namespace {

constexpr uint64_t kMaxReutersFile = uint64_t{1} << 28;  // the real ones have 2 MB and 0.5 MB
constexpr int32_t kMaxRank = 1'000'000;                  // the real word index has 30,979 words

datasets::ImdbOptions shared_options(const datasets::ReutersOptions& options) {
  return {.num_words = options.num_words,
          .skip_top = options.skip_top,
          .maxlen = options.maxlen,
          .seed = options.seed,
          .start_char = options.start_char,
          .oov_char = options.oov_char,
          .index_from = options.index_from,
          .data_dir = options.data_dir,
          .download = options.download,
          .progress = options.progress};
}

data::RawSplit read_newswires(const std::string& file, std::span<const uint8_t> bytes) {
  const data::Npz npz(file, bytes);
  const data::Where x{file, "x.npy"}, y{file, "y.npy"};
  const auto topics = datasets::reuters_label_names().size();
  data::RawSplit raw{data::read_npy_lists(*npz.open(x.member)),
                     data::read_npy_labels(*npz.open(y.member), static_cast<uint8_t>(topics - 1))};
  if (raw.x.size() != raw.y.size()) {
    data::bad_file(y, fmt::format("{} labels, one a newswire", raw.x.size()),
                   fmt::format("{}", raw.y.size()));
  }
  if (raw.x.size() == 0) data::bad_file(x, "newswires", "none");
  for (const int32_t rank : raw.x.values) {
    if (rank >= 0 && rank <= kMaxRank) continue;
    data::bad_data(x, fmt::format("ids 0 to {}", kMaxRank), fmt::format("{}", rank));
  }
  return raw;
}

}  // namespace

namespace datasets {

TextDataset reuters(const ReutersOptions& options, Info* info) {
  const ImdbOptions shared = shared_options(options);
  data::check_options(shared, "reuters");
  const std::filesystem::path path = data::find_reuters(shared);
  std::vector<uint8_t> bytes;
  data::read_file(path, kMaxReutersFile, bytes);
  const data::RawSplit raw = read_newswires(path.string(), bytes);
  if (info != nullptr) {
    *info = {"reuters", path.string(), sha256_hex(std::as_bytes(std::span(bytes)))};
  }
  bytes = {};
  return data::load_reuters(raw, shared, options.test_split);
}

std::vector<std::string> reuters_words(const ReutersOptions& options) {
  const std::filesystem::path path = data::find_reuters_word_index(shared_options(options));
  std::vector<uint8_t> bytes;
  data::read_file(path, kMaxReutersFile, bytes);
  return data::parse_word_index(path.string(), bytes);
}

const std::vector<std::string>& reuters_label_names() {
  static const std::vector<std::string> names = {
      "cocoa",        "grain",   "veg-oil",   "earn",
      "acq",          "wheat",   "copper",    "housing",
      "money-supply", "coffee",  "sugar",     "trade",
      "reserves",     "ship",    "cotton",    "carcass",
      "crude",        "nat-gas", "cpi",       "money-fx",
      "interest",     "gnp",     "meal-feed", "alum",
      "oilseed",      "gold",    "tin",       "strategic-metal",
      "livestock",    "retail",  "ipi",       "iron-steel",
      "rubber",       "heat",    "jobs",      "lei",
      "bop",          "zinc",    "orange",    "pet-chem",
      "dlr",          "gas",     "silver",    "wpi",
      "hog",          "lead"};
  return names;
}

}  // namespace datasets
}  // namespace eddy
