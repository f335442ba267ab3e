// SPDX-License-Identifier: MIT
// The shared prefix: steps that are the same in all rows, left padding as a rule. They are walked
// once, as a single row. Such a step waits for itself more than it computes, so all of them go
// beside other work.
#include "layers/recurrent.h"

namespace eddy {

// Where the units of its single row are not for all threads.
template <class Real>
bool RecurrentLayer<Real>::prefix_is_a_task() const {
  return plan_.prefix_block().steps > 0 && !together_ && units_ * gate_width() < kWorthAllThreads;
}

template <class Real>
typename RecurrentLayer<Real>::Walk RecurrentLayer<Real>::prepare_prefix(bool training) {
  const PlanBlock& prefix = plan_.prefix_block();
  prefix_known_ = 0;
  if (training) return kept_walk(prefix);
  if (lookup_) {
    memory_.prepare_padding(prefix.first, prefix.steps, spec_.states, padded_);
  } else {
    memory_.prepare_other_padding(prefix.steps, spec_.states, padded_);
  }
  prefix_known_ = memory_.known_steps();
  state_positions_ = memory_.room();
  return {&prefix, memory_.states(), state_positions_ * padded_, true, padded_};
}

template <class Real>
void RecurrentLayer<Real>::walk_prefix(const Walk& walk, Scratch& scratch, bool training) {
  prefix_progress_.run([&] {
    if (prefix_known_ == 0) start_rows(walk, 0);
    for (int64_t s = prefix_known_; s < walk.block->steps; ++s) {
      prefix_progress_.reach(s);  // the states that enter step s are there
      step_forward(walk, s, scratch, training);
    }
  });
}

// The longest rows need nothing of the prefix, others wait for the step they start from.
template <class Real>
void RecurrentLayer<Real>::walk_prefix_and_blocks(bool training) {
  const auto walk_one = [&](int64_t b, int64_t worker) {
    walk_block(walked()[static_cast<size_t>(b)], workers_[static_cast<size_t>(worker)], training);
  };
  const PlanBlock& prefix = plan_.prefix_block();
  if (prefix.steps == 0) return for_blocks(walk_one);
  const Walk walk = prepare_prefix(training);
  prefix_states_ = walk.at(0);
  prefix_progress_.start();
  if (prefix_is_a_task() && prefix_known_ < prefix.steps) {
    const auto blocks = static_cast<int64_t>(walked().size());
    parallel_for(1 + blocks, [&](int64_t task, int64_t worker) {
      if (task > 0) return walk_one(task - 1, worker);
      walk_prefix(walk, workers_[static_cast<size_t>(worker)], training);
    });
  } else {
    walk_prefix(walk, workers_[0], training);
    for_blocks(walk_one);
  }
  if (!training) memory_.states_are_there(prefix.steps);
}

// dz of the prefix and, of a lookup, the sums of dz by id: only the ids of the prefix itself wait.
template <class Real>
void RecurrentLayer<Real>::back_prefix_and_sum_rows(const Real* dout) {
  const int64_t width = gate_width(), first = plan_.prefix_block().first;
  if (lookup_) dz_sums_.resize(static_cast<size_t>(groups_.count() * width));
  if (!lookup_ || !prefix_is_a_task()) {
    back_prefix(workers_[0], dout);
    if (lookup_) groups_.sum_rows(*kernel_, gates_.data(), width, dz_sums_.data());
    return;
  }
  const auto wait = [&](int64_t position) {
    if (position >= first) prefix_progress_.wait_for(1);
  };
  prefix_progress_.start();
  parallel_for(1 + groups_.sum_tasks(), [&](int64_t task, int64_t worker) {
    if (task > 0) {
      groups_.sum_task(task - 1, *kernel_, gates_.data(), width, dz_sums_.data(), wait);
      return;
    }
    prefix_progress_.run([&] { back_prefix(workers_[static_cast<size_t>(worker)], dout); });
  });
}

// The adjoints of all rows that started at a step enter there; the prefix itself runs once.
template <class Real>
void RecurrentLayer<Real>::back_prefix(Scratch& scratch, const Real* dout) {
  const PlanBlock& prefix = plan_.prefix_block();
  if (prefix.steps == 0) return;
  const int64_t width = gate_width(), B = plan_.rows();
  const auto number = static_cast<int64_t>(plan_.blocks().size());
  Real* du = du_share(number);
  Real* dv = dv_share(number);
  Real* dbh = dbh_share(number);
  scratch.dstate.resize_zeroed(static_cast<size_t>(spec_.states * padded_));
  if (two_gradients()) scratch.dzh.resize(static_cast<size_t>((kPendingRows + 1) * width));
  Pending pending{prefix.first + prefix.steps, prefix.first + prefix.steps};
  int64_t row = B;  // rows with a start after the step are done: starts grow with the sorted row
  for (int64_t s = prefix.steps - 1; s >= 0; --s) {
    for (; row > 0 && plan_.start(row - 1) > s; --row) {
      for (int state = 0; state < spec_.states; ++state) {
        kernel_->add(padded_, start_gradient_.data() + (state * B + row - 1) * padded_,
                     scratch.dstate.data() + state * padded_);
      }
    }
    if (options_.return_sequences && dout != nullptr) {
      for (int64_t r = row; r < B; ++r) {
        const Real* from = dout + (plan_.batch_row(r) * plan_.steps() + s) * units_;
        kernel_->add(units_, from, scratch.dstate.data());
      }
    }
    back_step(prefix, s, scratch, pending, du, dbh);
    add_vector_gradients(prefix, s, dv);
  }
  add_pending(prefix, scratch, pending, du, dbh);
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
