// SPDX-License-Identifier: MIT
// Compiled once per instruction set: the compiler's own vectors of four doubles become what each of
// them has, without a fused multiply-add, so that all give the same bits.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/projections.cc"
#include "kernels/simd.h"
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include <cstring>

#include "hwy/highway.h"
#include "kernels/projections.h"

EDDY_SIMD_BEGIN

using Four = double __attribute__((vector_size(kProjectionLanes * sizeof(double))));

// E vectors taken away from V at once: each number that is loaded serves several times.
template <int E, int V>
HWY_NOINLINE void remove(int64_t length, const double* q, double* x) {
  Four sum[E][V] = {};
  for (int64_t i = 0; i < length; i += kProjectionLanes) {
    Four right[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) std::memcpy(&right[v], x + v * length + i, sizeof(Four));
#pragma GCC unroll 4
    for (int e = 0; e < E; ++e) {
      Four left;
      std::memcpy(&left, q + e * length + i, sizeof(Four));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[e][v] += left * right[v];
    }
  }
  double part[E][V];
  for (int e = 0; e < E; ++e) {
    for (int v = 0; v < V; ++v) {
      part[e][v] = (sum[e][v][0] + sum[e][v][1]) + (sum[e][v][2] + sum[e][v][3]);
    }
  }
  for (int64_t i = 0; i < length; i += kProjectionLanes) {
    Four rest[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) std::memcpy(&rest[v], x + v * length + i, sizeof(Four));
#pragma GCC unroll 4
    for (int e = 0; e < E; ++e) {
      Four left;
      std::memcpy(&left, q + e * length + i, sizeof(Four));
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) rest[v] -= part[e][v] * left;
    }
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) std::memcpy(x + v * length + i, &rest[v], sizeof(Four));
  }
}

template <int V>
void remove_all(int64_t length, int64_t q_count, const double* q, double* x) {
  int64_t j = 0;
  for (; j + 4 <= q_count; j += 4) remove<4, V>(length, q + j * length, x);
  for (; j < q_count; ++j) remove<1, V>(length, q + j * length, x);
}

void remove_from(int64_t length, int64_t q_count, const double* q, int64_t x_count, double* x) {
  int64_t v = 0;
  for (; v + 2 <= x_count; v += 2) remove_all<2>(length, q_count, q, x + v * length);
  for (; v < x_count; ++v) remove_all<1>(length, q_count, q, x + v * length);
}
EDDY_SIMD_END;

#if HWY_ONCE
#include "kernels/table.h"

namespace eddy {
HWY_EXPORT(remove_from);

void remove_projections(int64_t length, int64_t q_count, const double* q, int64_t x_count,
                        double* x) {
  HWY_DISPATCH_TABLE(remove_from)[simd_table_index()](length, q_count, q, x_count, x);
}
}  // namespace eddy
#endif
