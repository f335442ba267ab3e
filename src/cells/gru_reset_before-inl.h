// SPDX-License-Identifier: MIT
// GRU (Cho et al. 2014) as it was first written, Keras' reset_after=False: the reset gate acts on
// the state before its product. Gates in storage order: u (Keras' z), r, n (the candidate).
//   n = act(zx_n + (r h') U_n)      h = u h' + (1 - u) n
#if defined(EDDY_CELLS_GRU_RESET_BEFORE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_GRU_RESET_BEFORE_INL_H_
#undef EDDY_CELLS_GRU_RESET_BEFORE_INL_H_
#else
#define EDDY_CELLS_GRU_RESET_BEFORE_INL_H_
#endif

#include "cells/frame-inl.h"

EDDY_SIMD_BEGIN

struct gru_reset_before {  // NOLINT(readability-identifier-naming): as the other cells
  static constexpr CellSpec kSpec = {.name = "gru_reset_before",
                                     .class_name = "GRU",
                                     .gates = 3,
                                     .states = 1,
                                     .extra = 0,
                                     .apart = 3,
                                     .has_recurrent_activation = true,
                                     .scaled_gate = 2,
                                     .scaling_gate = 1,
                                     .variant_of = "gru"};

  template <class R, class Act>
  static HWY_INLINE void forward(const Act& act, const R* z, const R*, const R* prev, R* next,
                                 R* gates, R*) {
    const R u = act.gate(z[0]), r = act.gate(z[1]), n = act.state(z[2]);
    next[0] = Act::fma(u, prev[0] - n, n);
    gates[0] = act.kept_gate(z[0], u), gates[1] = act.kept_gate(z[1], r);
    gates[2] = act.kept_state(z[2], n);
  }

  template <class R, class Act>
  static HWY_INLINE void backward(const Act& act, const R* gates, const R*, const R* prev, const R*,
                                  const R* dstate, R* dzx, R* dzh, R* dprev) {
    const R u = act.gate_of(gates[0]), n = act.state_of(gates[2]);
    const R dh = dstate[0];
    dzx[0] = dzh[0] = dh * (prev[0] - n) * act.dgate(gates[0]);  // h = u h' + (1 - u) n
    dzx[1] = dzh[1] = Act::zero();  // the driver adds it, through (r h') U_n
    dzx[2] = dzh[2] = (dh - dh * u) * act.dstate(gates[2]);
    dprev[0] = dh * u;
  }
};
EDDY_SIMD_END;

#endif
