// SPDX-License-Identifier: MIT
// A step of one row. A tile hides the latency of a product behind its other rows; a row alone has
// none, so several panels of U go side by side. Letters as in forward_panel-inl.h; N panels.
#if defined(EDDY_CELLS_FORWARD_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_FORWARD_ROW_INL_H_
#undef EDDY_CELLS_FORWARD_ROW_INL_H_
#else
#define EDDY_CELLS_FORWARD_ROW_INL_H_
#endif

#include "cells/forward_panel-inl.h"

EDDY_SIMD_BEGIN

// Panels side by side: four to eight sums, and a product's latency takes eight. Those of a U that
// leaves the nearest cache come faster one by one, unless they have too few sums.
constexpr int kPanelsBeside = 2;
template <int kGates, class Real>
bool wants_panels_beside(const PackedMatrix<Real>& u) {
  return kGates == 1 || static_cast<int64_t>(u.data.size()) <= kNearPanel;
}

template <class L, class Cell, class Acts, bool kInput, int B, int N>
struct ForwardRow {
  using Panel = ForwardPanel<L, Cell, Acts, kInput, B>;
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  static constexpr int kGates = Panel::kGates, kApart = Panel::kApart;
  static constexpr int kSums = Panel::kSums, kAll = N * kSums;  // of one panel, of all
  static constexpr int kStates = Panel::kStates, kLate = Panel::kLate;
  // Of a stream, whose sums may be taken in several chains.
  static constexpr int kChains = kAll <= 2 ? 4 : (kAll < 8 && 2 * kAll <= L::kAccumulators ? 2 : 1);
  const Panel& first;  // of those side by side

  // The sums of a tile of rows, in the same order.
  HWY_INLINE void run() const {
    const ForwardArgs<Real>& args = first.args;
    Reg sum[1][kAll], apart[kAll];
    for (int n = 0; args.next_rows > 0 && n < N; ++n) panel(n).fetch(args.next_index[0]);
    start(sum[0]);
    if constexpr (kInput) multiply<1>(args.x, args.features, *args.w, sum);
    set_apart(sum[0], apart);
    if (args.zh == nullptr) {
      multiply<1>(args.prev, args.units, *args.u, sum);
    } else {
      add_products(args.zh, sum[0]);
    }
    if (args.gates == nullptr) {
      finish<false>(sum[0], apart);
    } else {
      finish<true>(sum[0], apart);
    }
  }

  // With its input x, which may come later than the state, and with fewer products one behind the
  // other: sums in several chains.
  HWY_INLINE void run_in_chains() const {
    const ForwardArgs<Real>& args = first.args;
    Reg input[1][kAll], sum[kChains][kAll], apart[kAll];
    start(input[0]);
#pragma GCC unroll 32
    for (int i = 0; i < kChains * kAll; ++i) sum[i / kAll][i % kAll] = L::zero();
    multiply<kChains>(args.prev, args.units, *args.u, sum);
    multiply<1>(args.x, args.features, *args.w, input);
    set_apart(input[0], apart);
#pragma GCC unroll 32
    for (int i = kAll; i < kChains * kAll; ++i) {
      sum[0][i % kAll] = sum[0][i % kAll] + sum[i / kAll][i % kAll];
    }
#pragma GCC unroll 16
    for (int i = 0; i < kAll; ++i) sum[0][i] = sum[0][i] + input[0][i];
    finish<false>(sum[0], apart);
  }

 private:
  HWY_INLINE Panel panel(int n) const {
    const int64_t step = first.args.last_block_first ? -n : n;
    return {first.args, first.acts, first.number + step, first.first_block + step * B,
            nullptr,    false};
  }

  HWY_INLINE void start(Reg (&sum)[kAll]) const {
#pragma GCC unroll 16
    for (int i = 0; i < kAll; ++i) {
      sum[i] = L::load(panel(i / kSums).zx_row(0) + i % kSums * L::kLanes);
    }
  }

  // sum += a times the panels; element k goes to chain k % C.
  template <int C>
  HWY_INLINE void multiply(const Real* a, int64_t K, const PackedMatrix<Real>& matrix,
                           Reg (&sum)[C][kAll]) const {
    const Real* at[N];
#pragma GCC unroll 4
    for (int n = 0; n < N; ++n) at[n] = matrix.panel(panel(n).number);
    int64_t k = 0;
    for (; k + C <= K; k += C) {
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) add_row(a[k + c], at, k + c, sum[c]);
    }
    if constexpr (C > 1) {
      for (; k < K; ++k) add_row(a[k], at, k, sum[0]);
    }
  }

  HWY_INLINE void add_row(Real of_a, const Real* const (&at)[N], int64_t k,
                          Reg (&sum)[kAll]) const {
    const Reg value = L::set(of_a);
#pragma GCC unroll 16
    for (int i = 0; i < kAll; ++i) {
      sum[i] = L::fma(value, L::load(at[i / kSums] + (k * kSums + i % kSums) * L::kLanes), sum[i]);
    }
  }

  HWY_INLINE void add_products(const Real* zh, Reg (&sum)[kAll]) const {
#pragma GCC unroll 16
    for (int i = 0; i < kAll; ++i) {
      const int64_t at = panel(i / kSums).first_block * kGates + i % kSums;
      sum[i] = sum[i] + L::load(zh + at * L::kLanes);
    }
  }

  // Moves the input's part of the gates that want it apart out of the sums, which start with the
  // recurrent bias.
  HWY_INLINE void set_apart(Reg (&sum)[kAll], Reg (&apart)[kAll]) const {
#pragma GCC unroll 16
    for (int i = 0; i < kAll; ++i) {
      if (i % kGates < kApart) continue;
      apart[i] = sum[i];
      sum[i] = panel(i / kSums).recurrent_bias(i % kSums);
    }
  }

  // As of a tile, but the states of a row have registers enough.
  template <bool kKeep>
  HWY_INLINE void finish(const Reg (&sum)[kAll], const Reg (&apart)[kAll]) const {
    const Acts fresh = first.acts.fresh();
    Reg waiting[N * B][kStates + kLate];
#pragma GCC unroll 8
    for (int i = 0; i < N * B; ++i) {
      panel(i / B).template forward<kKeep, kStates>(fresh, panel(i / B).place_of(0), i % B,
                                                    sum + i * kGates, apart + i * kGates + kApart,
                                                    waiting[i]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < N * B; ++i) {
      panel(i / B).template output<kKeep, kStates>(fresh, panel(i / B).place_of(0), i % B,
                                                   waiting[i]);
    }
  }
};
EDDY_SIMD_END;

#endif
