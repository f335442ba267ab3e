// SPDX-License-Identifier: MIT
// How often each token stands in texts, exact, in bounded memory: counts that become too many go to
// disk as runs sorted by bytes, and are added up when the runs are merged.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/scratch_file.h"

namespace eddy::data {

class TokenCounts {
 public:
  explicit TokenCounts(ScratchOptions options) : options_(std::move(options)) {}

  void add(std::string_view token);
  // Every token once, with its count.
  using Visit = std::function<void(std::string_view token, int64_t count)>;
  void for_each(const Visit& visit);

  size_t runs() const { return runs_.size(); }  // on disk; 0: all counts are in memory
  size_t in_memory() const { return counts_.size(); }

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Run {
    ScratchFile file;
    int level;  // 0: never merged
  };
  void spill();
  void merge_last();

  ScratchOptions options_;
  std::unordered_map<std::string, int64_t, Hash, std::equal_to<>> counts_;
  int64_t bytes_ = 0;  // of counts_, about
  std::vector<Run> runs_;
};

}  // namespace eddy::data
