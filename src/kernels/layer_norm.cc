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

EDDY_SIMD_BEGIN

template <class L>
HWY_INLINE typename L::Real sum_of_lanes(typename L::Reg x) {
  HWY_ALIGN typename L::Real lanes[L::kLanes];
  L::store(x, lanes);
  typename L::Real sum = 0;
  for (const auto lane : lanes) sum += lane;
  return sum;
}

// The first n elements, then `fill`.
template <class L>
HWY_INLINE typename L::Reg load_some(const typename L::Real* p, int64_t n, typename L::Real fill) {
  HWY_ALIGN typename L::Real edge[L::kLanes];
  for (int64_t i = 0; i < L::kLanes; ++i) edge[i] = i < n ? p[i] : fill;
  return L::load(edge);
}
template <class L>
HWY_INLINE void store_some(typename L::Reg x, int64_t n, typename L::Real* p) {
  HWY_ALIGN typename L::Real edge[L::kLanes];
  L::store(x, edge);
  for (int64_t i = 0; i < n; ++i) p[i] = edge[i];
}

// Registers of a row, the last one filled up with a number that leaves sums as they are.
template <class L>
struct Row {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  int64_t width;

  // body(load, store) for every register: load(p) reads it of p, store(value, p) writes it.
  template <class Body>
  HWY_INLINE void for_each(const Body& body, Real fill = 0) const {
    int64_t i = 0;
    for (; i + L::kLanes <= width; i += L::kLanes) {
      body([i](const Real* p) HWY_ATTR { return L::load_unaligned(p + i); },
           [i](Reg value, Real* p) HWY_ATTR { L::store_unaligned(value, p + i); });
    }
    if (i == width) return;
    const int64_t rest = width - i;
    body([i, rest, fill](const Real* p) HWY_ATTR { return load_some<L>(p + i, rest, fill); },
         [i, rest](Reg value, Real* p) HWY_ATTR { store_some<L>(value, rest, p + i); });
  }
};

template <class L>
void layer_norm(const LayerNormArgs<typename L::Real>& args) {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  const Row<L> row{args.width};
  const auto width = static_cast<Real>(args.width);
  for (int64_t r = 0; r < args.rows; ++r) {
    const Real* x = args.x + r * args.width;
    Reg sum = L::zero();
    row.for_each([&](const auto& load, const auto&) HWY_ATTR { sum = sum + load(x); });
    const Real mean = sum_of_lanes<L>(sum) / width;
    const Reg center = L::set(mean);
    sum = L::zero();
    row.for_each(
        [&](const auto& load, const auto&) HWY_ATTR {
          const Reg d = load(x) - center;
          sum = L::fma(d, d, sum);
        },
        mean);
    const Real inverse = 1 / std::sqrt(sum_of_lanes<L>(sum) / width + args.epsilon);
    args.mean[r] = mean;
    args.inverse[r] = inverse;
    const Reg scale = L::set(inverse);
    Real* y = args.y + r * args.width;
    row.for_each([&](const auto& load, const auto& store) HWY_ATTR {
      Reg value = (load(x) - center) * scale;
      if (args.gamma != nullptr) value = value * load(args.gamma);
      if (args.beta != nullptr) value = value + load(args.beta);
      store(value, y);
    });
  }
}

// With g = dy gamma and xhat = (x - mean) inverse: dx = inverse (g - mean(g) - xhat mean(g xhat)).
template <class L>
void layer_norm_backward(const LayerNormGradientArgs<typename L::Real>& args) {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  const Row<L> row{args.width};
  for (int64_t r = 0; r < args.rows; ++r) {
    const Real *x = args.x + r * args.width, *dy = args.dy + r * args.width;
    const Reg center = L::set(args.mean[r]), scale = L::set(args.inverse[r]);
    Reg sum = L::zero(), product = L::zero();
    row.for_each([&](const auto& load, const auto& store) HWY_ATTR {
      const Reg d = load(dy), xhat = (load(x) - center) * scale;
      const Reg g = args.gamma != nullptr ? d * load(args.gamma) : d;
      sum = sum + g;
      product = L::fma(g, xhat, product);
      store(L::fma(d, xhat, load(args.dgamma)), args.dgamma);
      store(load(args.dbeta) + d, args.dbeta);
    });
    if (args.dx == nullptr) continue;
    const Reg g_mean = L::set(sum_of_lanes<L>(sum) / static_cast<Real>(args.width));
    const Reg gx_mean = L::set(sum_of_lanes<L>(product) / static_cast<Real>(args.width));
    Real* dx = args.dx + r * args.width;
    row.for_each([&](const auto& load, const auto& store) HWY_ATTR {
      const Reg d = load(dy), xhat = (load(x) - center) * scale;
      const Reg g = args.gamma != nullptr ? d * load(args.gamma) : d;
      store((g - g_mean - xhat * gx_mean) * scale, dx);
    });
  }
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
