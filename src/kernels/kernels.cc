// SPDX-License-Identifier: MIT
// Compiled once per instruction set; the last time also for one double.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/kernels.cc"
#include "kernels/simd.h"
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include <algorithm>

#include "kernels/activation-inl.h"
#include "kernels/kernels.h"
#include "kernels/scalar_lanes.h"
#include "kernels/tile-inl.h"

EDDY_SIMD_BEGIN

// One panel of a product, for all rows.
template <class L, int P>
struct ProductPanel {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  const ProductArgs<Real>& args;
  int64_t column;  // first of the panel
  const Real* panel;

  template <int R>
  HWY_INLINE void run(int64_t row) const {
    constexpr int kWidth = P * L::kLanes;
    const int64_t width = std::min<int64_t>(kWidth, args.b->columns - column);
    Real* c = args.c + row * args.c_stride + column;
    Reg sum[R][P];
    if (width == kWidth) {
      start<R>(c, args.c_stride, args.bias == nullptr ? nullptr : args.bias + column, sum);
      multiply_tile<L, R, P>(args.a + row * args.a_stride, args.a_stride, panel, args.b->rows, sum);
      finish<R>(sum, c, args.c_stride);
      return;
    }
    HWY_ALIGN Real edge[(R + 1) * kWidth] = {};  // the last columns, made whole
    for (int r = 0; args.accumulate && r < R; ++r) {
      std::copy_n(c + r * args.c_stride, width, edge + r * kWidth);
    }
    if (args.bias != nullptr) std::copy_n(args.bias + column, width, edge + R * kWidth);
    start<R>(edge, kWidth, args.bias == nullptr ? nullptr : edge + R * kWidth, sum);
    multiply_tile<L, R, P>(args.a + row * args.a_stride, args.a_stride, panel, args.b->rows, sum);
    finish<R>(sum, edge, kWidth);
    for (int r = 0; r < R; ++r) std::copy_n(edge + r * kWidth, width, c + r * args.c_stride);
  }

  template <int R>
  HWY_INLINE void start(const Real* c, int64_t stride, const Real* bias, Reg (&sum)[R][P]) const {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        if (args.accumulate) {
          sum[r][p] = L::load_unaligned(c + r * stride + p * L::kLanes);
        } else {
          sum[r][p] = bias == nullptr ? L::zero() : L::load_unaligned(bias + p * L::kLanes);
        }
      }
    }
  }

  template <int R>
  HWY_INLINE void finish(const Reg (&sum)[R][P], Real* c, int64_t stride) const {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) L::store_unaligned(sum[r][p], c + r * stride + p * L::kLanes);
    }
  }
};

template <class L, int P>
void product_panel(const ProductArgs<typename L::Real>& args, int64_t p) {
  const int64_t column = p * args.b->panel_vectors * L::kLanes;
  const ProductPanel<L, P> panel{args, column, args.b->panel(p)};
  for_row_tiles<tile_rows<L>(P)>(args.rows, panel);
}

template <class L>
void product(const ProductArgs<typename L::Real>& args) {
  const int64_t end = args.b->panels() * (args.part + 1) / args.parts;
  for (int64_t p = args.b->panels() * args.part / args.parts; p < end; ++p) {
    switch (args.b->vectors_of(p)) {
      case 1:
        product_panel<L, 1>(args, p);
        break;
      case 2:
        product_panel<L, 2>(args, p);
        break;
      case 3:
        product_panel<L, 3>(args, p);
        break;
      default:
        product_panel<L, 4>(args, p);
        break;
    }
  }
}

// Rows that an outer product takes at a time: those of a stay in the second cache for all columns
// of d, a strip of d in the first one.
constexpr int64_t kOuterDepth = 192;

// c[M x P registers] += a^T d for M columns of a: sums in registers over all rows.
template <class L, int P>
struct OuterTile {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  const Real* a;  // [rows, M...]
  int64_t a_stride;
  const Real* d;  // [rows, P registers]
  int64_t d_stride;
  int64_t rows;
  Real* c;  // [M..., P registers]
  int64_t c_stride;
  int64_t columns;   // of a: all M
  const Real* next;  // [rows, P registers]  columns of d that will be read next; null: none
  int64_t next_stride;

  template <int M>
  HWY_INLINE void run(int64_t m) const {
    Reg sum[M][P];
    Real* home = c + m * c_stride;
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        sum[i][p] = L::load_unaligned(home + i * c_stride + p * L::kLanes);
      }
    }
    const Real *x = a + m, *y = d;
    // Rows far apart are not foreseen by the processor: each tile fetches its share of those that
    // come next, some at a time, for only few can be under way.
    const Real *wanted = next, *wanted_end = next;
    int64_t at_a_time = rows, fetches = 0;
    if (next != nullptr) {
      wanted += m * rows / columns * next_stride;
      wanted_end += (m + M) * rows / columns * next_stride;
      at_a_time = 16;
      fetches = (at_a_time * M + columns - 1) / columns;
    }
    for (int64_t first = 0; first < rows; first += at_a_time) {
      const int64_t end = std::min(first + at_a_time, rows);
      for (int64_t i = 0; i < fetches && wanted != wanted_end; ++i, wanted += next_stride) {
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) hwy::Prefetch(wanted + p * L::kLanes);
      }
      for (int64_t row = first; row < end; ++row, x += a_stride, y += d_stride) {
        Reg right[P];
#pragma GCC unroll 8
        for (int p = 0; p < P; ++p) right[p] = L::load_unaligned(y + p * L::kLanes);
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
  int64_t j = 0;
  for (; j + 8 * L::kLanes <= columns; j += 8 * L::kLanes) {
    add_columns<L, 8>(x + j, stride, rows, sums + j);
  }
  for (; j + L::kLanes <= columns; j += L::kLanes) add_columns<L, 1>(x + j, stride, rows, sums + j);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t k = j; k < columns; ++k) sums[k] += x[i * stride + k];
  }
}

template <class L>
constexpr int kOuterTile = L::kAccumulators / 2;

template <class L>
bool copies_strips(const OuterArgs<typename L::Real>& args) {
  return args.a_columns > 2 * kOuterTile<L>;
}

// P registers of columns. Where many tiles read the same columns of d they are copied together
// first: rows stand a power of two apart and would push each other out of the nearest cache.
template <class L, int P>
void outer_strip(const OuterArgs<typename L::Real>& args, int64_t column,
                 const typename L::Real* next) {
  using Real = typename L::Real;
  constexpr int64_t kWidth = P * L::kLanes;
  constexpr int kTile = kOuterTile<L>;
  OuterTile<L, P> tile{args.a,    args.a_stride,   args.d + column, args.d_stride,
                       args.rows, args.c + column, args.c_stride,   args.a_columns,
                       nullptr,   args.d_stride};
  if (!copies_strips<L>(args)) return for_row_tiles<kTile>(args.a_columns, tile);
  HWY_ALIGN Real strip[kOuterDepth * kWidth];
  for (int64_t row = 0; row < args.rows; ++row) {
#pragma GCC unroll 8
    for (int p = 0; p < P; ++p) {
      const auto value = L::load_unaligned(args.d + row * args.d_stride + column + p * L::kLanes);
      L::store(value, strip + row * kWidth + p * L::kLanes);
    }
  }
  if (args.sums != nullptr) add_columns<L, P>(strip, kWidth, args.rows, args.sums + column);
  tile.d = strip;
  tile.d_stride = kWidth;
  tile.next = next;
  for_row_tiles<kTile>(args.a_columns, tile);
}

template <class L>
void outer(const OuterArgs<typename L::Real>& all) {
  using Real = typename L::Real;
  constexpr int64_t kPair = 2 * L::kLanes;
  const bool copy = copies_strips<L>(all);
  OuterArgs<Real> args = all;
  for (int64_t first = 0; first < all.rows; first += kOuterDepth) {
    args.rows = std::min(kOuterDepth, all.rows - first);
    const bool last = first + 2 * kOuterDepth > all.rows;
    int64_t column = 0;
    const auto add_sums = [&] {
      if (args.sums == nullptr) return;
      column_sums<L>(args.d + column, args.d_stride, args.rows, args.d_columns - column,
                     args.sums + column);
    };
    if (!copy) add_sums();
    for (; column + kPair <= args.d_columns; column += kPair) {
      const auto* next = column + 2 * kPair <= args.d_columns ? args.d + column + kPair
                         : last                               ? nullptr
                                                              : args.d + args.rows * args.d_stride;
      outer_strip<L, 2>(args, column, next);
    }
    for (; column + L::kLanes <= args.d_columns; column += L::kLanes) {
      outer_strip<L, 1>(args, column, nullptr);
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
    args.a += args.rows * args.a_stride;
    args.d += args.rows * args.d_stride;
  }
}

template <class L>
void add(int64_t n, const typename L::Real* x, typename L::Real* y) {
  int64_t i = 0;
  for (; i + L::kLanes <= n; i += L::kLanes) {
    L::store_unaligned(L::load_unaligned(x + i) + L::load_unaligned(y + i), y + i);
  }
  for (; i < n; ++i) y[i] += x[i];
}

// Runs body on whole registers; the rest is made whole in `edge`.
template <class L, class Body>
HWY_INLINE void for_registers(int64_t n, const typename L::Real* x, const typename L::Real* y,
                              typename L::Real* out, const Body& body) {
  int64_t i = 0;
  for (; i + L::kLanes <= n; i += L::kLanes) {
    L::store_unaligned(body(L::load_unaligned(x + i), L::load_unaligned(y + i)), out + i);
  }
  if (i == n) return;
  HWY_ALIGN typename L::Real edge[2 * L::kLanes] = {};
  std::copy(x + i, x + n, edge);
  std::copy(y + i, y + n, edge + L::kLanes);
  L::store(body(L::load(edge), L::load(edge + L::kLanes)), edge);
  std::copy(edge, edge + (n - i), out + i);
}

// N registers of every row, from element `first` on. Rows stand anywhere in the last cache: they
// are fetched while the ones before are added.
template <class L, int N>
HWY_INLINE void sum_columns(const typename L::Real* rows, int64_t width, const int32_t* members,
                            int64_t count, int64_t listed, int64_t first, typename L::Real* sum) {
  constexpr int64_t kAhead = 4;
  typename L::Reg total[N];
  const auto row = [&](int64_t k) HWY_ATTR { return rows + members[k] * width + first; };
  const auto fetch = [&](int64_t k) HWY_ATTR {
    if (k >= listed) return;
#pragma GCC unroll 8
    for (int j = 0; j < N; ++j) hwy::Prefetch(row(k) + j * L::kLanes);
  };
  fetch(kAhead);
#pragma GCC unroll 8
  for (int j = 0; j < N; ++j) total[j] = L::load_unaligned(row(0) + j * L::kLanes);
  for (int64_t k = 1; k < count; ++k) {
    fetch(k + kAhead);
#pragma GCC unroll 8
    for (int j = 0; j < N; ++j) total[j] = total[j] + L::load_unaligned(row(k) + j * L::kLanes);
  }
#pragma GCC unroll 8
  for (int j = 0; j < N; ++j) L::store_unaligned(total[j], sum + first + j * L::kLanes);
}

template <class L>
void sum_rows(const typename L::Real* rows, int64_t width, const int32_t* members, int64_t count,
              int64_t listed, typename L::Real* sum) {
  int64_t i = 0;
  for (; i + 8 * L::kLanes <= width; i += 8 * L::kLanes) {
    sum_columns<L, 8>(rows, width, members, count, listed, i, sum);
  }
  for (; i + L::kLanes <= width; i += L::kLanes) {
    sum_columns<L, 1>(rows, width, members, count, listed, i, sum);
  }
  for (; i < width; ++i) {
    sum[i] = rows[members[0] * width + i];
    for (int64_t k = 1; k < count; ++k) sum[i] += rows[members[k] * width + i];
  }
}

template <class L>
void activate(ActivationKind f, int64_t n, const typename L::Real* x, typename L::Real* y) {
  for_registers<L>(n, x, x, y, [f](typename L::Reg v, typename L::Reg) HWY_ATTR {
    return apply_activation<L>(f, v);
  });
}

template <class L>
void activate_backward(ActivationKind f, int64_t n, const typename L::Real* y,
                       const typename L::Real* dy, typename L::Real* dx) {
  for_registers<L>(n, y, dy, dx, [f](typename L::Reg value, typename L::Reg d) HWY_ATTR {
    return d * activation_slope<L>(f, value);
  });
}

template <class L>
constexpr Kernels<typename L::Real> kTable{
    L::kLanes, product<L>,  outer<L>,    column_sums<L>,
    add<L>,    sum_rows<L>, activate<L>, activate_backward<L>};

[[maybe_unused]] const Kernels<float>* float_kernels() { return &kTable<FloatLanes>; }
#if HWY_ONCE
const Kernels<double>* double_kernels() { return &kTable<DoubleLanes>; }
#endif
EDDY_SIMD_END;

#if HWY_ONCE
#include "kernels/table.h"

namespace eddy {
HWY_EXPORT(float_kernels);

template <>
const Kernels<float>& kernels<float>() {
  return *HWY_DISPATCH_TABLE(float_kernels)[simd_table_index()]();
}
template <>
const Kernels<double>& kernels<double>() {
  return *HWY_NAMESPACE::double_kernels();
}
}  // namespace eddy
#endif
