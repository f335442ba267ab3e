// SPDX-License-Identifier: MIT
// The micro-kernel of every product: R rows times one panel of P registers, all sums in registers.
// Letters: R rows, K summed axis, P registers of a panel.
#if defined(EDDY_KERNELS_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_KERNELS_TILE_INL_H_
#undef EDDY_KERNELS_TILE_INL_H_
#else
#define EDDY_KERNELS_TILE_INL_H_
#endif

#include <cstdint>

#include "kernels/lanes-inl.h"

EDDY_SIMD_BEGIN

// Rows of a tile: as many as the accumulators allow. More than twelve gain nothing.
template <class L>
constexpr int tile_rows(int panel_vectors) {
  const int rows = L::kAccumulators / panel_vectors;
  return rows > 12 ? 12 : (rows < 1 ? 1 : rows);
}

// Elements of a panel that stay in the nearest cache from one tile of rows to the next, at most. Of
// a longer one the rows that come `kRowsAhead` later are fetched while these are multiplied.
constexpr int64_t kNearPanel = 1 << 14, kRowsAhead = 8;

// Instruction sets of sixteen registers (AVX2, SSE4) run short of them, and of instructions a cycle
// where the processor's neighbours take theirs. `kLean` then spares both. Bits are the same.
template <class L>
constexpr bool kSixteenRegisters = L::kAccumulators <= 12;

// Adds a[r] times one row of the panel. A lean tile whose sums, row and one element of a are more
// than the registers keeps the elements of a instead: they are fewer.
template <class L, int R, int P, bool kLean>
HWY_INLINE void multiply_row(const typename L::Real* HWY_RESTRICT a, int64_t stride,
                             const typename L::Real* HWY_RESTRICT panel,
                             typename L::Reg (&sum)[R][P]) {
  using Reg = typename L::Reg;
  if constexpr (kLean && R < P && R * P + P + 1 > 16) {
    Reg x[R];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) x[r] = L::set(a[r * stride]);
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      const Reg b = L::load(panel + p * L::kLanes);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) sum[r][p] = L::fma(x[r], b, sum[r][p]);
    }
  } else {
    Reg b[P];
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) b[p] = L::load(panel + p * L::kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Reg x = L::set(a[r * stride]);
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) sum[r][p] = L::fma(x, b[p], sum[r][p]);
    }
  }
}

template <class L, int R, int P, bool kLean, bool kFetch>
HWY_INLINE void multiply_rows(const typename L::Real* HWY_RESTRICT a, int64_t stride,
                              const typename L::Real* HWY_RESTRICT panel, int64_t K,
                              typename L::Reg (&sum)[R][P]) {
  constexpr int64_t kWidth = P * L::kLanes, kUnrolled = kLean ? 4 : 1;
  int64_t k = 0;
  for (; k + kUnrolled <= K; k += kUnrolled, panel += kUnrolled * kWidth) {
#pragma GCC unroll 4
    for (int64_t u = 0; u < kUnrolled; ++u) {
      if constexpr (kFetch) {
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) {
          hwy::Prefetch(panel + (u + kRowsAhead) * kWidth + p * L::kLanes);
        }
      }
      multiply_row<L, R, P, kLean>(a + k + u, stride, panel + u * kWidth, sum);
    }
  }
  for (; k < K; ++k, panel += kWidth) {
    multiply_row<L, R, P, kLean>(a + k, stride, panel, sum);
  }
}

// sum[r][p] += a[r, k] panel[k, p] over k, in the order of k.
//   a      [R, K]  rows `stride` apart
//   panel  [K, P]  of registers, packed
//   kMayBeLean  whether a lean tile is wanted: beside a cell's arithmetic it gains nothing
template <bool kMayBeLean, class L, int R, int P>
HWY_INLINE void multiply_tile(const typename L::Real* HWY_RESTRICT a, int64_t stride,
                              const typename L::Real* HWY_RESTRICT panel, int64_t K,
                              typename L::Reg (&sum)[R][P]) {
  constexpr bool kLean = kMayBeLean && kSixteenRegisters<L>;
  if (K * P * L::kLanes > kNearPanel) {
    multiply_rows<L, R, P, kLean, true>(a, stride, panel, K, sum);
  } else {
    multiply_rows<L, R, P, kLean, false>(a, stride, panel, K, sum);
  }
}

// Calls body.template operator()<R>(first_row) for all rows, in tiles of kMax rows, then 4, 2
// and 1.
template <int kMax, class Body>
HWY_INLINE void for_row_tiles(int64_t rows, const Body& body) {
  int64_t r = 0;
  // Four and four keep more sums under way than six and two.
  for (; r + kMax <= rows && !(kMax == 6 && rows - r == 8); r += kMax) body.template run<kMax>(r);
  if constexpr (kMax > 8) {
    for (; r + 8 <= rows; r += 8) body.template run<8>(r);
  }
  if constexpr (kMax > 4) {
    for (; r + 4 <= rows; r += 4) body.template run<4>(r);
  }
  if constexpr (kMax > 2) {
    for (; r + 2 <= rows; r += 2) body.template run<2>(r);
  }
  for (; r < rows; ++r) body.template run<1>(r);
}
EDDY_SIMD_END;

#endif
