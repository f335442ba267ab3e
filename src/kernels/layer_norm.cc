// SPDX-License-Identifier: MIT
// Compiled once per instruction set; the last time also for one double.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/layer_norm.cc"
#include "kernels/simd.h"
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include <cmath>

#include "kernels/lanes-inl.h"
#include "kernels/layer_norm.h"
#include "kernels/scalar_lanes.h"
#include "kernels/tile-inl.h"

EDDY_SIMD_BEGIN

// Where in a row a register stands: all of it, or the first numbers of it.
template <class L>
struct Whole {
  using Real = typename L::Real;
  int64_t at;
  HWY_INLINE typename L::Reg load(const Real* row, typename L::Reg) const {
    return L::load_unaligned(row + at);
  }
  HWY_INLINE void store(typename L::Reg value, Real* row) const {
    L::store_unaligned(value, row + at);
  }
};
template <class L>
struct Part {
  using Real = typename L::Real;
  int64_t at, count;
  // The others are `fill`.
  HWY_INLINE typename L::Reg load(const Real* row, typename L::Reg fill) const {
    return L::load_first(row + at, count, fill);
  }
  HWY_INLINE void store(typename L::Reg value, Real* row) const {
    L::store_first(value, row + at, count);
  }
};

template <class L, class Body>
HWY_INLINE void for_pieces(int64_t width, const Body& body) {
  int64_t i = 0;
  for (; i + L::kLanes <= width; i += L::kLanes) body(Whole<L>{i});
  if constexpr (L::kLanes > 1) {
    if (i < width) body(Part<L>{i, width - i});
  }
}

// R rows from `row` on, whose sums wait for each other no longer than those of one.
template <class L>
struct NormRows {
  const LayerNormArgs<typename L::Real>& args;
  template <int R>
  HWY_INLINE void run(int64_t row) const;
};

template <class L>
template <int R>
HWY_INLINE void NormRows<L>::run(int64_t row) const {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  const auto width = static_cast<Real>(args.width);
  const Real* x[R];
  Reg sum[R], center[R], scale[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) x[r] = args.x + (row + r) * args.width, sum[r] = L::zero();
  for_pieces<L>(args.width, [&](auto piece) HWY_ATTR {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) sum[r] = sum[r] + piece.load(x[r], L::zero());
  });
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    const Real mean = L::sum_of_lanes(sum[r]) / width;
    args.mean[row + r] = mean;
    center[r] = L::set(mean);
    sum[r] = L::zero();
  }
  for_pieces<L>(args.width, [&](auto piece) HWY_ATTR {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const Reg d = piece.load(x[r], center[r]) - center[r];
      sum[r] = L::fma(d, d, sum[r]);
    }
  });
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    const Real inverse = 1 / std::sqrt(L::sum_of_lanes(sum[r]) / width + args.epsilon);
    args.inverse[row + r] = inverse;
    scale[r] = L::set(inverse);
  }
  for_pieces<L>(args.width, [&](auto piece) HWY_ATTR {
    const Reg gamma = args.gamma != nullptr ? piece.load(args.gamma, L::zero()) : L::set(1);
    const Reg beta = args.beta != nullptr ? piece.load(args.beta, L::zero()) : L::zero();
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const Reg xhat = (piece.load(x[r], L::zero()) - center[r]) * scale[r];
      piece.store(L::fma(xhat, gamma, beta), args.y + (row + r) * args.width);
    }
  });
}

// With g = dy gamma and xhat = (x - mean) inverse: dx = inverse (g - mean(g) - xhat mean(g xhat)).
template <class L>
struct NormRowsBackward {
  const LayerNormGradientArgs<typename L::Real>& args;
  template <int R>
  HWY_INLINE void run(int64_t row) const;
};

template <class L>
template <int R>
HWY_INLINE void NormRowsBackward<L>::run(int64_t row) const {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  const auto width = static_cast<Real>(args.width);
  const Real *x[R], *dy[R];
  Reg center[R], scale[R], sum[R], product[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    x[r] = args.x + (row + r) * args.width, dy[r] = args.dy + (row + r) * args.width;
    center[r] = L::set(args.mean[row + r]), scale[r] = L::set(args.inverse[row + r]);
    sum[r] = product[r] = L::zero();
  }
  const auto gamma_of = [&](const auto& piece) HWY_ATTR {
    return args.gamma != nullptr ? piece.load(args.gamma, L::zero()) : L::set(1);
  };
  for_pieces<L>(args.width, [&](auto piece) HWY_ATTR {
    const Reg gamma = gamma_of(piece);
    Reg dgamma = piece.load(args.dgamma, L::zero()), dbeta = piece.load(args.dbeta, L::zero());
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const Reg d = piece.load(dy[r], L::zero()), g = d * gamma;
      const Reg xhat = (piece.load(x[r], center[r]) - center[r]) * scale[r];
      sum[r] = sum[r] + g;
      product[r] = L::fma(g, xhat, product[r]);
      dgamma = L::fma(d, xhat, dgamma);
      dbeta = dbeta + d;
    }
    piece.store(dgamma, args.dgamma);
    piece.store(dbeta, args.dbeta);
  });
  if (args.dx == nullptr) return;
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    sum[r] = L::set(L::sum_of_lanes(sum[r]) / width);
    product[r] = L::set(L::sum_of_lanes(product[r]) / width);
  }
  for_pieces<L>(args.width, [&](auto piece) HWY_ATTR {
    const Reg gamma = gamma_of(piece);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const Reg g = piece.load(dy[r], L::zero()) * gamma;
      const Reg xhat = (piece.load(x[r], center[r]) - center[r]) * scale[r];
      piece.store((g - sum[r] - xhat * product[r]) * scale[r], args.dx + (row + r) * args.width);
    }
  });
}

constexpr int kRowsTogether = 4;

template <class L>
void layer_norm(const LayerNormArgs<typename L::Real>& args) {
  for_row_tiles<kRowsTogether>(args.rows, NormRows<L>{args});
}

template <class L>
void layer_norm_backward(const LayerNormGradientArgs<typename L::Real>& args) {
  for_row_tiles<kRowsTogether>(args.rows, NormRowsBackward<L>{args});
}

template <class L>
constexpr LayerNormKernels<typename L::Real> kLayerNorm{layer_norm<L>, layer_norm_backward<L>};

[[maybe_unused]] const LayerNormKernels<float>* float_layer_norm() {
  return &kLayerNorm<FloatLanes>;
}
#if HWY_ONCE
const LayerNormKernels<double>* double_layer_norm() { return &kLayerNorm<DoubleLanes>; }
#endif
EDDY_SIMD_END;

#if HWY_ONCE
#include "kernels/table.h"

namespace eddy {
HWY_EXPORT(float_layer_norm);

template <>
const LayerNormKernels<float>& layer_norm_kernels<float>() {
  return *HWY_DISPATCH_TABLE(float_layer_norm)[simd_table_index()]();
}
template <>
const LayerNormKernels<double>& layer_norm_kernels<double>() {
  return *HWY_NAMESPACE::double_layer_norm();
}
}  // namespace eddy
#endif
