// SPDX-License-Identifier: MIT
#include "text_memory.h"

#include <fmt/format.h>

#include "eddy/report.h"
#include "machine.h"

namespace eddy::cli {
namespace {

// Of each text, wherever its ids are: a label, and its place in the order of an epoch. The place of
// its ids, 8 bytes more, is counted with the rows.
constexpr int64_t kTextBytes = 4 + 8;
constexpr int64_t kLabelShare = 4;

}  // namespace

TextMemory::TextMemory(std::optional<int64_t> asked) : bytes_(asked.value_or(memory_bytes() / 2)) {}

void TextMemory::check(int64_t texts) const {
  if (bytes_ == 0 || texts <= bytes_ / kLabelShare / kTextBytes) return;
  throw UsageError(
      "--memory",
      fmt::format("texts: expected at most {} for {}, got {}.",
                  fmt::group_digits(bytes_ / kLabelShare / kTextBytes), megabytes(bytes_),
                  fmt::group_digits(texts)),
      fmt::format("raise it by {} bytes for each text more.", kLabelShare * kTextBytes));
}

}  // namespace eddy::cli
