// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "data/pad_side.h"
#include "eddy/datasets.h"

namespace eddy {
namespace {

constexpr int64_t kMaxPaddedCells = int64_t{1} << 34;  // 64 GiB of ids

int64_t row_length(const Sequences& sequences, const PadOptions& options) {
  if (options.maxlen) {
    if (*options.maxlen >= 1) return *options.maxlen;
    throw Error(ErrorCode::invalid_argument, "pad_sequences",
                fmt::format("maxlen: expected 1 or more, got {}.", *options.maxlen),
                "leave maxlen out to pad to the longest sequence.");
  }
  size_t longest = 0;
  for (const auto& sequence : sequences) longest = std::max(longest, sequence.size());
  return static_cast<int64_t>(longest);
}

}  // namespace

IntTensor pad_sequences(const Sequences& sequences, const PadOptions& options) {
  const bool pad_front = is_pre("pad_sequences", "padding", options.padding);
  const bool cut_front = is_pre("pad_sequences", "truncating", options.truncating);
  const int64_t maxlen = row_length(sequences, options);
  const auto rows = static_cast<int64_t>(sequences.size());
  if (rows > 0 && maxlen > kMaxPaddedCells / rows) {
    throw Error(ErrorCode::invalid_argument, "pad_sequences",
                fmt::format("maxlen: expected at most {} for {} sequences, got {}.",
                            kMaxPaddedCells / rows, rows, maxlen),
                "use a smaller maxlen.");
  }
  IntTensor padded({rows, maxlen});
  for (int64_t row = 0; row < rows; ++row) {
    const auto& sequence = sequences[static_cast<size_t>(row)];
    const int64_t kept = std::min(static_cast<int64_t>(sequence.size()), maxlen);
    const auto from = cut_front ? sequence.end() - kept : sequence.begin();
    fill_row(padded.data() + row * maxlen, maxlen, kept, pad_front, options.value,
             [&](int32_t* first) { std::copy_n(from, kept, first); });
  }
  return padded;
}

}  // namespace eddy
