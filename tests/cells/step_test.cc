// SPDX-License-Identifier: MIT
// One step of every cell, for every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "cells/cell_kernels.h"
#include "core/random.h"
#include "every_target.h"
#include "kernels/kernels.h"

namespace eddy {
namespace {

struct Sizes {
  int64_t rows, features, units;
};

template <class Real>
class Step {
 public:
  Step(const CellSpec& spec, const Sizes& sizes)
      : kernel_(kernels<Real>()), cell_(cell_kernels<Real>(spec.name)), spec_(spec), sizes_(sizes) {
    const int64_t lanes = cell_.lanes;
    padded_ = (sizes.units + lanes - 1) / lanes * lanes;
    width_ = spec.gates * padded_;
    x_ = values(sizes.rows * sizes.features);
    bias_ = values(width_);
    recurrent_bias_ = values(width_);
    vectors_ = values(kMostPeepholes * padded_);
    prev_ = values(spec.states * sizes.rows * padded_);
    w_ = values(sizes.features * width_);
    const auto u = values(sizes.units * width_);
    pack<Real>({u.data(), width_, 1}, sizes.units, width_, lanes, panel(), u_);
  }

  // States, gates and extra values of the step, one behind the other.
  //   one_by_one  a call for each row; every other with the last units first
  std::vector<Real> with_input_inside(bool one_by_one = false) {
    PackedMatrix<Real> w;
    pack<Real>({w_.data(), width_, 1}, sizes_.features, width_, cell_.lanes, panel(), w);
    ForwardArgs<Real> args;
    args.zx = bias_.data();
    args.x = x_.data();
    args.features = args.x_stride = sizes_.features;
    args.w = &w;
    return run(args, one_by_one);
  }
  std::vector<Real> with_input_before(bool one_by_one = false) {
    PackedMatrix<Real> w;
    pack<Real>({w_.data(), width_, 1}, sizes_.features, width_, cell_.lanes,
               suitable_panel(width_, cell_.lanes), w);
    Buffer<Real> zx;
    zx.resize(static_cast<size_t>(sizes_.rows * width_));
    kernel_.product({.rows = sizes_.rows,
                     .a = x_.data(),
                     .a_stride = sizes_.features,
                     .b = &w,
                     .bias = bias_.data(),
                     .c = zx.data(),
                     .c_stride = width_});
    ForwardArgs<Real> args;
    args.zx = zx.data();
    return run(args, one_by_one);
  }
  // States of the first row, as a stream takes it.
  std::vector<Real> of_a_stream(bool last_block_first) {
    PackedMatrix<Real> w;
    pack<Real>({w_.data(), width_, 1}, sizes_.features, width_, cell_.lanes, panel(), w);
    Buffer<Real> next;
    next.resize_zeroed(static_cast<size_t>(spec_.states * padded_));
    ForwardArgs<Real> args = args_of({});
    args.rows = 1;
    args.zx = bias_.data();
    args.features = args.x_stride = sizes_.features;
    args.w = &w;
    args.next_stride = padded_;
    cell_.step(args, x_.data(), prev_.data(), next.data(), last_block_first);
    return {next.begin(), next.end()};
  }

 private:
  int64_t panel() const { return spec_.gates * blocks_per_panel(spec_.gates); }

  Buffer<Real> values(int64_t n) {
    Buffer<Real> to;
    to.resize(static_cast<size_t>(n));
    std::generate(to.begin(), to.end(), [&] { return static_cast<Real>(random_.uniform(-1, 1)); });
    return to;
  }

  ForwardArgs<Real> args_of(ForwardArgs<Real> args) const {
    args.rows = sizes_.rows;
    args.units = sizes_.units;
    args.padded_units = padded_;
    args.gates_per_unit = spec_.gates;
    args.vectors = vectors_.data();
    args.recurrent_bias = spec_.has_recurrent_bias ? recurrent_bias_.data() : nullptr;
    args.u = &u_;
    args.prev = prev_.data();
    args.prev_stride = sizes_.rows * padded_;
    return args;
  }

  std::vector<Real> run(ForwardArgs<Real> args, bool one_by_one) {
    const int64_t state = sizes_.rows * padded_;
    Buffer<Real> results;
    results.resize_zeroed(static_cast<size_t>((spec_.states + spec_.gates + spec_.extra) * state));
    args = args_of(args);
    args.next = results.data();
    args.next_stride = state;
    args.gates = args.next + spec_.states * state;
    args.extra = args.gates + spec_.gates * state;
    if (one_by_one) {
      for (int64_t row = 0; row < sizes_.rows; ++row) cell_.forward(row_of(args, row));
    } else {
      cell_.forward(args);
    }
    return {results.begin(), results.end()};
  }

  ForwardArgs<Real> row_of(ForwardArgs<Real> args, int64_t row) const {
    args.rows = 1;
    args.last_block_first = row % 2 != 0;
    if (args.x != nullptr) {
      args.x += row * args.x_stride;
    } else {
      args.zx += row * width_;
    }
    args.prev += row * padded_;
    args.next += row * padded_;
    args.gates += row * width_;
    args.extra += row * spec_.extra * padded_;
    return args;
  }

  const Kernels<Real>& kernel_;
  CellKernels<Real> cell_;
  const CellSpec& spec_;
  Sizes sizes_;
  Random random_{7};
  int64_t padded_ = 0, width_ = 0;
  Buffer<Real> x_, bias_, recurrent_bias_, vectors_, prev_, w_;
  PackedMatrix<Real> u_;
};

template <class Real>
void expect_the_same_bits() {
  for (const CellSpec& spec : all_cells()) {
    if (spec.scaled_gate >= 0) continue;  // its products are made outside
    for (const Sizes& sizes : {Sizes{1, 3, 5}, {7, 40, 33}, {16, 17, 64}, {5, 9, 300}}) {
      Step<Real> step(spec, sizes);
      const auto inside = step.with_input_inside();
      EXPECT_EQ(inside, step.with_input_before()) << spec.name << " " << sizes.units;
      EXPECT_NE(std::count(inside.begin(), inside.end(), Real{0}),
                static_cast<int64_t>(inside.size()));
    }
  }
}

// A layer takes the one or the other by the size of the machine's cache.
TEST_P(EveryTarget, InputInsideTheStepGivesTheBitsOfItsProductBefore) {
  expect_the_same_bits<float>();
  expect_the_same_bits<double>();
}

// A row alone takes another way through the panels: predict of one sequence must not differ from
// that of many.
template <class Real>
void expect_the_bits_of_rows_together() {
  for (const CellSpec& spec : all_cells()) {
    if (spec.scaled_gate >= 0) continue;
    for (const Sizes& sizes : {Sizes{4, 3, 5}, {7, 40, 33}, {6, 17, 64}, {5, 9, 300}}) {
      Step<Real> step(spec, sizes);
      EXPECT_EQ(step.with_input_inside(), step.with_input_inside(true))
          << spec.name << " " << sizes.units;
      EXPECT_EQ(step.with_input_before(), step.with_input_before(true))
          << spec.name << " " << sizes.units;
    }
  }
}

TEST_P(EveryTarget, RowsOneByOneGiveTheBitsOfAllTogether) {
  expect_the_bits_of_rows_together<float>();
  expect_the_bits_of_rows_together<double>();
}

// Every other step of a stream takes the units from the last to the first.
template <class Real>
void expect_the_same_bits_in_both_orders() {
  for (const CellSpec& spec : all_cells()) {
    if (spec.scaled_gate >= 0) continue;
    for (const int64_t units : {5, 33, 40, 60, 100, 300}) {
      Step<Real> step(spec, {3, 7, units});
      EXPECT_EQ(step.of_a_stream(false), step.of_a_stream(true)) << spec.name << " " << units;
    }
  }
}

TEST_P(EveryTarget, AStreamHasTheSameBitsInBothOrdersOfUnits) {
  expect_the_same_bits_in_both_orders<float>();
  expect_the_same_bits_in_both_orders<double>();
}

}  // namespace
}  // namespace eddy
