// SPDX-License-Identifier: MIT
// The product with one panel of U and the cell behind it, in registers: no pass over memory between
// them. Letters: R rows of a tile, B unit blocks (registers of units) of a panel, G gates, S
// states.
#if defined(EDDY_CELLS_FORWARD_PANEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_FORWARD_PANEL_INL_H_
#undef EDDY_CELLS_FORWARD_PANEL_INL_H_
#else
#define EDDY_CELLS_FORWARD_PANEL_INL_H_
#endif

#include "cells/cell_kernels.h"
#include "cells/frame-inl.h"
#include "kernels/tile-inl.h"

EDDY_SIMD_BEGIN

// Where the values of a row stand, for the first units of a panel. Kept by itself: what the
// compiler knows of the arguments it forgets with every store.
template <class Real>
struct Place {
  const Real* prev;
  Real *next, *gates, *extra;
  int64_t prev_stride, next_stride, units;

  template <bool kKeep, int kGates, int kExtra>
  HWY_INLINE void go_down() {
    prev += units;
    next += units;
    if constexpr (!kKeep) return;
    gates += units * kGates;
    extra += units * kExtra;
  }
};

// kInput  multiplies the input too: args.x is given. Known when compiled, for the sake of
// registers.
template <class L, class Cell, class Acts, bool kInput, int B>
struct ForwardPanel {
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  static constexpr int kGates = Cell::kSpec.gates, kStates = Cell::kSpec.states;
  static constexpr int kExtra = Cell::kSpec.extra, kApart = Cell::kSpec.apart;
  static constexpr int kSums = B * kGates, kLate = Cell::kSpec.late;
  static constexpr bool kTwoParts = kHasOutput<Cell, Reg, Acts>;
  const ForwardArgs<Real>& args;
  const Acts& acts;
  int64_t number, first_block;  // of the panel
  const Real* next_panel;       // of U, where it stands far away; or null
  bool fetches_places;

  template <int R>
  HWY_INLINE Ahead<Real> ahead(int64_t row) const {
    return share_of_next<R>(next_panel, args.units, kSums * L::kLanes, row, args.rows);
  }

  // Of the panel's units.
  HWY_INLINE const Real* zx_row(int64_t row) const {
    const Real* zx = args.zx + first_block * kGates * L::kLanes;
    if (args.zx_index != nullptr) return zx + args.zx_index[row] * args.gate_stride();
    return kInput ? zx : zx + row * args.gate_stride();
  }

  template <int R>
  HWY_INLINE void run(int64_t row) const {
    for (int64_t r = row; r < row + R && r < args.next_rows; ++r) fetch(args.next_index[r]);
    if (fetches_places) fetch_places<R>(place_of(row + R));
    Reg sum[R][kSums];
    const Real* zx[R];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      zx[r] = zx_row(row + r);
      start<kInput ? kGates : kApart>(zx[r], sum[r]);
    }
    HWY_ALIGN Real apart[kInput && kApart < kGates ? R * kSums * L::kLanes : 1];
    if constexpr (kInput) {
      multiply_tile<false, L, R, kSums>(args.x + row * args.x_stride, args.x_stride,
                                        args.w->panel(number), args.features, sum);
#pragma GCC unroll 16
      for (int r = 0; kApart < kGates && r < R; ++r) {
        zx[r] = apart + r * kSums * L::kLanes;
        set_apart(sum[r], apart + r * kSums * L::kLanes);
      }
    }
    if (args.zh == nullptr) {
      multiply_tile<false, L, R, kSums>(args.prev + row * args.padded_units, args.padded_units,
                                        args.u->panel(number), args.units, sum, ahead<R>(row));
    } else {
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) add_products(row + r, sum[r]);
    }
    if (args.gates == nullptr) {
      finish<false>(place_of(row), zx, sum);  // inference keeps nothing
    } else {
      finish<true>(place_of(row), zx, sum);
    }
  }

  // Rows of a projection table stand anywhere in the second or third cache; without this the first
  // sums of every tile wait for them.
  HWY_INLINE void fetch(int64_t index) const {
    const Real* zx = args.zx + index * args.gate_stride() + first_block * kGates * L::kLanes;
#pragma GCC unroll 8
    for (int i = 0; i < kSums; ++i) hwy::Prefetch(zx + i * L::kLanes);
  }

  // Memory that will be written, one tile of rows later: what backward needs of hundreds of steps
  // leaves all caches, and a store that waits for its line holds up those behind it.
  template <int R>
  HWY_INLINE void fetch_places(Place<Real> at) const {
    constexpr int kLine = 64 / (L::kLanes * sizeof(Real));  // registers of one
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r, at.template go_down<true, kGates, kExtra>()) {
#pragma GCC unroll 8
      for (int i = 0; i < kSums; i += kLine) hwy::Prefetch(at.gates + i * L::kLanes);
#pragma GCC unroll 4
      for (int i = 0; i < B * kExtra; i += kLine) hwy::Prefetch(at.extra + i * L::kLanes);
#pragma GCC unroll 4
      for (int s = 0; s < kStates; ++s) hwy::Prefetch(at.next + s * at.next_stride);
    }
  }

  // The first kFirst gates of a unit from the input's part, the others from the recurrent bias.
  template <int kFirst>
  HWY_INLINE void start(const Real* zx, Reg (&sum)[kSums]) const {
#pragma GCC unroll 8
    for (int i = 0; i < kSums; ++i) {
      sum[i] = i % kGates < kFirst ? L::load(zx + i * L::kLanes) : recurrent_bias(i);
    }
  }

  HWY_INLINE Reg recurrent_bias(int i) const {
    const int64_t at = (first_block * kGates + i) * L::kLanes;
    return args.recurrent_bias == nullptr ? L::zero() : L::load(args.recurrent_bias + at);
  }

  // Puts the input's part of the gates that want it apart into `kept`.
  HWY_INLINE void set_apart(Reg (&sum)[kSums], Real* kept) const {
#pragma GCC unroll 8
    for (int i = 0; i < kSums; ++i) {
      if (i % kGates < kApart) continue;
      L::store(sum[i], kept + i * L::kLanes);
      sum[i] = recurrent_bias(i);
    }
  }

  HWY_INLINE void add_products(int64_t row, Reg (&sum)[kSums]) const {
    const Real* zh = args.zh + row * args.gate_stride() + first_block * kGates * L::kLanes;
#pragma GCC unroll 8
    for (int i = 0; i < kSums; ++i) sum[i] = sum[i] + L::load(zh + i * L::kLanes);
  }

  HWY_INLINE Place<Real> place_of(int64_t row) const {
    const int64_t at = row * args.padded_units + first_block * L::kLanes;
    const bool keeps = args.gates != nullptr;
    return {.prev = args.prev + at,
            .next = args.next + at,
            .gates = keeps ? args.gates + at * kGates : nullptr,
            .extra = keeps ? args.extra + at * kExtra : nullptr,
            .prev_stride = args.prev_stride,
            .next_stride = args.next_stride,
            .units = args.padded_units};
  }

  // First all that the cell computes before its output, then that: the output of one row would wait
  // for its gates, those of all rows come one behind the other.
  template <bool kKeep, int R>
  HWY_INLINE void finish(const Place<Real>& first, const Real* const (&zx)[R],
                         const Reg (&sum)[R][kSums]) const {
    const Acts fresh = acts.fresh();
    Reg waiting[R][B][1 + kLate];
    Place<Real> at = first;
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r, at.template go_down<kKeep, kGates, kExtra>()) {
#pragma GCC unroll 4
      for (int b = 0; b < B; ++b) {
        Reg apart[kGates - kApart + 1];
#pragma GCC unroll 4
        for (int g = kApart; g < kGates; ++g) {
          apart[g - kApart] = L::load(zx[r] + (b * kGates + g) * L::kLanes);
        }
        forward<kKeep, 1>(fresh, at, b, sum[r] + b * kGates, apart, waiting[r][b]);
      }
    }
    at = first;
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r, at.template go_down<kKeep, kGates, kExtra>()) {
#pragma GCC unroll 4
      for (int b = 0; b < B; ++b) output<kKeep, 1>(fresh, at, b, waiting[r][b]);
    }
  }

  // zx       of the gates whose input part comes apart
  // waiting  what `output` goes on with, as far as it has come: kHeld states, the first of which is
  //          the output, and the late gates
  template <bool kKeep, int kHeld>
  HWY_INLINE void forward(const Acts& fresh, const Place<Real>& at, int b, const Reg* sum,
                          const Reg* zx, Reg* waiting) const {
    Reg prev[kStates], next[kStates], gates[kGates], extra[kExtra + 1];
#pragma GCC unroll 4
    for (int s = 0; s < kStates; ++s) {
      prev[s] = L::load(at.prev + s * at.prev_stride + b * L::kLanes);
    }
    if constexpr (Cell::kSpec.has_vectors) {
      Reg vectors[kMostPeepholes];
      load_vectors<L>(args.vectors, args.padded_units, (first_block + b) * L::kLanes, vectors);
      Cell::forward(fresh, sum, zx, prev, next, gates, extra, vectors);
    } else {
      Cell::forward(fresh, sum, zx, prev, next, gates, extra);
    }
#pragma GCC unroll 4
    for (int s = 0; s < kHeld; ++s) waiting[s] = next[s];
#pragma GCC unroll 4
    for (int g = 0; g < kLate; ++g) waiting[kHeld + g] = gates[kGates - kLate + g];
#pragma GCC unroll 4
    for (int s = kTwoParts ? 1 : 0; s < kStates; ++s) {
      L::store(next[s], at.next + s * at.next_stride + b * L::kLanes);
    }
    if constexpr (kKeep) {
#pragma GCC unroll 4
      for (int g = 0; g < kGates - kLate; ++g) {
        L::store(gates[g], at.gates + (b * kGates + g) * L::kLanes);
      }
#pragma GCC unroll 4
      for (int e = 0; e < kExtra; ++e) {
        L::store(extra[e], at.extra + (b * kExtra + e) * L::kLanes);
      }
    }
  }

  template <bool kKeep, int kHeld>
  HWY_INLINE void output(const Acts& fresh, const Place<Real>& at, int b,
                         const Reg* waiting) const {
    if constexpr (kTwoParts) {
      Reg prev[kStates], next[kStates], gates[kGates];
#pragma GCC unroll 4
      for (int s = 0; s < kStates; ++s) {
        prev[s] = L::load(at.prev + s * at.prev_stride + b * L::kLanes);
        next[s] = s < kHeld ? waiting[s] : L::load(at.next + s * at.next_stride + b * L::kLanes);
      }
#pragma GCC unroll 4
      for (int g = 0; g < kLate; ++g) gates[kGates - kLate + g] = waiting[kHeld + g];
      Cell::output(fresh, prev, next, gates);
      L::store(next[0], at.next + b * L::kLanes);
#pragma GCC unroll 4
      for (int g = kGates - kLate; kKeep && g < kGates; ++g) {
        L::store(gates[g], at.gates + (b * kGates + g) * L::kLanes);
      }
    }
  }
};
EDDY_SIMD_END;

#endif
