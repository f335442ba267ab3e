// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <system_error>

#include "core/ranks.h"
#include "core/sha256.h"
#include "core/threads.h"
#include "data/bad_file.h"
#include "data/imdb_raw.h"
#include "data/read_file.h"
#include "data/tokenizer.h"
#include "data/word_index.h"

namespace eddy::data {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxText = uint64_t{1} << 24;  // the longest review has 14 kB
constexpr size_t kBlock = 256;                    // files a task
constexpr const char* kUnpack = "unpack aclImdb_v1.tar.gz there again.";

// ID_RATING.txt
bool is_review_name(std::string_view name) {
  const auto digits = [&name] {
    size_t n = 0;
    while (n < name.size() && std::isdigit(static_cast<unsigned char>(name[n])) != 0) ++n;
    name.remove_prefix(n);
    return n > 0;
  };
  if (!digits() || name.empty() || name.front() != '_') return false;
  name.remove_prefix(1);
  return digits() && name == ".txt";
}

std::vector<fs::path> review_files(const fs::path& folder) {
  const Where where{folder.string(), ""};
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) {
    throw Error(ErrorCode::io, where.file,
                fmt::format("folder: expected reviews ID_RATING.txt, got \"{}\".", error.message()),
                kUnpack);
  }
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    std::string name = entry.path().filename().string();
    if (name.front() == '.') continue;  // what a file manager leaves behind
    if (!is_review_name(name)) bad_file(where, "names ID_RATING.txt", "\"" + name + "\"", kUnpack);
    names.push_back(std::move(name));
    if (names.size() > kMaxLists) {
      bad_file(where, fmt::format("at most {} reviews", kMaxLists), "more", kUnpack);
    }
  }
  if (names.empty()) bad_file(where, "reviews ID_RATING.txt", "an empty folder", kUnpack);
  std::sort(names.begin(), names.end());
  std::vector<fs::path> files;
  files.reserve(names.size());
  for (const auto& name : names) files.push_back(folder / name);
  return files;
}

// Known words of files [first, last).
Ragged read_block(std::span<const fs::path> files, const Ranks& ranks) {
  Ragged block;
  Tokenizer tokenizer;
  std::vector<uint8_t> bytes;
  for (const fs::path& file : files) {
    read_file(file, kMaxText, bytes);
    tokenizer.start({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    const size_t first = block.values.size();
    for (std::string_view word; !(word = tokenizer.next()).empty();) {
      if (const int32_t rank = ranks.find(word); rank > 0) block.values.push_back(rank);
    }
    const size_t count = block.values.size() - first;
    if (count == 0) {
      bad_data({file.string(), ""}, "a review with known words",
               bytes.empty() ? "an empty file" : "none", kUnpack);
    }
    block.parts.push_back({first, count});
  }
  return block;
}

RawSplit read_split(const fs::path& folder, const Ranks& ranks) {
  std::vector<fs::path> files = review_files(folder / "pos");
  const size_t positive = files.size();
  std::vector<fs::path> negative = review_files(folder / "neg");
  std::move(negative.begin(), negative.end(), std::back_inserter(files));

  const size_t blocks = (files.size() + kBlock - 1) / kBlock;
  std::vector<Ragged> read(blocks);
  parallel_for(static_cast<int64_t>(blocks), [&](int64_t task, int64_t) {
    const size_t first = static_cast<size_t>(task) * kBlock;
    const size_t count = std::min(kBlock, files.size() - first);
    read[static_cast<size_t>(task)] = read_block(std::span(files).subspan(first, count), ranks);
  });

  RawSplit split;
  size_t total = 0;
  for (const Ragged& block : read) total += block.values.size();
  if (total > kMaxIds) {
    bad_file({folder.string(), ""}, fmt::format("at most {} words", kMaxIds),
             fmt::format("{}", total), kUnpack);
  }
  split.x.values.reserve(total);
  for (Ragged& block : read) {
    for (const auto& part : block.parts) {
      split.x.parts.push_back({split.x.values.size() + part.first, part.count});
    }
    split.x.values.insert(split.x.values.end(), block.values.begin(), block.values.end());
    block = {};
  }
  split.y.assign(files.size(), 0);
  std::fill_n(split.y.begin(), positive, uint8_t{1});
  return split;
}

}  // namespace

RawImdb read_imdb_folder(const fs::path& folder, const std::vector<std::string>& words) {
  const Ranks ranks(words);
  return {read_split(folder / "train", ranks), read_split(folder / "test", ranks)};
}

}  // namespace eddy::data
