// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "data/pad_side.h"
#include "eddy/sequences.h"

namespace eddy {
namespace {

constexpr int64_t kMaxPaddedValues = int64_t{1} << 32;  // 16 GiB

[[noreturn]] void fail(ErrorCode code, const std::string& what, const std::string& fix) {
  throw Error(code, "pad_steps", what, fix);
}

}  // namespace

Tensor pad_steps(const std::vector<datasets::Sequence>& sequences, const PadStepsOptions& options) {
  const bool pad_front = is_pre("pad_steps", "padding", options.padding);
  const bool cut_front = is_pre("pad_steps", "truncating", options.truncating);
  if (options.maxlen && *options.maxlen < 1) {
    fail(ErrorCode::invalid_argument,
         fmt::format("maxlen: expected 1 or more, got {}.", *options.maxlen),
         "leave maxlen out to pad to the longest sequence.");
  }
  const auto rows = static_cast<int64_t>(sequences.size());
  const int64_t columns = sequences.empty() ? 0 : sequences[0].values.dim(1);
  int64_t longest = 0;
  for (const datasets::Sequence& sequence : sequences) {
    longest = std::max(longest, sequence.values.dim(0));
    if (sequence.values.dim(1) == columns) continue;
    fail(ErrorCode::shape_mismatch,
         fmt::format("sequences: expected {} columns each, as the first, got {}.", columns,
                     sequence.values.dim(1)),
         "give all sequences the same columns.");
  }
  const int64_t maxlen = options.maxlen.value_or(longest);
  if (rows > 0 && columns > 0 && maxlen > kMaxPaddedValues / rows / columns) {
    fail(ErrorCode::invalid_argument,
         fmt::format("maxlen: expected at most {} for {} sequences of {} columns, got {}.",
                     kMaxPaddedValues / rows / columns, rows, columns, maxlen),
         "use a smaller maxlen.");
  }
  Tensor padded({rows, maxlen, columns},
                std::vector<float>(static_cast<size_t>(rows * maxlen * columns), options.value));
  for (int64_t row = 0; row < rows; ++row) {
    const Tensor& values = sequences[static_cast<size_t>(row)].values;
    const int64_t kept = std::min(values.dim(0), maxlen);
    const float* const from = values.data() + (cut_front ? values.dim(0) - kept : 0) * columns;
    const int64_t to = row * maxlen + (pad_front ? maxlen - kept : 0);
    std::copy_n(from, kept * columns, padded.data() + to * columns);
  }
  return padded;
}

}  // namespace eddy
