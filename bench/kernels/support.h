// SPDX-License-Identifier: MIT
// What the kernel benchmarks share: memory with numbers in it, and the counters of a roofline.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

#include "core/buffer.h"
#include "core/random.h"
#include "kernels/packed.h"

namespace bench {

// In [-1, 1]: no denormal numbers, whose products take a slow path.
inline eddy::Buffer<float> random_floats(int64_t n) {
  eddy::Random random(1);
  eddy::Buffer<float> values(static_cast<size_t>(n));
  for (float& v : values) v = static_cast<float>(random.uniform(-1, 1));
  return values;
}

inline eddy::Buffer<float> zeros(int64_t n) {
  eddy::Buffer<float> values;
  values.resize_zeroed(static_cast<size_t>(n));
  return values;
}

inline eddy::PackedMatrix<float> random_matrix(int64_t rows, int64_t columns, int64_t lanes,
                                               int64_t panel_vectors) {
  const auto values = random_floats(rows * columns);
  eddy::PackedMatrix<float> packed;
  eddy::pack<float>({values.data(), columns, 1}, rows, columns, lanes, panel_vectors, packed);
  return packed;
}

// `flop` and `floats` of one iteration: every operand read once, every result written once (what
// is added to is both). Rates a second are printed; FLOP / bytes is the intensity of the roofline.
inline void count(benchmark::State& state, int64_t flop, int64_t floats) {
  state.SetBytesProcessed(state.iterations() * floats * static_cast<int64_t>(sizeof(float)));
  if (flop == 0) return;
  state.counters["FLOPS"] =
      benchmark::Counter(static_cast<double>(flop), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace bench
