// SPDX-License-Identifier: MIT
#include <algorithm>

#include "data/spooled_rows.h"
#include "eddy/datasets.h"

namespace eddy {
namespace {

// Throws as pad_sequences() for a padding that there is not.
const PadOptions& checked(const PadOptions& padding) {
  pad_sequences({}, padding);
  return padding;
}

}  // namespace

struct PaddedSequences::State {
  State(const PadOptions& padding_, const ScratchOptions& scratch)
      : padding(checked(padding_)),
        pads_front(padding.padding == "pre"),
        cuts_front(padding.truncating == "pre"),
        ids("PaddedSequences", scratch) {}

  PadOptions padding;
  bool pads_front, cuts_front;
  data::SpooledRows<int32_t> ids;
};

PaddedSequences::PaddedSequences(const PadOptions& padding, const ScratchOptions& scratch)
    : state_(std::make_unique<State>(padding, scratch)) {
  if (padding.maxlen) shape_[1] = *padding.maxlen;
}

PaddedSequences::~PaddedSequences() = default;

void PaddedSequences::add(std::span<const int32_t> ids) {
  State& state = *state_;
  if (const auto& maxlen = state.padding.maxlen; maxlen && std::ssize(ids) > *maxlen) {
    const auto kept = static_cast<size_t>(*maxlen);
    ids = state.cuts_front ? ids.last(kept) : ids.first(kept);
  }
  state.ids.add(ids);
  ++shape_[0];
  shape_[1] = std::max<int64_t>(shape_[1], std::ssize(ids));
}

void PaddedSequences::gather(std::span<const int64_t> samples, int32_t* rows) const {
  state_->ids.gather(samples, shape_[1], state_->pads_front, state_->padding.value, rows);
}

int64_t PaddedSequences::scratch_bytes() const { return state_->ids.scratch_bytes(); }

}  // namespace eddy
