// SPDX-License-Identifier: MIT
// imdb_word_index.json: {"word": rank, ...}, the ranks 1 to n each once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace eddy::data {

// Rank by word, looked up without making a string.
class Ranks {
 public:
  // `words` by rank; kept alive by the caller. The second of two equal words is not entered.
  explicit Ranks(const std::vector<std::string>& words);

  // 0: no such word.
  int32_t find(std::string_view word) const {
    const auto found = ranks_.find(word);
    return found == ranks_.end() ? 0 : found->second;
  }
  // Position of the first word that stands twice, or -1.
  int64_t repeated() const { return repeated_; }

 private:
  std::unordered_map<std::string_view, int32_t> ranks_;
  int64_t repeated_ = -1;
};

// The words by rank. `file` is the path for errors. Throws Error{bad_file} for anything but an
// object of words with the ranks 1 to n, each word and each rank once.
std::vector<std::string> parse_word_index(const std::string& file, std::span<const uint8_t> json);

}  // namespace eddy::data
