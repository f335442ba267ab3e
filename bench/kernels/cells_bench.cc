// SPDX-License-Identifier: MIT
// One step of every cell that is no variant: forward (product with U and equations in one pass,
// what backward needs kept) and backward (equations alone; its products are those of
// kernels_bench.cc).
#include <benchmark/benchmark.h>

#include <string>

#include "cells/cell_kernels.h"
#include "kernels/kernels.h"
#include "support.h"

namespace {

using benchmark::State;

struct Sizes {
  Sizes(const eddy::CellSpec& cell, const State& state)
      : H(state.range(0)),
        rows(state.range(1)),
        lanes(eddy::kernels<float>().lanes),
        padded((H + lanes - 1) / lanes * lanes),
        gates(rows * cell.gates * padded),
        states(rows * cell.states * padded),
        extra(rows * cell.extra * padded) {}
  int64_t H, rows, lanes, padded;
  int64_t gates, states, extra;  // numbers of each in a step
};

void forward(State& state, const eddy::CellSpec& cell) {
  const Sizes size(cell, state);
  const int64_t width = cell.gates * size.padded;
  const auto u = bench::random_matrix(size.H, width, size.lanes,
                                      eddy::blocks_per_panel(cell.gates) * cell.gates);
  const auto zx = bench::random_floats(size.gates), prev = bench::random_floats(size.states);
  const auto bias = bench::zeros(width);
  auto next = bench::zeros(size.states), gates = bench::zeros(size.gates);
  auto extra = bench::zeros(size.extra);
  eddy::ForwardArgs<float> args;
  args.rows = size.rows;
  args.units = size.H;
  args.padded_units = size.padded;
  args.gates_per_unit = cell.gates;
  args.zx = zx.data();
  args.recurrent_bias = cell.has_recurrent_bias ? bias.data() : nullptr;
  args.u = &u;
  args.prev = prev.data();
  args.next = next.data();
  args.prev_stride = args.next_stride = size.rows * size.padded;
  args.gates = gates.data();
  args.extra = extra.data();
  const auto kernel = eddy::cell_kernels<float>(cell.name);
  for (auto _ : state) {
    kernel.forward(args);
    benchmark::ClobberMemory();
  }
  bench::count(state, 2 * size.rows * size.H * width,
               size.H * width + 2 * size.gates + 2 * size.states + size.extra);
}

// On zeros: its results take the place of its inputs, and from other numbers a thousand calls would
// lead to denormal ones.
void backward(State& state, const eddy::CellSpec& cell) {
  const Sizes size(cell, state);
  auto gates = bench::zeros(size.gates), dzh = bench::zeros(size.gates);
  auto dstate = bench::zeros(size.states);
  const auto extra = bench::zeros(size.extra), prev = bench::zeros(size.states);
  const auto next = bench::zeros(size.states);
  eddy::BackwardArgs<float> args;
  args.rows = size.rows;
  args.units = size.H;
  args.padded_units = size.padded;
  args.lanes = size.lanes;
  args.gates = gates.data();
  args.extra = extra.data();
  args.prev = prev.data();
  args.next = next.data();
  args.dstate = dstate.data();
  args.prev_stride = args.dstate_stride = size.rows * size.padded;
  args.dzh = dzh.data();
  const auto kernel = eddy::cell_kernels<float>(cell.name);
  for (auto _ : state) {
    kernel.backward(args);
    benchmark::ClobberMemory();
  }
  const int64_t gradients = cell.apart < cell.gates ? 2 : 1;
  bench::count(state, 0, (1 + gradients) * size.gates + 3 * size.states + size.extra);
}

}  // namespace

void register_cells() {
  for (const auto& cell : eddy::all_cells()) {
    if (*cell.variant_of != '\0') continue;
    for (const auto& [name, function] :
         {std::pair{"forward/", &forward}, {"backward/", &backward}}) {
      benchmark::RegisterBenchmark((name + std::string(cell.name)).c_str(), function, cell)
          ->ArgNames({"H", "rows"})
          ->ArgsProduct({{32, 128, 512, 1024}, {16, 64}});
    }
  }
}
