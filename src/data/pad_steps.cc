// SPDX-License-Identifier: MIT
// Sequences of steps of several columns, filled up to one length.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

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

// Where a sequence is filled up, and what of it is kept.
struct Sides {
  explicit Sides(const PadStepsOptions& options)
      : maxlen(options.maxlen),
        pads_front(is_pre("pad_steps", "padding", options.padding)),
        cuts_front(is_pre("pad_steps", "truncating", options.truncating)) {
    if (!maxlen || *maxlen >= 1) return;
    fail(ErrorCode::invalid_argument, fmt::format("maxlen: expected 1 or more, got {}.", *maxlen),
         "leave maxlen out to pad to the longest sequence.");
  }

  std::span<const float> kept(const Tensor& steps) const {
    const int64_t length = steps.dim(0), columns = steps.dim(1);
    const int64_t count = std::min(length, maxlen.value_or(length));
    return {steps.data() + (cuts_front ? length - count : 0) * columns,
            static_cast<size_t>(count * columns)};
  }

  std::optional<int64_t> maxlen;
  bool pads_front, cuts_front;
};

}  // namespace

struct PaddedSteps::State {
  State(const PadStepsOptions& padding, const ScratchOptions& scratch)
      : sides(padding), filling(padding.value), values("PaddedSteps", scratch) {}

  Sides sides;
  float filling;
  data::SpooledRows<float> values;
};

PaddedSteps::PaddedSteps(const PadStepsOptions& padding, const ScratchOptions& scratch)
    : state_(std::make_unique<State>(padding, scratch)) {
  shape_[1] = padding.maxlen.value_or(0);
}

PaddedSteps::~PaddedSteps() = default;

void PaddedSteps::add(const Tensor& steps) {
  if (shape_[0] == 0) shape_[2] = steps.dim(1);
  check_columns(shape_[2], steps.dim(1));
  const auto kept = state_->sides.kept(steps);
  state_->values.add(kept);
  ++shape_[0];
  shape_[1] = std::max(shape_[1], state_->sides.maxlen.value_or(steps.dim(0)));
}

void PaddedSteps::gather(std::span<const int64_t> samples, float* rows) const {
  state_->values.gather(samples, shape_[1] * shape_[2], state_->sides.pads_front, state_->filling,
                        rows);
}

int64_t PaddedSteps::scratch_bytes() const { return state_->values.scratch_bytes(); }

Tensor pad_steps(const std::vector<datasets::Sequence>& sequences, const PadStepsOptions& options) {
  const Sides sides(options);
  const auto rows = static_cast<int64_t>(sequences.size());
  const int64_t columns = sequences.empty() ? 0 : sequences[0].values.dim(1);
  int64_t longest = 0;
  for (const datasets::Sequence& sequence : sequences) {
    check_columns(columns, sequence.values.dim(1));
    longest = std::max(longest, sequence.values.dim(0));
  }
  const int64_t maxlen = options.maxlen.value_or(longest), width = maxlen * columns;
  if (rows > 0 && columns > 0 && maxlen > kMaxPaddedValues / rows / columns) {
    fail(ErrorCode::invalid_argument,
         fmt::format("maxlen: expected at most {} for {} sequences of {} columns, got {}.",
                     kMaxPaddedValues / rows / columns, rows, columns, maxlen),
         "use a smaller maxlen.");
  }
  Tensor padded({rows, maxlen, columns});
  for (int64_t row = 0; row < rows; ++row) {
    const auto kept = sides.kept(sequences[static_cast<size_t>(row)].values);
    fill_row(padded.data() + row * width, width, std::ssize(kept), sides.pads_front, options.value,
             [&](float* first) { std::copy(kept.begin(), kept.end(), first); });
  }
  return padded;
}

}  // namespace eddy
