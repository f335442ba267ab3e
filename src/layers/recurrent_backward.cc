// SPDX-License-Identifier: MIT
// Backward through time.
#include <algorithm>

#include "core/fetch.h"
#include "layers/products.h"
#include "layers/recurrent.h"

namespace eddy {
namespace {

// Elements of a dU that still fits the second cache beside them. A larger one is not summed while
// the steps are walked, a share for every block: one product of all steps makes it afterwards. The
// same for W: with a larger one than that a product of all steps makes dx faster than the steps.
constexpr int64_t kMostPending = 1 << 15;

// Steps between two looks at whether the gradient has faded to nothing.
constexpr int64_t kLook = 16;

}  // namespace

template <class Real>
void RecurrentLayer<Real>::backward(Inputs<Real>, std::span<const Signal<Real>>,
                                    Gradients<Real> dout, Gradients<Real> din, const Pass&) {
  const auto blocks = static_cast<int64_t>(plan_.blocks().size());
  const int64_t width = gate_width();
  for (auto& weight : this->weights_) weight.grad.resize(static_cast<size_t>(weight.size()));
  du_afterwards_ = !by_gates_ && du_size() > kMostPending;
  // A fresh zero for every block: partial sums must not depend on which thread took it.
  du_blocks_.resize_zeroed(static_cast<size_t>((du_afterwards_ ? 0 : blocks + 1) * du_size()));
  dv_blocks_.resize_zeroed(static_cast<size_t>((blocks + 1) * kMostPeepholes * padded_));
  dbh_blocks_.resize_zeroed(static_cast<size_t>((blocks + 1) * width));
  if (du_afterwards_ && two_gradients()) {
    dzh_.resize(static_cast<size_t>(plan_.positions() * width));
  }
  start_gradient_.resize_zeroed(static_cast<size_t>(spec_.states * plan_.rows() * padded_));
  const bool near = walk_multiplies_input_ && features_ * width <= kMostPending;
  dx_ = near && din[0] != nullptr ? start_input_gradients(*din[0]) : nullptr;
  for_blocks([&](int64_t b, int64_t worker) {
    back_block(static_cast<size_t>(b), workers_[static_cast<size_t>(worker)], dout);
  });
  back_prefix_and_sum_rows(dout[0]->any ? dout[0]->dense.data() : nullptr);
  if (du_afterwards_) multiply_recurrent();
  give_initial_gradients(din);

  const Real* dz = lookup_ ? dz_sums_.data() : gates_.data();
  if (din[0] != nullptr) din[0]->any = true;
  finish_weight_gradients(dz, din[0]);
}

template <class Real>
void RecurrentLayer<Real>::give_initial_gradients(Gradients<Real> din) {
  for (size_t s = 1; s < din.size(); ++s) {
    if (din[s] == nullptr) continue;
    din[s]->any = true;
    din[s]->dense.resize(static_cast<size_t>(plan_.rows() * units_));
    const Real* from =
        start_gradient_.data() + static_cast<int64_t>(s - 1) * plan_.rows() * padded_;
    for (int64_t i = 0; i < plan_.rows(); ++i) {
      std::copy_n(from + i * padded_, units_, din[s]->dense.data() + plan_.batch_row(i) * units_);
    }
  }
}

template <class Real>
void RecurrentLayer<Real>::add_output_gradient(const PlanBlock& block, int64_t step,
                                               const Real* dout, Buffer<Real>& dstate) {
  for_rows(block.active[static_cast<size_t>(step)], [&](int64_t first, int64_t end) {
    for (int64_t i = first; i < end; ++i) {
      const auto span = output_span(block, step, i);
      const Real* row = dout + plan_.batch_row(block.first_row + i) * plan_.steps() * units_;
      // That of the step before: every row stands by itself.
      if (span.begin > 0) fetch(row + (span.begin - 1) * units_, units_);
      for (int64_t t = span.begin; t < span.end; ++t) {
        kernel_->add(units_, row + t * units_, dstate.data() + i * padded_);
      }
    }
  });
}

template <class Real>
void RecurrentLayer<Real>::start_gradients(const PlanBlock& block, Gradients<Real> dout,
                                           Buffer<Real>& dstate) {
  const int64_t stride = block.rows * padded_;
  dstate.resize_zeroed(static_cast<size_t>(spec_.states * stride));
  const auto take = [&](const Gradient<Real>& gradient, int64_t state, bool output) {
    if (!gradient.any) return;
    for (int64_t i = 0; i < block.rows; ++i) {
      if (output && output_is_masked(block.first_row + i)) continue;
      kernel_->add(units_, gradient.dense.data() + plan_.batch_row(block.first_row + i) * units_,
                   dstate.data() + state * stride + i * padded_);
    }
  };
  if (!options_.return_sequences) take(*dout[0], 0, true);
  for (size_t s = 1; s < dout.size(); ++s) take(*dout[s], static_cast<int64_t>(s) - 1, false);
}

template <class Real>
void RecurrentLayer<Real>::back_block(size_t number, Scratch& scratch, Gradients<Real> dout) {
  const PlanBlock& block = walked()[number];
  const int64_t width = gate_width(), stride = block.rows * padded_;
  Real* du = du_share(static_cast<int64_t>(number));
  Real* dv = dv_share(static_cast<int64_t>(number));
  Real* dbh = dbh_share(static_cast<int64_t>(number));
  start_gradients(block, dout, scratch.dstate);
  if (two_gradients()) {
    scratch.dzh.resize(static_cast<size_t>((kPendingRows + block.rows) * width));
  }
  const bool every_step = options_.return_sequences && dout[0]->any;
  const auto all = block.first + block.offset[static_cast<size_t>(block.steps)];
  Pending pending{all, all};
  for (int64_t s = block.steps - 1; s >= 0; --s) {
    if (every_step) add_output_gradient(block, s, dout[0]->dense.data(), scratch.dstate);
    back_step(block, s, scratch, pending, du, dbh);
    add_vector_gradients(block, s, dv);
    if (!every_step && s % kLook == 0 && has_faded(block, s, scratch.dstate)) {
      clear_earlier_steps(block, s);
      break;
    }
  }
  add_pending(block, scratch, pending, du, dbh);
  for (int s = 0; s < spec_.states; ++s) {
    // A row's gradient stays where it is once the row has started.
    std::copy_n(scratch.dstate.data() + s * stride, stride,
                start_gradient_.data() + (s * plan_.rows() + block.first_row) * padded_);
  }
}

// Nothing of the gradient is left for the steps before `step`: over hundreds of steps it fades
// below the numbers of a float.
template <class Real>
bool RecurrentLayer<Real>::has_faded(const PlanBlock& block, int64_t step,
                                     const Buffer<Real>& dstate) const {
  if (step == 0 || by_gates_) return false;
  const int64_t n = block.active[static_cast<size_t>(step) - 1] * padded_;
  for (int s = 0; s < spec_.states; ++s) {
    const Real* of_state = dstate.data() + s * block.rows * padded_;
    // As a rule the first number tells.
    if (std::any_of(of_state, of_state + n, [](Real x) { return x != 0; })) return false;
  }
  return true;
}

// What walking them with a gradient of zero would leave.
template <class Real>
void RecurrentLayer<Real>::clear_earlier_steps(const PlanBlock& block, int64_t step) {
  const int64_t width = gate_width();
  for (int64_t s = 0; s < step; ++s) {
    const int64_t position = block.first + block.offset[static_cast<size_t>(s)];
    const int64_t n = block.active[static_cast<size_t>(s)];
    std::fill_n(gates_.data() + position * width, n * width, Real{0});
    if (two_gradients() && du_afterwards_) {
      std::fill_n(dzh_.data() + position * width, n * width, Real{0});
    }
    const int32_t* cells = plan_.cells().data() + position;
    for (int64_t i = 0; dx_ != nullptr && i < n; ++i) {
      std::fill_n(dx_ + cells[i] * features_, features_, Real{0});
    }
  }
}

// The rows [first, end) of a step.
template <class Real>
BackwardArgs<Real> RecurrentLayer<Real>::rows_of(BackwardArgs<Real> args, int64_t first,
                                                 int64_t end) const {
  args.rows = end - first;
  args.gates += first * gate_width();
  args.extra += first * spec_.extra * padded_;
  args.prev += first * padded_;
  args.next += first * padded_;
  args.dstate += first * padded_;
  args.dzh += first * gate_width();
  return args;
}

template <class Real>
void RecurrentLayer<Real>::back_step(const PlanBlock& block, int64_t step, Scratch& scratch,
                                     Pending& pending, Real* du, Real* dbh) {
  const int64_t width = gate_width(), stride = block.rows * padded_;
  const int64_t rows = block.active[static_cast<size_t>(step)];
  const int64_t position = block.first + block.offset[static_cast<size_t>(step)];
  if (pending.high - position > kPendingRows) {
    add_pending(block, scratch, pending, du, dbh);
  }
  Real* dz = gates_.data() + position * width;
  Real* dzh = dz;
  if (two_gradients() && du_afterwards_) {
    dzh = dzh_.data() + position * width;
  } else if (two_gradients()) {
    // Growing downwards from the end of the scratch.
    dzh = scratch.dzh.data() + (kPendingRows + block.rows - (pending.high - position)) * width;
  }
  BackwardArgs<Real> args;
  args.activations = activations_;
  args.rows = rows;
  args.units = units_;
  args.padded_units = padded_;
  args.lanes = cell_.lanes;
  args.gates = dz;
  args.extra = extra_.data() + position * spec_.extra * padded_;
  const Walk walk = kept_walk(block);
  args.prev = walk.at(step);
  args.next = walk.at(step + 1);
  args.prev_stride = walk.stride;
  args.dstate = scratch.dstate.data();
  args.dstate_stride = stride;
  if (step > 0) {
    args.rows_back = position - block.first - block.offset[static_cast<size_t>(step) - 1];
  }
  args.dzh = dzh;
  args.vectors = vectors_.data();
  if (by_gates_) products_.keep_scaling(args, scratch.products);
  for_rows(rows, [&](int64_t first, int64_t end) { cell_.backward(rows_of(args, first, end)); });
  if (by_gates_) {
    products_.backward(args, masks_of(block), dzh, du, scratch.products);
    for (int64_t i = 0; spec_.has_recurrent_bias && i < rows; ++i) {
      kernel_->add(width, dzh + i * width, dbh);
    }
    pending = {position, position};
    return;
  }
  add_state_gradients(dzh, rows, scratch);
  if (dx_ != nullptr) write_input_gradients(position, rows);
  pending.low = position;
  if (du_afterwards_) pending.high = position;
}

// dh[t-1] += dz U^T
template <class Real>
void RecurrentLayer<Real>::add_state_gradients(const Real* dzh, int64_t rows, Scratch& scratch) {
  const ProductArgs<Real> all{.rows = rows,
                              .a = dzh,
                              .a_stride = gate_width(),
                              .b = &u_transposed_,
                              .accumulate = true,
                              .c = scratch.dstate.data(),
                              .c_stride = padded_};
  for_parts(together_, [&](int64_t part, int64_t parts) {
    ProductArgs<Real> share = all;
    share.part = part;
    share.parts = parts;
    kernel_->product(share);
  });
}

// dx = dz W^T of a step, while dz is near.
template <class Real>
void RecurrentLayer<Real>::write_input_gradients(int64_t position, int64_t rows) {
  kernel_->product(ProductArgs<Real>{.rows = rows,
                                     .a = gates_.data() + position * gate_width(),
                                     .a_stride = gate_width(),
                                     .b = &w_transposed_,
                                     .c = dx_,
                                     .c_stride = features_,
                                     .c_rows = plan_.cells().data() + position});
}

template <class Real>
void RecurrentLayer<Real>::add_vector_gradients(const PlanBlock& block, int64_t step, Real* dv) {
  if (!spec_.has_vectors) return;
  const int64_t position = block.first + block.offset[static_cast<size_t>(step)];
  const int64_t rows = block.active[static_cast<size_t>(step)], lanes = cell_.lanes;
  const Walk walk = kept_walk(block);
  for (int p = 0; p < kMostPeepholes; ++p) {
    const int gate = spec_.peephole_gates[p];
    const Real* carry = walk.at(gate == spec_.leaving ? step + 1 : step) + walk.stride;
    for (int64_t i = 0; i < rows; ++i) {
      const Real* dz = gates_.data() + (position + i) * gate_width() + gate * lanes;
      for (int64_t unit = 0; unit < padded_; ++unit) {
        dv[p * padded_ + unit] +=
            dz[unit / lanes * spec_.gates * lanes + unit % lanes] * carry[i * padded_ + unit];
      }
    }
  }
}

// dU += h^T dz of the pending positions: a state position is its packed position moved by a
// constant.
template <class Real>
void RecurrentLayer<Real>::add_pending(const PlanBlock& block, Scratch& scratch, Pending& pending,
                                       Real* du, Real* dbh) {
  const int64_t width = gate_width(), rows = pending.high - pending.low;
  if (rows == 0) return;
  const Real* dzh = two_gradients()
                        ? scratch.dzh.data() + (kPendingRows + block.rows - rows) * width
                        : gates_.data() + pending.low * width;
  kernel_->outer(OuterArgs<Real>{
      .rows = rows,
      .a_columns = units_,
      .d_columns = width,
      .a = states_.data() + (pending.low + block.state_first - block.first) * padded_,
      .a_stride = padded_,
      .d = dzh,
      .d_stride = width,
      .c = du,
      .c_stride = width,
      .sums = spec_.has_recurrent_bias ? dbh : nullptr,
      .near = true});
  pending.high = pending.low;
}

// dU = h^T dz of all steps, block by block.
template <class Real>
void RecurrentLayer<Real>::multiply_recurrent() {
  const int64_t width = gate_width();
  const Real* dzh = two_gradients() ? dzh_.data() : gates_.data();
  pieces_.clear();
  const auto add = [&](const PlanBlock& block) {
    pieces_.push_back({.rows = block.offset[static_cast<size_t>(block.steps)],
                       .a = states_.data() + block.state_first * padded_,
                       .d = dzh + block.first * width});
  };
  for (const PlanBlock& block : plan_.blocks()) add(block);
  if (plan_.prefix_block().steps > 0) add(plan_.prefix_block());
  Real* du = this->weights_[kRecurrent].grad.data();
  const int64_t columns = spec_.gates * units_;
  parallel_outer<Real>(*kernel_,
                       {.a_columns = units_,
                        .d_columns = width,
                        .a_stride = padded_,
                        .d_stride = width,
                        .sums = spec_.has_recurrent_bias ? dbh_blocks_.data() : nullptr},
                       pieces_, outer_memory_,
                       [&](int64_t m, int64_t first, int64_t count, const Real* from) {
                         put_columns(from, first, count, kAllGates, du + m * columns);
                       });
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
