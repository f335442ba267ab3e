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
#include "kernels/outer-inl.h"
#include "kernels/scalar_lanes.h"
#include "kernels/tile-inl.h"

EDDY_SIMD_BEGIN

// One panel of a product, for all rows.
template <class L, int P>
struct ProductPanel {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  const ProductArgs<Real>& args;
  int64_t column;     // first of the panel
  const Real* panel;  // [K, P registers]
  int64_t K;
  const Real* next;  // the panel after it, where it stands far away; null: nothing to fetch

  template <int R>
  HWY_INLINE Ahead<Real> ahead(int64_t row) const {
    return share_of_next<R>(next, K, P * L::kLanes, row, args.rows);
  }

  template <int R>
  HWY_INLINE void run(int64_t row) const {
    constexpr int kWidth = P * L::kLanes;
    const int64_t width = std::min<int64_t>(kWidth, args.b->columns - column);
    Real* c[R];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const int64_t to = args.c_rows == nullptr ? row + r : args.c_rows[row + r];
      c[r] = args.c + to * args.c_stride + column;
    }
    Reg sum[R][P];
    if (width == kWidth) {
      start<R>(c, args.bias == nullptr ? nullptr : args.bias + column, sum);
      multiply_tile<true, L, R, P>(args.a + row * args.a_stride, args.a_stride, panel, K, sum,
                                   ahead<R>(row));
      finish<R>(sum, c);
      return;
    }
    HWY_ALIGN Real edge[(R + 1) * kWidth] = {};  // the last columns, made whole
    Real* whole[R];
    for (int r = 0; r < R; ++r) {
      whole[r] = edge + r * kWidth;
      if (args.accumulate) std::copy_n(c[r], width, whole[r]);
    }
    if (args.bias != nullptr) std::copy_n(args.bias + column, width, edge + R * kWidth);
    start<R>(whole, args.bias == nullptr ? nullptr : edge + R * kWidth, sum);
    multiply_tile<true, L, R, P>(args.a + row * args.a_stride, args.a_stride, panel, K, sum,
                                 ahead<R>(row));
    finish<R>(sum, whole);
    for (int r = 0; r < R; ++r) std::copy_n(whole[r], width, c[r]);
  }

  template <int R>
  HWY_INLINE void start(Real* const (&c)[R], const Real* bias, Reg (&sum)[R][P]) const {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) {
        if (args.accumulate) {
          sum[r][p] = L::load_unaligned(c[r] + p * L::kLanes);
        } else {
          sum[r][p] = bias == nullptr ? L::zero() : L::load_unaligned(bias + p * L::kLanes);
        }
      }
    }
  }

  template <int R>
  HWY_INLINE void finish(const Reg (&sum)[R][P], Real* const (&c)[R]) const {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
      for (int p = 0; p < P; ++p) L::store_unaligned(sum[r][p], c[r] + p * L::kLanes);
    }
  }
};

// Part of the summed axis.
struct Piece {
  int64_t first, K;
};

// Of a matrix that leaves the second cache the next panel is fetched, unless so many rows share a
// panel that its way from memory is nothing beside their sums.
template <class L>
const typename L::Real* next_panel(const ProductArgs<typename L::Real>& args, int64_t p,
                                   int64_t first) {
  constexpr int64_t kMostRows = 64;
  if (args.rows > kMostRows || p + 1 >= args.b->panels() || !args.b->is_far()) return nullptr;
  return args.b->panel(p + 1) + first * args.b->vectors_of(p + 1) * L::kLanes;
}

template <class L, int P>
void product_panel(const ProductArgs<typename L::Real>& args, int64_t p, Piece piece) {
  const int64_t column = p * args.b->panel_vectors * L::kLanes;
  const auto* rows = args.b->panel(p) + piece.first * P * L::kLanes;
  const ProductPanel<L, P> panel{args, column, rows, piece.K, next_panel<L>(args, p, piece.first)};
  for_row_tiles<tile_rows<L>(P)>(args.rows, panel);
}

template <class L>
void product_piece(const ProductArgs<typename L::Real>& args, Piece piece) {
  const int64_t end = args.b->panels() * (args.part + 1) / args.parts;
  for (int64_t p = args.b->panels() * args.part / args.parts; p < end; ++p) {
    switch (args.b->vectors_of(p)) {
      case 1:
        product_panel<L, 1>(args, p, piece);
        break;
      case 2:
        product_panel<L, 2>(args, p, piece);
        break;
      case 3:
        product_panel<L, 3>(args, p, piece);
        break;
      default:
        product_panel<L, 4>(args, p, piece);
        break;
    }
  }
}

// Rows of a, and a panel for them, stay in the second cache where the summed axis is taken in equal
// pieces of at most this length. Sums go on where they stopped, in c: bits are the same.
constexpr int64_t kProductDepth = 512;

template <class L>
void product(const ProductArgs<typename L::Real>& all) {
  const int64_t K = all.b->rows;
  const int64_t pieces = std::max<int64_t>((K + kProductDepth - 1) / kProductDepth, 1);
  ProductArgs<typename L::Real> args = all;
  for (int64_t piece = 0; piece < pieces; ++piece) {
    const int64_t first = K * piece / pieces;
    args.a = all.a + first;
    product_piece<L>(args, {first, K * (piece + 1) / pieces - first});
    args.bias = nullptr;
    args.accumulate = true;
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
  int64_t i = for_registers_of<L>(width, [&]<int N>(int64_t first) HWY_ATTR {
    sum_columns<L, N>(rows, width, members, count, listed, first, sum);
  });
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
const Kernels<float>& kernels<float>(int64_t width) {
  return *HWY_DISPATCH_TABLE(float_kernels)[simd_table_index(width)]();
}
template <>
const Kernels<double>& kernels<double>(int64_t) {
  return *HWY_NAMESPACE::double_kernels();
}
}  // namespace eddy
#endif
