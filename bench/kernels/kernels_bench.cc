// SPDX-License-Identifier: MIT
// The kernels of src/kernels alone: products at the sizes of the IMDB network and of wide layers,
// sums at the sizes of each cache, activations.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "kernels/kernels.h"
#include "support.h"

namespace {

using benchmark::State;

void product(State& state) {
  const int64_t rows = state.range(0), K = state.range(1), columns = state.range(2);
  const auto& kernel = eddy::kernels<float>();
  const auto a = bench::random_floats(rows * K);
  const auto b =
      bench::random_matrix(K, columns, kernel.lanes, eddy::suitable_panel(columns, kernel.lanes));
  auto c = bench::zeros(rows * columns);
  for (auto _ : state) {
    kernel.product(
        {.rows = rows, .a = a.data(), .a_stride = K, .b = &b, .c = c.data(), .c_stride = columns});
    benchmark::ClobberMemory();
  }
  bench::count(state, 2 * rows * K * columns, rows * K + K * columns + rows * columns);
}
// As a projection x W (K features, G H columns), and as dh += dz U^T (K = G H).
BENCHMARK(product)
    ->ArgNames({"rows", "K", "columns"})
    ->Args({16, 128, 32})
    ->Args({192, 32, 32})
    ->Args({192, 32, 128})
    ->Args({64, 128, 512})
    ->Args({64, 512, 128})
    ->Args({64, 512, 2048})
    ->Args({64, 2048, 512});

void outer(State& state) {
  const int64_t rows = state.range(0), m = state.range(1), n = state.range(2);
  const auto a = bench::random_floats(rows * m), d = bench::random_floats(rows * n);
  auto c = bench::zeros(m * n);
  for (auto _ : state) {
    eddy::kernels<float>().outer({.rows = rows,
                                  .a_columns = m,
                                  .d_columns = n,
                                  .a = a.data(),
                                  .a_stride = m,
                                  .d = d.data(),
                                  .d_stride = n,
                                  .c = c.data(),
                                  .c_stride = n});
    benchmark::ClobberMemory();
  }
  bench::count(state, 2 * rows * m * n, rows * (m + n) + 2 * m * n);
}
BENCHMARK(outer)
    ->ArgNames({"rows", "a", "d"})
    ->Args({128, 32, 32})
    ->Args({128, 32, 128})
    ->Args({128, 128, 512})
    ->Args({128, 512, 2048});

// y += x, the measure of bandwidth: 2 reads and a write. Some floats lie between x and y: whole
// pages apart, a read of the one would wait for the write of the other.
void add(State& state) {
  const int64_t n = state.range(0) * 1024 / 8;
  const auto x = bench::random_floats(n + 512);
  auto y = bench::zeros(n);
  for (auto _ : state) {
    eddy::kernels<float>().add(n, x.data(), y.data());
    benchmark::ClobberMemory();
  }
  bench::count(state, n, 3 * n);
}
BENCHMARK(add)->ArgName("KiB")->Arg(16)->Arg(256)->Arg(8 << 10)->Arg(256 << 10);

// Rows picked from a table: gradients of the positions that hold the same word.
void sum_rows(State& state) {
  const int64_t width = state.range(0), rows = state.range(1), count = 100;
  const auto table = bench::random_floats(rows * width);
  std::vector<int32_t> members(static_cast<size_t>(rows));
  std::iota(members.begin(), members.end(), 0);
  eddy::Random(1).shuffle(members);
  auto sum = bench::zeros(width);
  int64_t first = 0;
  for (auto _ : state) {
    eddy::kernels<float>().sum_rows(table.data(), width, members.data() + first, count, count,
                                    sum.data());
    benchmark::ClobberMemory();
    first = first + 2 * count <= rows ? first + count : 0;
  }
  bench::count(state, count * width, (count + 1) * width);
}
BENCHMARK(sum_rows)
    ->ArgNames({"width", "rows"})
    ->Args({32, 200})
    ->Args({128, 200})
    ->Args({128, 40000});

void activate(State& state, eddy::ActivationKind kind) {
  const int64_t n = 4096;
  const auto x = bench::random_floats(n);
  auto y = bench::zeros(n);
  for (auto _ : state) {
    eddy::kernels<float>().activate(kind, n, x.data(), y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * n);
  bench::count(state, 0, 2 * n);
}
BENCHMARK_CAPTURE(activate, sigmoid, eddy::ActivationKind::sigmoid);
BENCHMARK_CAPTURE(activate, tanh, eddy::ActivationKind::tanh);
BENCHMARK_CAPTURE(activate, relu, eddy::ActivationKind::relu);
BENCHMARK_CAPTURE(activate, elu, eddy::ActivationKind::elu);
BENCHMARK_CAPTURE(activate, gelu, eddy::ActivationKind::gelu);

void activate_backward(State& state, eddy::ActivationKind kind) {
  const int64_t n = 4096;
  const auto y = bench::random_floats(n), dy = bench::random_floats(n);
  auto dx = bench::zeros(n);
  for (auto _ : state) {
    eddy::kernels<float>().activate_backward(kind, n, y.data(), dy.data(), dx.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * n);
  bench::count(state, 0, 3 * n);
}
BENCHMARK_CAPTURE(activate_backward, sigmoid, eddy::ActivationKind::sigmoid);
BENCHMARK_CAPTURE(activate_backward, tanh, eddy::ActivationKind::tanh);
BENCHMARK_CAPTURE(activate_backward, gelu, eddy::ActivationKind::gelu);

}  // namespace
