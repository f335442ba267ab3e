// SPDX-License-Identifier: MIT
// The activations of gates, for every instruction set: their accuracy, over all arguments.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cells/cell_kernels.h"
#include "core/buffer.h"
#include "every_target.h"
#include "kernels/packed.h"

namespace eddy {
namespace {

// The gates i, f, g, o that an LSTM of one unit keeps for each argument.
class LstmGates {
 public:
  explicit LstmGates(const std::vector<float>& arguments)
      : cell_(cell_kernels<float>("lstm")), lanes_(cell_.lanes) {
    const auto rows = static_cast<int64_t>(arguments.size());
    const int64_t width = 4 * lanes_;
    Buffer<float> zx, states, next;
    zx.resize(static_cast<size_t>(rows * width));
    for (int64_t i = 0; i < rows * width; ++i) {
      zx[static_cast<size_t>(i)] = arguments[static_cast<size_t>(i / width)];
    }
    states.resize_zeroed(static_cast<size_t>(2 * rows * lanes_));
    next.resize_zeroed(states.size());
    kept_.resize_zeroed(zx.size());
    const std::vector<float> zeros(static_cast<size_t>(width));
    PackedMatrix<float> u;
    pack<float>({zeros.data(), width, 1}, 1, width, lanes_, 4 * blocks_per_panel(4), u);
    ForwardArgs<float> args;
    args.rows = rows;
    args.units = 1;
    args.padded_units = lanes_;
    args.gates_per_unit = 4;
    args.zx = zx.data();
    args.u = &u;
    args.prev = states.data();
    args.next = next.data();
    args.prev_stride = args.next_stride = rows * lanes_;
    args.gates = kept_.data();
    cell_.forward(args);
  }

  double at(size_t row, int64_t gate) const {
    return kept_[row * static_cast<size_t>(4 * lanes_) + static_cast<size_t>(gate * lanes_)];
  }

 private:
  CellKernels<float> cell_;
  int64_t lanes_;
  Buffer<float> kept_;
};

// One step of a stream of one unit whose carry is 1: the last state that it leaves, where only
// `gate` sees the argument.
class StreamStep {
 public:
  StreamStep(const char* name, int64_t gate)
      : spec_(find_cell(name)), cell_(cell_kernels<float>(name)) {
    const int64_t lanes = cell_.lanes, width = spec_.gates * lanes;
    const int64_t panel = spec_.gates * blocks_per_panel(spec_.gates);
    std::vector<float> weights(static_cast<size_t>(width));
    pack<float>({weights.data(), width, 1}, 1, width, lanes, panel, u_);
    std::fill_n(weights.begin() + gate * lanes, lanes, 1.0F);
    pack<float>({weights.data(), width, 1}, 1, width, lanes, panel, w_);
    bias_.resize_zeroed(static_cast<size_t>(width));
    states_.resize_zeroed(static_cast<size_t>(2 * spec_.states * lanes));
    states_[static_cast<size_t>(lanes)] = 1;
    args_.rows = args_.units = args_.features = 1;
    args_.padded_units = args_.prev_stride = args_.next_stride = lanes;
    args_.gates_per_unit = spec_.gates;
    args_.zx = bias_.data();
    args_.u = &u_;
    args_.w = &w_;
  }

  double at(float x) {
    float* next = states_.data() + spec_.states * cell_.lanes;
    cell_.step(args_, &x, states_.data(), next, false);
    return next[(spec_.states - 1) * cell_.lanes];
  }

 private:
  CellSpec spec_;
  CellKernels<float> cell_;
  PackedMatrix<float> u_, w_;
  Buffer<float> bias_, states_;
  ForwardArgs<float> args_;
};

TEST_P(EveryTarget, ActivationsOfAStreamAreAsAccurate) {
  StreamStep lstm("lstm", find_cell("lstm").forget_gate);  // c = f c', with g = 0
  StreamStep simple_rnn("simple_rnn", 0);
  for (int i = -40000; i <= 40000; ++i) {
    const float x = static_cast<float>(i) / 1000;
    ASSERT_NEAR(lstm.at(x), 1 / (1 + std::exp(-double{x})), 3e-7) << x;
    const double tangent = std::tanh(double{x});
    ASSERT_NEAR(simple_rnn.at(x), tangent, 6e-7 * std::fabs(tangent)) << x;
  }
  constexpr float kLargest = std::numeric_limits<float>::max();
  EXPECT_NEAR(lstm.at(-kLargest), 0, 3e-7);
  EXPECT_NEAR(simple_rnn.at(kLargest), 1, 6e-7);
  EXPECT_TRUE(std::isnan(lstm.at(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_TRUE(std::isnan(simple_rnn.at(std::numeric_limits<float>::quiet_NaN())));
}

TEST_P(EveryTarget, GatesAreAsAccurateAsTheySay) {
  std::vector<float> arguments;
  for (int i = -40000; i <= 40000; ++i) arguments.push_back(static_cast<float>(i) / 1000);
  const LstmGates gates(arguments);
  for (size_t row = 0; row < arguments.size(); ++row) {
    const double x = arguments[row], sigmoid = 1 / (1 + std::exp(-x));
    for (const int64_t gate : {0, 1, 3}) ASSERT_NEAR(gates.at(row, gate), sigmoid, 3e-7) << x;
    ASSERT_NEAR(gates.at(row, 2), std::tanh(x), 6e-7 * std::fabs(std::tanh(x))) << x;
  }
}

TEST_P(EveryTarget, GatesOfEndlessNumbersAreTheirLimits) {
  constexpr float kEndless = std::numeric_limits<float>::infinity();
  const LstmGates gates({kEndless, -kEndless, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_NEAR(gates.at(0, 0), 1, 3e-7);
  EXPECT_NEAR(gates.at(1, 0), 0, 3e-7);
  EXPECT_NEAR(gates.at(0, 2), 1, 6e-7);
  EXPECT_NEAR(gates.at(1, 2), -1, 6e-7);
  for (int64_t gate = 0; gate < 4; ++gate) EXPECT_TRUE(std::isnan(gates.at(2, gate)));
}

}  // namespace
}  // namespace eddy
