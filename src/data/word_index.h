// SPDX-License-Identifier: MIT
// imdb_word_index.json: {"word": rank, ...}, the ranks 1 to n each once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace eddy::data {

// The words by rank. `file` is the path for errors. Throws Error{bad_file} for anything but an
// object of words with the ranks 1 to n, each word and each rank once.
std::vector<std::string> parse_word_index(const std::string& file, std::span<const uint8_t> json);

}  // namespace eddy::data
