// SPDX-License-Identifier: MIT
#include "data_memory.h"

#include <fmt/format.h>

#include "eddy/report.h"
#include "machine.h"

namespace eddy::cli {
namespace {

// Of each sample, wherever its ids or numbers are: a label, and its place in the order of an epoch.
// The place of its ids, 8 bytes more, is counted with the rows.
constexpr int64_t kSampleBytes = 4 + 8;
constexpr int64_t kLabelShare = 4;

}  // namespace

DataMemory::DataMemory(std::optional<int64_t> asked) : bytes_(asked.value_or(memory_bytes() / 2)) {}

void DataMemory::check(int64_t samples, const char* name, int64_t more_each) const {
  const int64_t each = kSampleBytes + more_each, most = bytes_ / kLabelShare / each;
  if (bytes_ == 0 || samples <= most) return;
  throw UsageError("--memory",
                   fmt::format("{}: expected at most {} for {}, got more.", name,
                               fmt::group_digits(most), megabytes(bytes_)),
                   fmt::format("raise it by {} bytes for each one more.", kLabelShare * each));
}

}  // namespace eddy::cli
