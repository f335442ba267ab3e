// SPDX-License-Identifier: MIT
// Outer products summed over rows, c += a^T d: the gradients of weights. And sums of columns.
// Letters: R rows, M columns of a that a tile takes, P registers of columns of d.
#if defined(EDDY_KERNELS_OUTER_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_KERNELS_OUTER_INL_H_
#undef EDDY_KERNELS_OUTER_INL_H_
#else
#define EDDY_KERNELS_OUTER_INL_H_
#endif

#include <algorithm>

#include "kernels/kernels.h"
#include "kernels/tile-inl.h"

EDDY_SIMD_BEGIN

// N registers of columns of every row.
template <class L, int N>
HWY_INLINE void add_columns(const typename L::Real* x, int64_t stride, int64_t rows,
                            typename L::Real* sums) {
  typename L::Reg total[N];
#pragma GCC unroll 8
  for (int j = 0; j < N; ++j) total[j] = L::load_unaligned(sums + j * L::kLanes);
  for (int64_t i = 0; i < rows; ++i, x += stride) {
#pragma GCC unroll 8
    for (int j = 0; j < N; ++j) total[j] = total[j] + L::load_unaligned(x + j * L::kLanes);
  }
#pragma GCC unroll 8
  for (int j = 0; j < N; ++j) L::store_unaligned(total[j], sums + j * L::kLanes);
}

template <class L>
void column_sums(const typename L::Real* x, int64_t stride, int64_t rows, int64_t columns,
                 typename L::Real* sums) {
  const int64_t j = for_registers_of<L>(columns, [&]<int N>(int64_t first) HWY_ATTR {
    add_columns<L, N>(x + first, stride, rows, sums + first);
  });
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t k = j; k < columns; ++k) sums[k] += x[i * stride + k];
  }
}

// What an outer product takes at a time, rows of both factors and columns of a: a strip of d and a
// tile of a stay in the nearest cache, all columns of a in the second one for all strips of d. The
// copy of these, 120 KiB, stands on the stack.
constexpr int64_t kOuterDepth = 128, kOuterColumns = 240;

// Rows of P registers that will be wanted, `stride` apart.
template <class L, int P>
struct FetchRows {
  const typename L::Real* at;
  int64_t left, stride;

  HWY_INLINE void some(int64_t rows) {
    for (; rows > 0 && left > 0; --rows, --left, at += stride) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) hwy::Prefetch(at + p * L::kLanes);
    }
  }
};

template <class L>
constexpr int kOuterTile = L::kAccumulators / 2;

// c[M x P registers] += a^T d for M columns of a: sums in registers over all rows. The first tile
// copies its strip of d beside its products: before them that takes as long as a good part of them.
template <class L, int P>
struct OuterTile {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  const Real* a;  // [rows, columns], or, packed, [rows, M] of every tile
  int64_t a_stride;
  bool packed;
  const Real* d;  // [rows, P registers]
  int64_t d_stride;
  int64_t rows;
  Real* c;  // [columns, P registers]
  int64_t c_stride;
  int64_t columns;
  Real* strip = nullptr;       // [rows, P registers]  d for the tiles behind the first; null: they
                               // read d
  const Real* next = nullptr;  // [rows, P registers]  columns of d that come next; null: none
  int64_t next_stride = 0;

  template <int M>
  HWY_INLINE void run(int64_t m) const {
    if constexpr (M == kOuterTile<L>) {
      if (m == 0 && strip != nullptr) return sum_up<M, true>(m);
    }
    sum_up<M, false>(m);
  }

  template <int M, bool kCopy>
  HWY_INLINE void sum_up(int64_t m) const {
    Reg sum[M][P];
    Real* home = c + m * c_stride;
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        sum[i][p] = L::load_unaligned(home + i * c_stride + p * L::kLanes);
      }
    }
    // Rows far apart are not foreseen by the processor: each tile fetches its share of those of d
    // that come next, and its neighbour's of c, some at a time, for only few can be under way.
    FetchRows<L, P> of_d{next, 0, next_stride}, of_c{home + M * c_stride, 0, c_stride};
    int64_t at_a_time = rows, fetches = 0;
    if (next != nullptr) {
      const int64_t from = m * rows / columns, to = (m + M) * rows / columns;
      at_a_time = 16;
      fetches = (at_a_time * M + columns - 1) / columns;
      of_d = {next + from * next_stride, to - from, next_stride};
      of_c.left = packed ? M : 0;
      if (m + M == columns) of_c.at = c + P * L::kLanes;
    }
    const bool copied = !kCopy && strip != nullptr;
    const Real *x = packed ? a + m * rows : a + m, *y = copied ? strip : d;
    const int64_t x_stride = packed ? M : a_stride, y_stride = copied ? P * L::kLanes : d_stride;
    Real* HWY_RESTRICT copy = strip;
    for (int64_t first = 0; first < rows; first += at_a_time) {
      of_d.some(fetches);
      of_c.some(2);
      const int64_t end = std::min(first + at_a_time, rows);
#pragma GCC unroll 4
      for (int64_t row = first; row < end; ++row, x += x_stride, y += y_stride) {
        Reg right[P];
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) {
          right[p] = L::load_unaligned(y + p * L::kLanes);
          if constexpr (kCopy) L::store(right[p], copy + p * L::kLanes);
        }
        if constexpr (kCopy) copy += P * L::kLanes;
#pragma GCC unroll 16
        for (int i = 0; i < M; ++i) {
          const Reg left = L::set(x[i]);
#pragma GCC unroll 8
          for (int p = 0; p < P; ++p) sum[i][p] = L::fma(left, right[p], sum[i][p]);
        }
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        L::store_unaligned(sum[i][p], home + i * c_stride + p * L::kLanes);
      }
    }
  }
};

template <class L>
bool copies_strips(const OuterArgs<typename L::Real>& args) {
  return args.a_columns > 2 * kOuterTile<L>;
}

// One row of a for the tiles: M columns of each stand side by side, row below row.
template <class L>
struct PackRow {
  const typename L::Real* a;
  typename L::Real* tiles;
  int64_t row, rows;

  template <int M>
  HWY_INLINE void run(int64_t m) const {
    constexpr int64_t kRegisters = (M + L::kLanes - 1) / L::kLanes;
    // Whole registers reach into rows that are written later, and read from rows that are there.
    constexpr int64_t kReach = (kRegisters * L::kLanes - 1) / M;
    const typename L::Real* HWY_RESTRICT from = a + m;
    typename L::Real* HWY_RESTRICT to = tiles + m * rows + row * M;
    if (row + kReach < rows) {
#pragma GCC unroll 16
      for (int64_t i = 0; i < kRegisters; ++i) {
        L::store_unaligned(L::load_unaligned(from + i * L::kLanes), to + i * L::kLanes);
      }
    } else {
      for (int i = 0; i < M; ++i) to[i] = from[i];  // std::copy_n would be a call
    }
  }
};

// All columns of a, where tiles pass over them often enough: rows stand a power of two apart and
// would push each other out of the nearest cache, and a tile's share of a row is fetched alone.
// Null where the tiles take a as it is.
template <class L>
const typename L::Real* packed_columns(const OuterArgs<typename L::Real>& args,
                                       typename L::Real* memory) {
  if (args.a_columns < 64 || args.d_columns < 192) return nullptr;
  constexpr int64_t kLine = kAlignment / sizeof(typename L::Real), kAhead = 6;
  for (int64_t row = 0; row < args.rows; ++row) {
    for (int64_t m = 0; row + kAhead < args.rows && m < args.a_columns; m += kLine) {
      hwy::Prefetch(args.a + (row + kAhead) * args.a_stride + m);
    }
    for_row_tiles<kOuterTile<L>>(args.a_columns,
                                 PackRow<L>{args.a + row * args.a_stride, memory, row, args.rows});
  }
  return memory;
}

// P registers of columns of d. Where many tiles read them they are copied together, for the same
// reason.
//   packed  columns of a, or null
template <class L, int P>
void outer_strip(const OuterArgs<typename L::Real>& args, const typename L::Real* packed,
                 int64_t column, const typename L::Real* next) {
  using Real = typename L::Real;
  constexpr int64_t kWidth = P * L::kLanes;
  OuterTile<L, P> tile{.a = packed == nullptr ? args.a : packed,
                       .a_stride = args.a_stride,
                       .packed = packed != nullptr,
                       .d = args.d + column,
                       .d_stride = args.d_stride,
                       .rows = args.rows,
                       .c = args.c + column,
                       .c_stride = args.c_stride,
                       .columns = args.a_columns};
  if (!copies_strips<L>(args)) return for_row_tiles<kOuterTile<L>>(args.a_columns, tile);
  HWY_ALIGN Real strip[kOuterDepth * kWidth];
  tile.strip = strip;
  tile.next = args.near ? nullptr : next;
  tile.next_stride = args.d_stride;
  for_row_tiles<kOuterTile<L>>(args.a_columns, tile);
  if (args.sums != nullptr) add_columns<L, P>(strip, kWidth, args.rows, args.sums + column);
}

// At most kOuterDepth rows and kOuterColumns columns of a.
//   after  rows of d that come after these; null: none
template <class L>
void outer_block(const OuterArgs<typename L::Real>& args, const typename L::Real* after) {
  using Real = typename L::Real;
  constexpr int64_t kPair = 2 * L::kLanes;
  HWY_ALIGN Real memory[kOuterDepth * kOuterColumns];
  const Real* packed = packed_columns<L>(args, memory);
  const bool copy = copies_strips<L>(args);
  int64_t column = 0;
  const auto add_sums = [&] {
    if (args.sums == nullptr) return;
    column_sums<L>(args.d + column, args.d_stride, args.rows, args.d_columns - column,
                   args.sums + column);
  };
  if (!copy) add_sums();
  for (; column + kPair <= args.d_columns; column += kPair) {
    const auto* next = column + 2 * kPair <= args.d_columns ? args.d + column + kPair : after;
    outer_strip<L, 2>(args, packed, column, next);
  }
  for (; column + L::kLanes <= args.d_columns; column += L::kLanes) {
    outer_strip<L, 1>(args, packed, column, nullptr);
  }
  if (copy) add_sums();
  for (int64_t row = 0; row < args.rows; ++row) {
    for (int64_t j = column; j < args.d_columns; ++j) {
      const auto d = args.d[row * args.d_stride + j];
      for (int64_t m = 0; m < args.a_columns; ++m) {
        args.c[m * args.c_stride + j] += args.a[row * args.a_stride + m] * d;
      }
    }
  }
}

template <class L>
void outer(const OuterArgs<typename L::Real>& all) {
  OuterArgs<typename L::Real> args = all;
  for (int64_t row = 0; row < all.rows; row += kOuterDepth) {
    args.rows = std::min(kOuterDepth, all.rows - row);
    args.d = all.d + row * all.d_stride;
    const bool last = row + 2 * kOuterDepth > all.rows;
    const auto* below = last ? nullptr : args.d + kOuterDepth * all.d_stride;
    for (int64_t left = 0; left < all.a_columns; left += kOuterColumns) {
      args.a_columns = std::min(kOuterColumns, all.a_columns - left);
      args.a = all.a + row * all.a_stride + left;
      args.c = all.c + left * all.c_stride;
      args.sums = left == 0 ? all.sums : nullptr;
      outer_block<L>(args, left + kOuterColumns < all.a_columns ? args.d : below);
    }
  }
}
EDDY_SIMD_END;

#endif
