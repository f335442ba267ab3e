// SPDX-License-Identifier: MIT
// GRU (Cho et al. 2014) with the reset gate after the product, as Keras' reset_after=True and
// cuDNN. Gates in storage order: u (Keras' z), r, n (the candidate). n needs its two products
// apart:
//   n = act(zx_n + r zh_n)      h = u h' + (1 - u) n
#if defined(EDDY_CELLS_GRU_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_GRU_INL_H_
#undef EDDY_CELLS_GRU_INL_H_
#else
#define EDDY_CELLS_GRU_INL_H_
#endif

#include "cells/frame-inl.h"

EDDY_SIMD_BEGIN

struct gru {  // NOLINT(readability-identifier-naming): the word of flags and files
  static constexpr CellSpec kSpec = {.name = "gru",
                                     .class_name = "GRU",
                                     .gates = 3,
                                     .states = 1,
                                     .extra = 1,
                                     .apart = 2,
                                     .late = 1,
                                     .has_recurrent_activation = true,
                                     .has_recurrent_bias = true,
                                     .reset_before = "gru_reset_before"};

  template <class R, class Act>
  static HWY_INLINE void forward(const Act& act, const R* z, const R* zx, const R*, R* next,
                                 R* gates, R* extra) {
    const R u = act.gate(z[0]), r = act.gate(z[1]), zh = z[2];
    next[0] = u;
    gates[0] = act.kept_gate(z[0], u), gates[1] = act.kept_gate(z[1], r);
    gates[2] = Act::fma(r, zh, zx[0]);
    extra[0] = zh;
  }

  template <class R, class Act>
  static HWY_INLINE void output(const Act& act, const R* prev, R* next, R* gates) {
    const R u = next[0], zn = gates[2], n = act.state(zn);
    next[0] = Act::fma(u, prev[0] - n, n);
    gates[2] = act.kept_state(zn, n);
  }

  template <class R, class Act>
  static HWY_INLINE void backward(const Act& act, const R* gates, const R* extra, const R* prev,
                                  const R*, const R* dstate, R* dzx, R* dzh, R* dprev) {
    const R u = act.gate_of(gates[0]), r = act.gate_of(gates[1]), n = act.state_of(gates[2]);
    const R dh = dstate[0], zh = extra[0];
    const R dn = (dh - dh * u) * act.dstate(gates[2]);           // n = act(zx + r zh)
    dzx[0] = dzh[0] = dh * (prev[0] - n) * act.dgate(gates[0]);  // h = u h' + (1 - u) n
    dzx[1] = dzh[1] = dn * zh * act.dgate(gates[1]);
    dzx[2] = dn;
    dzh[2] = dn * r;
    dprev[0] = dh * u;  // the driver adds dzh U^T
  }
};
EDDY_SIMD_END;

#endif
