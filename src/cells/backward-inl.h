// SPDX-License-Identifier: MIT
// The cell's part of a step of backward: gradients of its gates and of the states before it. Memory
// as in step-inl.h.
#if defined(EDDY_CELLS_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_BACKWARD_INL_H_
#undef EDDY_CELLS_BACKWARD_INL_H_
#else
#define EDDY_CELLS_BACKWARD_INL_H_
#endif

#include "cells/cell_kernels.h"
#include "cells/frame-inl.h"

EDDY_SIMD_BEGIN

// What the step before kept of the same row stands `rows_back` rows back.
template <class L, class Cell>
HWY_INLINE void fetch_earlier(const BackwardArgs<typename L::Real>& args,
                              const typename L::Real* gates, const typename L::Real* extra,
                              int64_t at) {
  constexpr int kGates = Cell::kSpec.gates, kExtra = Cell::kSpec.extra;
  const int64_t back = args.rows_back * args.padded_units;
#pragma GCC unroll 4
  for (int g = 0; g < kGates; ++g) hwy::Prefetch(gates - back * kGates + g * L::kLanes);
#pragma GCC unroll 4
  for (int e = 0; e < kExtra; ++e) hwy::Prefetch(extra - back * kExtra + e * L::kLanes);
#pragma GCC unroll 4
  for (int s = 0; s < Cell::kSpec.states; ++s) {
    hwy::Prefetch(args.prev + s * args.prev_stride + at - back);
  }
}

template <class L, class Cell, class Acts>
void backward_with(const BackwardArgs<typename L::Real>& given) {
  const BackwardArgs<typename L::Real> args = given;  // see forward_with
  const Acts acts(args.activations);
  using Real = typename L::Real;
  using Reg = typename L::Reg;
  constexpr int kGates = Cell::kSpec.gates, kStates = Cell::kSpec.states;
  constexpr int kExtra = Cell::kSpec.extra;
  constexpr bool kTwoGradients = Cell::kSpec.apart < kGates;
  for (int64_t row = 0; row < args.rows; ++row) {
    Real* gates_row = args.gates + row * args.padded_units * kGates;
    const Real* extra_row = args.extra + row * args.padded_units * kExtra;
    const bool fetch = row < args.rows_back;
    for (int64_t unit = 0; unit < args.padded_units; unit += L::kLanes) {
      const int64_t at = row * args.padded_units + unit;
      Reg gates[kGates], extra[kExtra + 1], prev[kStates], next[kStates], dstate[kStates];
      Reg dzx[kGates], dzh[kGates], dprev[kStates];
#pragma GCC unroll 4
      for (int g = 0; g < kGates; ++g)
        gates[g] = L::load(gates_row + unit * kGates + g * L::kLanes);
#pragma GCC unroll 4
      for (int e = 0; e < kExtra; ++e)
        extra[e] = L::load(extra_row + unit * kExtra + e * L::kLanes);
#pragma GCC unroll 4
      for (int s = 0; s < kStates; ++s) {
        prev[s] = L::load(args.prev + s * args.prev_stride + at);
        next[s] = L::load(args.next + s * args.prev_stride + at);
        dstate[s] = L::load(args.dstate + s * args.dstate_stride + at);
      }
      if (fetch)
        fetch_earlier<L, Cell>(args, gates_row + unit * kGates, extra_row + unit * kExtra, at);
      if constexpr (Cell::kSpec.has_vectors) {
        Reg vectors[kMostPeepholes];
        load_vectors<L>(args.vectors, args.padded_units, unit, vectors);
        Cell::backward(acts, gates, extra, prev, next, dstate, dzx, dzh, dprev, vectors);
      } else {
        Cell::backward(acts, gates, extra, prev, next, dstate, dzx, dzh, dprev);
      }
#pragma GCC unroll 4
      for (int g = 0; g < kGates; ++g) {
        L::store(dzx[g], gates_row + unit * kGates + g * L::kLanes);
        if constexpr (kTwoGradients) {
          L::store(dzh[g], args.dzh + (row * args.padded_units + unit) * kGates + g * L::kLanes);
        }
      }
#pragma GCC unroll 4
      for (int s = 0; s < kStates; ++s)
        L::store(dprev[s], args.dstate + s * args.dstate_stride + at);
    }
  }
}
EDDY_SIMD_END;

#endif
