// SPDX-License-Identifier: MIT
// x W + b before the walk or during it: of the distinct ids at once where the input is a lookup,
// else of a few steps at a time, which the walk reads while they are near.
#include <algorithm>

#include "core/fetch.h"
#include "core/processor.h"
#include "core/threads.h"
#include "layers/products.h"
#include "layers/recurrent.h"

namespace eddy {
namespace {

// Rows that are projected at a time, unless a single step has more: few enough for the second
// cache, many enough to share every panel of W.
constexpr int64_t kProjectedRows = 128;

// Fewer than a tile of rows, whose sums would wait for W from the second cache.
constexpr int64_t kFewRows = 3;

}  // namespace

// Where W and U stay in the second cache together, x W is added up in the registers of the step: no
// zx goes to memory and comes back. But for a few rows all of W would come for every step: then
// it comes once for many. The sums are the same both ways.
template <class Real>
bool RecurrentLayer<Real>::walk_takes_input(const Signal<Real>& in) const {
  // Three quarters of it are theirs; of a large one no more has been measured.
  const int64_t most = std::min<int64_t>(second_cache_bytes() / 4 * 3, 3 << 18);
  const int64_t bytes = (features_ + units_) * gate_width() * static_cast<int64_t>(sizeof(Real));
  return !in.lookup && !input_dropout_ && !by_gates_ && bytes <= most && in.batch() > kFewRows;
}

template <class Real>
void RecurrentLayer<Real>::project(const Signal<Real>& in, bool training) {
  input_ = &in;
  lookup_ = in.lookup.has_value() && !input_dropout_;
  if (!lookup_) {
    if (training) inputs_.resize(static_cast<size_t>(plan_.positions() * copies_ * features_));
  } else if (training) {
    project_ids(*in.lookup);
  } else {
    project_new_rows(*in.lookup);
  }
}

template <class Real>
void RecurrentLayer<Real>::project_ids(const Lookup<Real>& lookup) {
  groups_.find(lookup.ids, plan_.positions(), lookup.rows, plan_.cells().data());
  const int64_t n = groups_.count();
  zx_index_ = groups_.index();
  inputs_.resize(static_cast<size_t>(n * features_));
  zx_.resize(static_cast<size_t>(n * gate_width()));
  const ProductArgs<Real> all{.rows = n,
                              .a = inputs_.data(),
                              .a_stride = features_,
                              .b = &w_,
                              .bias = bias_columns_.data(),
                              .c = zx_.data(),
                              .c_stride = gate_width()};
  parallel_product(*kernel_, all, [&](int64_t first, int64_t rows) {
    if (first == 0) groups_.list_members();  // for backward, beside the other tasks
    constexpr int64_t kAhead = 8;
    const auto row = [&](int64_t i) {
      return lookup.table + groups_.ids()[static_cast<size_t>(i)] * features_;
    };
    for (int64_t i = first; i < first + rows; ++i) {
      if (i + kAhead < first + rows) fetch(row(i + kAhead), features_);
      std::copy_n(row(i), features_, inputs_.data() + i * features_);
    }
  });
}

// Inference: the rows of earlier calls stand in zx_ already.
template <class Real>
void RecurrentLayer<Real>::project_new_rows(const Lookup<Real>& lookup) {
  memory_.look_up(lookup, plan_.cells().data(), plan_.positions(), features_,
                  (gate_width() + features_) * static_cast<int64_t>(sizeof(Real)));
  zx_index_ = memory_.index();
  zx_.resize(static_cast<size_t>(memory_.capacity() * gate_width()));
  const int64_t first = memory_.first_new();
  parallel_product(*kernel_, ProductArgs<Real>{.rows = memory_.rows() - first,
                                               .a = memory_.inputs() + first * features_,
                                               .a_stride = features_,
                                               .b = &w_,
                                               .bias = bias_columns_.data(),
                                               .c = zx_.data() + first * gate_width(),
                                               .c_stride = gate_width()});
  memory_.rows_are_there();
}

// What a step begins with, x W + b, as it is there or is made.
template <class Real>
void RecurrentLayer<Real>::give_input(ForwardArgs<Real>& args, const PlanBlock& block, int64_t step,
                                      bool alone, Scratch& scratch, bool training) {
  const int64_t position = block.first + block.offset[static_cast<size_t>(step)];
  if (lookup_) {
    args.zx = zx_.data();
    args.zx_index = zx_index_ + position;
    if (step + 1 < block.steps) {
      args.next_index = zx_index_ + block.first + block.offset[static_cast<size_t>(step) + 1];
      args.next_rows = block.active[static_cast<size_t>(step) + 1];
    }
  } else if (walk_multiplies_input_) {
    args.zx = bias_columns_.data();
    const InputRows x = inputs_of(position, args.rows, scratch, training);
    args.x = x.at;
    args.x_stride = x.stride;
    args.features = features_;
    args.w = &w_;
  } else {
    if (step == 0 || scratch.zx_given == scratch.zx_rows) {
      project_steps(block, step, alone, scratch, training);
    }
    args.zx = scratch.zx.data() + scratch.zx_given * gate_width();
    scratch.zx_given += args.rows;
  }
}

// From `step` on, as many as belong together, into scratch.zx.
template <class Real>
void RecurrentLayer<Real>::project_steps(const PlanBlock& block, int64_t step, bool alone,
                                         Scratch& scratch, bool training) {
  const auto active = [&](int64_t s) { return int64_t{block.active[static_cast<size_t>(s)]}; };
  int64_t end = step + 1, rows = active(step);
  while (end < block.steps && rows + active(end) <= kProjectedRows) rows += active(end++);
  const int64_t inputs = copies_ * features_;
  scratch.zx_given = 0;
  scratch.zx_rows = rows;
  scratch.zx.resize(static_cast<size_t>(rows * gate_width()));
  const InputRows x = inputs_of_steps(block, step, end, rows, scratch, training);
  const ProductArgs<Real> all{.rows = rows,
                              .a = x.at,
                              .a_stride = x.stride,
                              .b = &w_,
                              .bias = bias_columns_.data(),
                              .c = scratch.zx.data(),
                              .c_stride = gate_width()};
  for_parts(alone && rows * inputs * gate_width() >= kWorthAllThreads,
            [&](int64_t part, int64_t parts) {
              ProductArgs<Real> share = all;
              share.part = part;
              share.parts = parts;
              kernel_->product(share);
            });
}

// [rows, copies * X] of the steps [step, end), side by side. Those of a share, which training alone
// has, stand apart among the kept ones.
template <class Real>
auto RecurrentLayer<Real>::inputs_of_steps(const PlanBlock& block, int64_t step, int64_t end,
                                           int64_t rows, Scratch& scratch, bool training)
    -> InputRows {
  const auto position = [&](int64_t s) {
    return block.first + block.offset[static_cast<size_t>(s)];
  };
  const bool side_by_side = position(end) - position(step) == rows;
  if (side_by_side) return inputs_of(position(step), rows, scratch, training);
  const int64_t inputs = copies_ * features_;
  scratch.inputs.resize(static_cast<size_t>(rows * inputs));
  Real* to = scratch.inputs.data();
  for (int64_t s = step; s < end; ++s) {
    const int64_t active = block.active[static_cast<size_t>(s)];
    std::copy_n(inputs_of(position(s), active, scratch, training).at, active * inputs, to);
    to += active * inputs;
  }
  return {scratch.inputs.data(), inputs};
}

// [rows, copies * X] of packed positions; kept for the gradient of W in training.
template <class Real>
auto RecurrentLayer<Real>::inputs_of(int64_t position, int64_t rows, Scratch& scratch,
                                     bool training) -> InputRows {
  const int64_t inputs = copies_ * features_;
  if (!training) {
    const InputRows there = where_they_stand(position, rows);
    if (there.at != nullptr) return there;
    scratch.inputs.resize(static_cast<size_t>(rows * inputs));
  }
  Real* to = training ? inputs_.data() + position * inputs : scratch.inputs.data();
  const int32_t* cells = plan_.cells().data() + position;
  for_row_pieces(rows, inputs, [&](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) {
      if (input_dropout_) {
        write_masked_input(cells[i], to + i * inputs);
      } else {
        std::copy_n(input_->value + cells[i] * features_, features_, to + i * features_);
      }
    }
  });
  return {to, inputs};
}

// The rows of a step in the batch, if each is as far from the next: those of sequences of one
// length are. At null where they have to be copied: pages apart they would push each other out of
// the nearest cache.
template <class Real>
auto RecurrentLayer<Real>::where_they_stand(int64_t position, int64_t rows) const -> InputRows {
  constexpr int64_t kPage = 4096 / sizeof(Real);
  const int32_t* cells = plan_.cells().data() + position;
  const int64_t apart = rows > 1 ? cells[1] - cells[0] : 1;
  if (apart * features_ % kPage == 0) return {};
  for (int64_t i = 2; i < rows; ++i) {
    if (cells[i] - cells[i - 1] != apart) return {};
  }
  return {input_->value + cells[0] * features_, apart * features_};
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
