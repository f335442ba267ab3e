// SPDX-License-Identifier: MIT
// Forward: the walk through time.
#include "layers/recurrent.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/threads.h"
#include "layers/signal.h"

namespace eddy {

template <class Real>
void RecurrentLayer<Real>::forward(Inputs<Real> inputs, std::span<Signal<Real>> outputs,
                                   const Pass& pass) {
  const Signal<Real>& in = real_input(*inputs[0]);
  Signal<Real>& out = outputs[0];
  const int64_t B = in.shape[0], T = in.shape[1];
  check_input(in);
  // Keras 3.15.1 hands a mask only to calls with a single tensor; it goes on all the same.
  mask_ = inputs.size() > 1 ? nullptr : in.mask;
  choose_initial_states(inputs);
  const bool dropout =
      pass.training && (is_active(options_.dropout) || is_active(options_.recurrent_dropout));
  const bool share = pass.share_prefix && in.mask == nullptr && !options_.go_backwards &&
                     initial_.empty() && !dropout;
  choose_form(pass);
  plan_.build(B, T, rows_of_block(), share ? in.prefix : nullptr, mask_, options_.go_backwards);
  choose_shares();
  choose_masks(in, pass);
  const bool packed_for_walk = std::exchange(walk_multiplies_input_, walk_takes_input(in));
  const bool repack = packed_for_walk != walk_multiplies_input_;
  if (pass.training || repack || !memory_.knows(this->weights_, pass)) {
    pack_weights(pass.training);
    if (!pass.training) memory_.remember(this->weights_);
  }
  state_positions_ = plan_.state_positions();
  workers_.resize(static_cast<size_t>(max_workers()));
  if (pass.training) {
    gates_.resize(static_cast<size_t>(plan_.positions() * gate_width()));
    extra_.resize(static_cast<size_t>(plan_.positions() * spec_.extra * padded_));
  }
  if (pass.training) {
    memory_.forget();  // zx_ and the packed weights will hold other things
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
  if (options_.return_state || options_.stateful) {
    for (auto& state : final_) state.resize(static_cast<size_t>(B * units_));
  }
  walk_prefix_and_blocks(pass.training);
  give_final_states(outputs);
}

// Positions are counted in 32 bits; a mask has a flag for every step.
template <class Real>
void RecurrentLayer<Real>::check_input(const Signal<Real>& in) const {
  const int64_t B = in.shape[0], T = in.shape[1];
  if (B * T >= int64_t{1} << 31) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("batch: expected fewer than 2^31 steps, got {} x {}.", B, T),
                "use a smaller batch_size or shorter sequences.");
  }
  if (in.mask != nullptr && in.mask_rank != 2) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("mask: expected [batch, time], got {} axes.", in.mask_rank),
                "wrap the layer in TimeDistributed.");
  }
}

template <class Real>
const Signal<Real>& RecurrentLayer<Real>::real_input(const Signal<Real>& in) {
  if (in.ids == nullptr) return in;
  dense_values(in, real_ids_);
  real_input_ = in;
  real_input_.ids = nullptr;
  real_input_.value = real_ids_.data();
  return real_input_;
}

// The caller's, or with `stateful` the final ones of the batch before.
template <class Real>
void RecurrentLayer<Real>::choose_initial_states(Inputs<Real> in) {
  const auto states = static_cast<size_t>(spec_.states);
  initial_.clear();
  initial_values_.resize(states);
  final_.resize(states);
  for (size_t s = 1; s < in.size(); ++s) {
    initial_.push_back(dense_values(*in[s], initial_values_[s - 1]));
  }
  if (!options_.stateful || !initial_.empty() || kept_rows_ == 0) return;
  if (kept_rows_ != in[0]->shape[0]) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("stateful: expected batches of {} rows, got one of {}.", kept_rows_,
                            in[0]->shape[0]),
                "choose a batch_size that divides the number of samples, or call reset_state() "
                "between batches of different sizes.");
  }
  for (size_t s = 0; s < states; ++s) {
    std::swap(initial_values_[s], final_[s]);
    initial_.push_back(initial_values_[s].data());
  }
}

template <class Real>
void RecurrentLayer<Real>::exchange_state(SavedState& state) {
  if (!options_.stateful) return;
  state.value("rows", kept_rows_);
  if (kept_rows_ == 0) return;
  final_.resize(static_cast<size_t>(spec_.states));
  for (size_t s = 0; s < final_.size(); ++s) {
    std::vector<Real> values(final_[s].begin(), final_[s].end());
    state.value(std::to_string(s), values);
    if (static_cast<int64_t>(values.size()) != kept_rows_ * units_) {
      throw Error(ErrorCode::bad_file, state.where(),
                  fmt::format("states of '{}': expected {} rows of {}, got {} numbers.",
                              this->name(), kept_rows_, units_, values.size()),
                  "go on with the model that the backup was made with.");
    }
    final_[s].resize(values.size());
    std::copy(values.begin(), values.end(), final_[s].begin());
  }
}

template <class Real>
void RecurrentLayer<Real>::give_final_states(std::span<Signal<Real>> out) {
  if (options_.stateful) kept_rows_ = plan_.rows();
  for (size_t s = 1; s < out.size(); ++s) {
    out[s].shape = {plan_.rows(), units_};
    out[s].value = final_[s - 1].data();
  }
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
      } else if (!initial_.empty()) {
        const int64_t row = plan_.batch_row(block.first_row + i);
        std::copy_n(initial_[static_cast<size_t>(s)] + row * units_, units_, to + s * walk.stride);
        std::fill_n(to + s * walk.stride + units_, padded_ - units_, Real{0});
      } else {
        std::fill_n(to + s * walk.stride, padded_, Real{0});
      }
    }
  }
}

template <class Real>
void RecurrentLayer<Real>::step_forward(const Walk& walk, int64_t step, Scratch& scratch,
                                        bool training) {
  const PlanBlock& block = *walk.block;
  const int64_t position = block.first + block.offset[static_cast<size_t>(step)];
  ForwardArgs<Real> args;
  args.activations = activations_;
  args.rows = block.active[static_cast<size_t>(step)];
  args.units = units_;
  args.padded_units = padded_;
  args.gates_per_unit = spec_.gates;
  const bool alone = together_ || walked().size() == 1 || &block == &plan_.prefix_block();
  give_input(args, block, step, alone, scratch, training);
  args.vectors = vectors_.data();
  args.recurrent_bias = spec_.has_recurrent_bias ? recurrent_bias_.data() : nullptr;
  args.u = &u_;
  args.last_block_first = (step & 1) != 0;
  args.prev = walk.at(step);
  args.prev_stride = walk.stride;
  args.next = walk.at(step + 1);
  args.next_stride = walk.stride;
  if (training) {
    args.gates = gates_.data() + position * gate_width();
    args.extra = extra_.data() + position * spec_.extra * padded_;
  }
  if (by_gates_) {
    scratch.zh.resize(static_cast<size_t>(args.rows * gate_width()));
    products_.forward(args, masks_of(block), scratch.zh.data(), scratch.products);
    args.zh = scratch.zh.data();
  }
  forward_units(args, alone);
}

// alone  no other rows are walked at the same time. Each unit is one thread's, so that sums do not
//        depend on how many threads there are.
template <class Real>
void RecurrentLayer<Real>::forward_units(const ForwardArgs<Real>& args, bool alone) {
  const bool worthwhile = args.rows * units_ * gate_width() >= kWorthAllThreads;
  for_parts(alone && !by_gates_ && worthwhile, [&](int64_t part, int64_t parts) {
    ForwardArgs<Real> share = args;
    share.part = part;
    share.parts = parts;
    cell_.forward(share);
  });
}

template <class Real>
void RecurrentLayer<Real>::walk_block(const PlanBlock& block, Scratch& scratch, bool training) {
  Walk walk;
  if (training) {
    walk = kept_walk(block);
  } else {
    scratch.states.resize(static_cast<size_t>(spec_.states * 2 * block.rows * padded_));
    walk = {&block, scratch.states.data(), 2 * block.rows * padded_, false, padded_};
  }
  if (options_.return_sequences) {
    for (int64_t i = 0; i < block.rows; ++i) write_before_start(block.first_row + i);
  }
  for (int64_t s = 0; s < block.steps; ++s) {
    start_rows(walk, s);
    step_forward(walk, s, scratch, training);
    if (options_.return_sequences) write_outputs(walk, s);
  }
  start_rows(walk, block.steps);
  write_end(walk);
}

// The last output of each row, and its final states.
template <class Real>
void RecurrentLayer<Real>::write_end(const Walk& walk) {
  const PlanBlock& block = *walk.block;
  const bool keep = options_.return_state || options_.stateful;
  for (int64_t i = 0; i < block.rows; ++i) {
    const int64_t row = plan_.batch_row(block.first_row + i);
    const Real* end = walk.at(block.steps) + i * padded_;
    for (int s = 0; keep && s < spec_.states; ++s) {
      std::copy_n(end + s * walk.stride, units_,
                  final_[static_cast<size_t>(s)].data() + row * units_);
    }
    if (options_.return_sequences) continue;
    if (output_is_masked(block.first_row + i)) {
      std::fill_n(output_.data() + row * units_, units_, Real{0});
    } else {
      std::copy_n(end, units_, output_.data() + row * units_);
    }
  }
}

// Without return_sequences: a row that is masked whole, or with zero_output_for_mask at its end,
// has zeros for output (as Keras with TensorFlow); its states are another matter.
template <class Real>
bool RecurrentLayer<Real>::output_is_masked(int64_t sorted_row) const {
  if (mask_ == nullptr) return false;
  if (plan_.length(sorted_row) == 0) return true;
  const int64_t last = options_.go_backwards ? 0 : plan_.steps() - 1;
  return options_.zero_output_for_mask &&
         mask_[plan_.batch_row(sorted_row) * plan_.steps() + last] == 0;
}

template <class Real>
void RecurrentLayer<Real>::write_outputs(const Walk& walk, int64_t step) {
  const PlanBlock& block = *walk.block;
  for_rows(block.active[static_cast<size_t>(step)], [&](int64_t first, int64_t end) {
    for (int64_t i = first; i < end; ++i) {
      const auto span = output_span(block, step, i);
      Real* row = output_.data() + plan_.batch_row(block.first_row + i) * plan_.steps() * units_;
      for (int64_t t = span.begin; t < span.end; ++t) {
        std::copy_n(walk.at(step + 1) + i * padded_, units_, row + t * units_);
      }
    }
  });
}

// Outputs that no step of the row itself fills: the shared prefix, or zeros where a mask hides all.
template <class Real>
void RecurrentLayer<Real>::write_before_start(int64_t sorted_row) {
  Real* row = output_.data() + plan_.batch_row(sorted_row) * plan_.steps() * units_;
  const bool shared = plan_.prefix_block().steps > 0;
  const bool zero = options_.zero_output_for_mask && mask_ != nullptr;
  const int64_t end = zero ? plan_.steps() : plan_.first_output(sorted_row);
  for (int64_t t = 0; t < end; ++t) {
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
