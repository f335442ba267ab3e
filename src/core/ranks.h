// SPDX-License-Identifier: MIT
// Words and their ranks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace eddy {

// Rank by word, looked up without making a string. One array of ranks, by open addressing: a
// std::unordered_map, which takes memory word by word, needs five times as long to be made and to
// go, and a prediction from the command line does little else.
class Ranks {
 public:
  // `words` by rank; kept alive and unchanged by the caller. The second of two equal words is not
  // entered.
  explicit Ranks(const std::vector<std::string>& words);

  // 0: no such word.
  int32_t find(std::string_view word) const { return slots_[slot_of(word)]; }
  // Position of the first word that stands twice, or -1.
  int64_t repeated() const { return repeated_; }

 private:
  // Where the word stands, or would.
  size_t slot_of(std::string_view word) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = std::hash<std::string_view>()(word) & mask;
    while (slots_[slot] != 0 && words_[slots_[slot] - 1] != word) slot = (slot + 1) & mask;
    return slot;
  }

  const std::string* words_;
  std::vector<int32_t> slots_;  // a power of two, at least twice as many as words; 0: free
  int64_t repeated_ = -1;
};

}  // namespace eddy
