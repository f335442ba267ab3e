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

// Instruction sets of sixteen registers (AVX2, SSE4) run short of them, and of instructions a cycle
// where the processor's neighbours take theirs. `kLean` then spares both. Bits are the same.
template <class L>
constexpr bool kSixteenRegisters = L::kAccumulators <= 12;

// Elements of a panel that stay in the nearest cache from one tile of rows to the next, at most. Of
// a longer one, where rows are wide, those that come `kRowsAhead` later are fetched while these are
// multiplied; narrow ones the processor foresees.
constexpr int64_t kNearPanel = 1 << 14, kRowsAhead = 8;
template <class L>
constexpr bool kFetchesPanel = !kSixteenRegisters<L>;

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

// What will be read next and stands far away: `step` elements of it go to the second cache beside
// every row of a panel.
template <class Real>
struct Ahead {
  const Real* at = nullptr;  // null: nothing
  int64_t step = 0;
};

// The share of `next`, a panel of K rows of `width` elements, for a tile of R of `rows` rows, from
// `row` on.
template <int R, class Real>
HWY_INLINE Ahead<Real> share_of_next(const Real* next, int64_t K, int64_t width, int64_t row,
                                     int64_t rows) {
  if (next == nullptr) return {};
  return {next + row * K * width / rows, (R * width + rows - 1) / rows};
}

template <class L, int R, int P, bool kLean, bool kFetch>
HWY_INLINE void multiply_rows(const typename L::Real* HWY_RESTRICT a, int64_t stride,
                              const typename L::Real* HWY_RESTRICT panel, int64_t K,
                              typename L::Reg (&sum)[R][P], Ahead<typename L::Real> ahead) {
  constexpr int64_t kWidth = P * L::kLanes, kUnrolled = kLean ? 4 : 1;
  int64_t k = 0;
  for (; k + kUnrolled <= K; k += kUnrolled, panel += kUnrolled * kWidth) {
    if constexpr (kFetch) {
      __builtin_prefetch(ahead.at, 0, 2);
      ahead.at += ahead.step * kUnrolled;
    }
#pragma GCC unroll 4
    for (int64_t u = 0; u < kUnrolled; ++u) {
      if constexpr (kFetch && kFetchesPanel<L>) {
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
                              typename L::Reg (&sum)[R][P], Ahead<typename L::Real> ahead = {}) {
  constexpr bool kLean = kMayBeLean && kSixteenRegisters<L>;
  // Two loops, not three: with one more GCC keeps fewer sums in registers.
  bool fetch = ahead.at != nullptr;
  if constexpr (kFetchesPanel<L>) {
    fetch = K * P * L::kLanes > kNearPanel;
    if (ahead.at == nullptr) ahead.at = panel;
  }
  if (fetch) {
    multiply_rows<L, R, P, kLean, true>(a, stride, panel, K, sum, ahead);
  } else {
    multiply_rows<L, R, P, kLean, false>(a, stride, panel, K, sum, ahead);
  }
}

// Calls body.template run<R>(first_row) for all rows, in tiles of kMax rows, then 8, 4, 2 and 1.
template <int kMax, class Body>
HWY_INLINE void for_row_tiles(int64_t rows, const Body& body) {
  // Two equal tiles keep more sums under way than a whole one and a third of it.
  constexpr int64_t kHalves = kMax == 12 ? 16 : (kMax == 6 ? 8 : 0);
  int64_t r = 0;
  for (; r + kMax <= rows && rows - r != kHalves; r += kMax) body.template run<kMax>(r);
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

// Calls body.template operator()<N>(first_column) for all whole registers of columns, N of them at
// a time: eight, and what is left of them at once. Returns the first column after them.
template <class L, int N = 8, class Body>
HWY_INLINE int64_t for_registers_of(int64_t columns, const Body& body, int64_t first = 0) {
  constexpr int64_t kWidth = N * L::kLanes;
  for (; first + kWidth <= columns; first += kWidth) body.template operator()<N>(first);
  if constexpr (N > 1) return for_registers_of<L, N - 1>(columns, body, first);
  return first;
}
EDDY_SIMD_END;

#endif
