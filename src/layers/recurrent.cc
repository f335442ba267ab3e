// SPDX-License-Identifier: MIT
// Forward: projection, then the walk through time.
#include "layers/recurrent.h"

#include <fmt/format.h>

#include <algorithm>

#include "layers/products.h"
#include "layers/signal.h"

namespace eddy {

template <class Real>
void RecurrentLayer<Real>::forward(const Signal<Real>& in, Signal<Real>& out, const Pass& pass) {
  const int64_t B = in.shape[0], T = in.shape[1];
  if (B * T >= int64_t{1} << 31) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("batch: expected fewer than 2^31 steps, got {} x {}.", B, T),
                "use a smaller batch_size or shorter sequences.");
  }
  pack_weights(pass.training);
  const bool share = pass.share_prefix && in.mask == nullptr && !options_.go_backwards;
  plan_.build(B, T, rows_per_block_, share ? in.prefix : nullptr, in.mask, options_.go_backwards);
  state_positions_ = plan_.state_positions();
  workers_.resize(static_cast<size_t>(max_workers()));
  if (pass.training) {
    gates_.resize(static_cast<size_t>(plan_.positions() * gate_width()));
    extra_.resize(static_cast<size_t>(plan_.positions() * spec_.extra * padded_));
  }
  const bool keep_all = pass.training || plan_.prefix_block().steps > 0;
  if (keep_all) {
    // Inference needs the tape for the prefix alone; its group is the last one.
    if (!pass.training) state_positions_ = plan_.prefix_block().steps + 1;
    states_.resize(static_cast<size_t>(spec_.states * state_positions_ * padded_));
  }
  project(in, pass.training);

  if (options_.return_sequences) {
    out.shape = {B, T, units_};
  } else {
    out.shape = {B, units_};
  }
  output_.resize(static_cast<size_t>(element_count(out.shape)));
  out.value = output_.data();
  if (options_.return_sequences) {
    out.mask = in.mask;
    out.prefix = share ? in.prefix : nullptr;
  }
  walk_prefix(pass.training);
  parallel_for(static_cast<int64_t>(plan_.blocks().size()), [&](int64_t b, int64_t worker) {
    walk_block(plan_.blocks()[static_cast<size_t>(b)], workers_[static_cast<size_t>(worker)],
               pass.training, out);
  });
}

template <class Real>
void RecurrentLayer<Real>::project(const Signal<Real>& in, bool training) {
  const auto& cells = plan_.cells();
  const int64_t P = plan_.positions();
  lookup_ = in.lookup.has_value();
  int64_t n = P;
  if (lookup_) {
    ids_.resize(static_cast<size_t>(P));
    for (int64_t p = 0; p < P; ++p) {
      ids_[static_cast<size_t>(p)] = in.lookup->ids[cells[static_cast<size_t>(p)]];
    }
    groups_.build(ids_.data(), P, in.lookup->rows);
    n = groups_.count();
  }
  inputs_.resize(static_cast<size_t>(n * features_));
  for (int64_t i = 0; i < n; ++i) {
    const Real* from = lookup_
                           ? in.lookup->table + groups_.ids()[static_cast<size_t>(i)] * features_
                           : in.value + cells[static_cast<size_t>(i)] * features_;
    std::copy_n(from, features_, inputs_.data() + i * features_);
  }
  // Per position the projection may stand where the gates will be kept: a step reads its own row
  // before it writes it.
  Buffer<Real>& zx = !lookup_ && training ? gates_ : zx_;
  zx.resize(static_cast<size_t>(n * gate_width()));
  parallel_product(*kernel_, ProductArgs<Real>{.rows = n,
                                               .a = inputs_.data(),
                                               .a_stride = features_,
                                               .b = &w_,
                                               .bias = bias_columns_.data(),
                                               .c = zx.data(),
                                               .c_stride = gate_width()});
}

template <class Real>
void RecurrentLayer<Real>::start_rows(const Walk& walk, int64_t step) {
  const PlanBlock& block = *walk.block;
  const int64_t first = step == 0 ? 0 : block.active[static_cast<size_t>(step) - 1];
  const PlanBlock& prefix = plan_.prefix_block();
  for (int64_t i = first; i < block.active[static_cast<size_t>(step)]; ++i) {
    Real* to = walk.at(step) + i * padded_;
    const bool shared = prefix.steps > 0 && block.first_row < plan_.rows();
    const int64_t start = shared ? plan_.start(block.first_row + i) : 0;
    for (int s = 0; s < spec_.states; ++s) {
      if (start > 0) {
        std::copy_n(prefix_states(start) + s * state_positions_ * padded_, padded_,
                    to + s * walk.stride);
      } else {
        std::fill_n(to + s * walk.stride, padded_, Real{0});
      }
    }
  }
}

template <class Real>
void RecurrentLayer<Real>::step_forward(const Walk& walk, int64_t step, bool training) {
  const PlanBlock& block = *walk.block;
  const int64_t position = block.first + block.offset[static_cast<size_t>(step)];
  ForwardArgs<Real> args;
  args.activations = activations_;
  args.rows = block.active[static_cast<size_t>(step)];
  args.units = units_;
  args.padded_units = padded_;
  args.gates_per_unit = spec_.gates;
  const Real* zx = !lookup_ && training ? gates_.data() : zx_.data();
  args.zx = lookup_ ? zx : zx + position * gate_width();
  args.zx_index = lookup_ ? groups_.index() + position : nullptr;
  if (lookup_ && step + 1 < block.steps) {
    args.next_index = args.zx_index + args.rows;
    args.next_rows = block.active[static_cast<size_t>(step) + 1];
  }
  args.recurrent_bias = spec_.has_recurrent_bias ? recurrent_bias_.data() : nullptr;
  args.u = &u_;
  args.prev = walk.at(step);
  args.prev_stride = walk.stride;
  args.next = walk.at(step + 1);
  args.next_stride = walk.stride;
  if (training) {
    args.gates = gates_.data() + position * gate_width();
    args.extra = extra_.data() + position * spec_.extra * padded_;
  }
  cell_.forward(args);
}

template <class Real>
void RecurrentLayer<Real>::walk_prefix(bool training) {
  const PlanBlock& prefix = plan_.prefix_block();
  if (prefix.steps == 0) return;
  Walk walk = kept_walk(prefix);
  if (!training) walk.states = states_.data();  // the prefix has the tape for itself
  start_rows(walk, 0);
  for (int64_t s = 0; s < prefix.steps; ++s) step_forward(walk, s, training);
  prefix_states_ = walk.at(0);
}

template <class Real>
void RecurrentLayer<Real>::walk_block(const PlanBlock& block, Scratch& scratch, bool training,
                                      Signal<Real>& out) {
  Walk walk = kept_walk(block);
  if (!training) {
    scratch.states.resize(static_cast<size_t>(spec_.states * 2 * block.rows * padded_));
    walk = {&block, scratch.states.data(), 2 * block.rows * padded_, false, padded_};
  }
  if (options_.return_sequences) {
    for (int64_t i = 0; i < block.rows; ++i) write_before_start(block.first_row + i, out);
  }
  for (int64_t s = 0; s < block.steps; ++s) {
    start_rows(walk, s);
    step_forward(walk, s, training);
    if (options_.return_sequences) write_outputs(walk, s, out);
  }
  start_rows(walk, block.steps);
  if (options_.return_sequences) return;
  for (int64_t i = 0; i < block.rows; ++i) {
    std::copy_n(walk.at(block.steps) + i * padded_, units_,
                out.value + plan_.batch_row(block.first_row + i) * units_);
  }
}

template <class Real>
void RecurrentLayer<Real>::write_outputs(const Walk& walk, int64_t step, Signal<Real>& out) {
  const PlanBlock& block = *walk.block;
  for (int64_t i = 0; i < block.active[static_cast<size_t>(step)]; ++i) {
    const auto span = plan_.output_span(block, step, i);
    Real* row = out.value + plan_.batch_row(block.first_row + i) * plan_.steps() * units_;
    for (int64_t t = span.begin; t < span.end; ++t) {
      std::copy_n(walk.at(step + 1) + i * padded_, units_, row + t * units_);
    }
  }
}

// Outputs that no step of the row itself fills: the shared prefix, or zeros where a mask hides all.
template <class Real>
void RecurrentLayer<Real>::write_before_start(int64_t sorted_row, Signal<Real>& out) {
  Real* row = out.value + plan_.batch_row(sorted_row) * plan_.steps() * units_;
  const bool shared = plan_.prefix_block().steps > 0;
  for (int64_t t = 0; t < plan_.first_output(sorted_row); ++t) {
    if (shared) {
      std::copy_n(prefix_states(t + 1), units_, row + t * units_);
    } else {
      std::fill_n(row + t * units_, units_, Real{0});
    }
  }
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
