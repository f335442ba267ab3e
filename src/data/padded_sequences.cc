// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "core/scratch_file.h"
#include "core/threads.h"
#include "eddy/datasets.h"

namespace eddy {
namespace {

constexpr int64_t kIdBytes = sizeof(int32_t);
constexpr int64_t kEndBytes = sizeof(int64_t);

// Throws as pad_sequences() for a padding that there is not.
const PadOptions& checked(const PadOptions& padding) {
  pad_sequences({}, padding);
  return padding;
}

const ScratchOptions& checked(const ScratchOptions& scratch) {
  if (scratch.memory >= 0) return scratch;
  throw Error(ErrorCode::invalid_argument, "PaddedSequences",
              fmt::format("memory: expected 0 or more bytes, got {}.", scratch.memory),
              "0 sets no bound.");
}

}  // namespace

struct PaddedSequences::State {
  State(const PadOptions& padding_, const ScratchOptions& scratch)
      : padding(checked(padding_)),
        memory(checked(scratch).memory),
        pads_front(padding.padding == "pre"),
        cuts_front(padding.truncating == "pre"),
        ids(scratch) {}

  int64_t begin(int64_t sample) const {
    return sample == 0 ? 0 : ends[static_cast<size_t>(sample) - 1];
  }

  // What the ends leave of the bound goes to the ids.
  void share_memory() {
    if (memory == 0) return;
    const int64_t left = memory - static_cast<int64_t>(ends.size() + 1) * kEndBytes;
    if (left >= static_cast<int64_t>(Spool::kPiece)) return ids.set_memory(left);
    throw Error(ErrorCode::invalid_argument, "PaddedSequences",
                fmt::format("sequences: expected at most {}, for {} bytes of memory, got more.",
                            ends.size(), memory),
                "raise memory: each sequence takes 8 bytes, wherever its ids are.");
  }

  PadOptions padding;
  int64_t memory;
  bool pads_front, cuts_front;
  Spool ids;
  std::deque<int64_t> ends;  // of every sequence, in ids
};

PaddedSequences::PaddedSequences(const PadOptions& padding, const ScratchOptions& scratch)
    : state_(std::make_unique<State>(padding, scratch)) {
  if (padding.maxlen) shape_[1] = *padding.maxlen;
}

PaddedSequences::~PaddedSequences() = default;

void PaddedSequences::add(std::span<const int32_t> ids) {
  State& state = *state_;
  state.share_memory();
  if (const auto& maxlen = state.padding.maxlen; maxlen && std::ssize(ids) > *maxlen) {
    const auto kept = static_cast<size_t>(*maxlen);
    ids = state.cuts_front ? ids.last(kept) : ids.first(kept);
  }
  if (!ids.empty()) state.ids.append(ids.data(), ids.size_bytes());
  state.ends.push_back(state.ids.size() / kIdBytes);
  ++shape_[0];
  shape_[1] = std::max<int64_t>(shape_[1], std::ssize(ids));
}

void PaddedSequences::gather(std::span<const int64_t> samples, int32_t* rows) const {
  constexpr int64_t kIdsPerTask = 1 << 15;
  const State& state = *state_;
  const int64_t width = shape_[1], count = std::ssize(samples);
  const int64_t rows_per_task = std::max<int64_t>(1, kIdsPerTask / width);
  parallel_for((count + rows_per_task - 1) / rows_per_task, [&](int64_t task, int64_t) {
    const int64_t end = std::min(count, (task + 1) * rows_per_task);
    for (int64_t i = task * rows_per_task; i < end; ++i) {
      const int64_t sample = samples[static_cast<size_t>(i)], begin = state.begin(sample);
      const int64_t length = state.begin(sample + 1) - begin;
      int32_t* const row = rows + i * width;
      int32_t* const first = state.pads_front ? row + width - length : row;
      std::fill(row, first, state.padding.value);
      if (length > 0) {
        state.ids.read(begin * kIdBytes, first, static_cast<size_t>(length * kIdBytes));
      }
      std::fill(first + length, row + width, state.padding.value);
    }
  });
}

int64_t PaddedSequences::scratch_bytes() const { return state_->ids.scratch_bytes(); }

}  // namespace eddy
