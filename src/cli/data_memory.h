// SPDX-License-Identifier: MIT
// How the memory that --memory grants to a person's texts or sequences is shared out; docs/texts.md
// says it to the user.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "eddy/scratch.h"
#include "flags.h"

namespace eddy::cli {

class DataMemory {
 public:
  static constexpr Flags::Range kRange = {16'000'000, int64_t{1'000'000'000'000'000}};
  static constexpr const char* kHelp =
      "own texts, and tables of sequences: what they may take: 200MB, 2GB; the rest goes to a "
      "scratch file. Default: half of the machine's; sequences: all";

  explicit DataMemory(std::optional<int64_t> asked);

  // The shares end below the whole: a record, from the file to its ids, is copied seven times, and
  // the words that are kept, an eighth of the counts, three times.
  int64_t record() const { return bytes_ / 32; }
  ScratchOptions counts() const { return {.memory = bytes_ / 4}; }
  ScratchOptions rows() const { return {.memory = bytes_ / 4}; }
  ScratchOptions held_out_rows() const { return {.memory = bytes_ / 8}; }
  // Throws UsageError for more samples than their labels, their order and `more_each` bytes leave
  // room for.
  void check(int64_t samples, const char* name = "texts", int64_t more_each = 0) const;

 private:
  int64_t bytes_;  // 0: no bound
};

}  // namespace eddy::cli
