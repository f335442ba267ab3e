// SPDX-License-Identifier: MIT
// The Large Movie Review data set as it lies on disk: word ranks in the original order, before any
// of load_data's options. From imdb.npz or from the folder aclImdb, with equal results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/ragged.h"

namespace eddy::data {

inline constexpr int32_t kImdbWords = 88'584;  // words of imdb_word_index.json

struct RawSplit {
  Ragged x;                // ranks from 1; no review is empty
  std::vector<uint8_t> y;  // 0 or 1
};
struct RawImdb {
  RawSplit train, test;
};

// `file` is the path for errors. Throws Error{bad_file} for anything but such an archive,
// Error{bad_data} for a rank below 0 or above kImdbWords, a label other than 0 and 1, or an empty
// review.
RawImdb read_imdb_npz(const std::string& file, std::span<const uint8_t> bytes);

// {train,test}/{pos,neg}/ID_RATING.txt: positive reviews by file name (sorted as strings), then
// negative ones. Words that `words` lacks are dropped. Throws Error{io}, Error{bad_file} for a
// missing folder, none or other files in it, Error{bad_data} for a review without a known word.
RawImdb read_imdb_folder(const std::filesystem::path& folder,
                         const std::vector<std::string>& words);

// SHA-256 of lengths, ids and labels, each as 32 bits little-endian, training split first.
std::string digest(const RawImdb& raw);

}  // namespace eddy::data
