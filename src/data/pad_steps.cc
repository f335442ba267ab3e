// SPDX-License-Identifier: MIT
// Sequences of steps of several columns, filled up to one length.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "data/pad_side.h"
#include "data/spooled_rows.h"
#include "eddy/sequences.h"

namespace eddy {
namespace {

constexpr int64_t kMaxPaddedValues = int64_t{1} << 32;  // 16 GiB

[[noreturn]] void fail(ErrorCode code, const std::string& what, const std::string& fix) {
  throw Error(code, "pad_steps", what, fix);
}

void check_columns(int64_t expected, int64_t got) {
  if (got == expected) return;
  fail(ErrorCode::shape_mismatch,
       fmt::format("sequences: expected {} columns each, as the first, got {}.", expected, got),
       "give all sequences the same columns.");
}

}  // namespace

struct PaddedSteps::State {
  State(const PadStepsOptions& padding_, const ScratchOptions& scratch)
      : padding(padding_),
        pads_front(is_pre("pad_steps", "padding", padding.padding)),
        cuts_front(is_pre("pad_steps", "truncating", padding.truncating)),
        values("PaddedSteps", scratch) {
    if (!padding.maxlen || *padding.maxlen >= 1) return;
    fail(ErrorCode::invalid_argument,
         fmt::format("maxlen: expected 1 or more, got {}.", *padding.maxlen),
         "leave maxlen out to pad to the longest sequence.");
  }

  PadStepsOptions padding;
  bool pads_front, cuts_front;
  data::SpooledRows<float> values;
};

PaddedSteps::PaddedSteps(const PadStepsOptions& padding, const ScratchOptions& scratch)
    : state_(std::make_unique<State>(padding, scratch)) {
  shape_[1] = padding.maxlen.value_or(0);
}

PaddedSteps::~PaddedSteps() = default;

void PaddedSteps::add(const Tensor& steps) {
  State& state = *state_;
  const int64_t columns = steps.dim(1), length = steps.dim(0);
  if (shape_[0] == 0) shape_[2] = columns;
  check_columns(shape_[2], columns);
  const int64_t kept = std::min(length, state.padding.maxlen.value_or(length));
  const float* const first = steps.data() + (state.cuts_front ? length - kept : 0) * columns;
  state.values.add({first, static_cast<size_t>(kept * columns)});
  ++shape_[0];
  shape_[1] = std::max(shape_[1], kept);
}

void PaddedSteps::gather(std::span<const int64_t> samples, float* rows) const {
  state_->values.gather(samples, shape_[1] * shape_[2], state_->pads_front, state_->padding.value,
                        rows);
}

int64_t PaddedSteps::scratch_bytes() const { return state_->values.scratch_bytes(); }

Tensor pad_steps(const std::vector<datasets::Sequence>& sequences, const PadStepsOptions& options) {
  PaddedSteps source(options);
  int64_t longest = 0;
  for (const datasets::Sequence& sequence : sequences) {
    check_columns(sequences[0].values.dim(1), sequence.values.dim(1));
    longest = std::max(longest, sequence.values.dim(0));
  }
  const int64_t columns = sequences.empty() ? 0 : sequences[0].values.dim(1);
  const int64_t maxlen = options.maxlen.value_or(longest);
  const auto rows = static_cast<int64_t>(sequences.size());
  if (rows > 0 && columns > 0 && maxlen > kMaxPaddedValues / rows / columns) {
    fail(ErrorCode::invalid_argument,
         fmt::format("maxlen: expected at most {} for {} sequences of {} columns, got {}.",
                     kMaxPaddedValues / rows / columns, rows, columns, maxlen),
         "use a smaller maxlen.");
  }
  for (const datasets::Sequence& sequence : sequences) source.add(sequence.values);
  Tensor padded(source.shape());
  std::vector<int64_t> all(sequences.size());
  std::iota(all.begin(), all.end(), int64_t{0});
  source.gather(all, padded.data());
  return padded;
}

}  // namespace eddy
