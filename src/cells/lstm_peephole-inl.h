// SPDX-License-Identifier: MIT
// LSTM with peepholes of one number a unit (Gers and Schmidhuber 2000): the gates i and f see the
// carry that enters the step, o the one that leaves it.
//   c = f c' + i g      h = o act(c)      i, f: + v c'      o: + v c
#if defined(EDDY_CELLS_LSTM_PEEPHOLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_LSTM_PEEPHOLE_INL_H_
#undef EDDY_CELLS_LSTM_PEEPHOLE_INL_H_
#else
#define EDDY_CELLS_LSTM_PEEPHOLE_INL_H_
#endif

#include "cells/frame-inl.h"

EDDY_SIMD_BEGIN

struct lstm_peephole {  // NOLINT(readability-identifier-naming): as the other cells
  static constexpr CellSpec kSpec = {.name = "lstm_peephole",
                                     .class_name = "LSTM",
                                     .gates = 4,
                                     .states = 2,
                                     .apart = 4,
                                     .forget_gate = 1,
                                     .has_recurrent_activation = true,
                                     .peephole_gates = {0, 1, 3},
                                     .leaving = 3,
                                     .has_vectors = true,
                                     .variant_of = "lstm"};

  template <class R, class Act>
  static HWY_INLINE void forward(const Act& act, const R* z, const R*, const R* prev, R* next,
                                 R* gates, R*, const R* v) {
    const R zi = Act::fma(v[0], prev[1], z[0]), zf = Act::fma(v[1], prev[1], z[1]);
    const R i = act.gate(zi), f = act.gate(zf), g = act.state(z[2]);
    const R c = Act::fma(f, prev[1], i * g);
    const R zo = Act::fma(v[2], c, z[3]), o = act.gate(zo), tc = act.state(c);
    next[0] = o * tc;
    next[1] = c;
    gates[0] = act.kept_gate(zi, i), gates[1] = act.kept_gate(zf, f);
    gates[2] = act.kept_state(z[2], g), gates[3] = act.kept_gate(zo, o);
  }

  template <class R, class Act>
  static HWY_INLINE void backward(const Act& act, const R* gates, const R*, const R* prev,
                                  const R* next, const R* dstate, R* dzx, R* dzh, R* dprev,
                                  const R* v) {
    const R i = act.gate_of(gates[0]), f = act.gate_of(gates[1]), g = act.state_of(gates[2]);
    const R o = act.gate_of(gates[3]), c = next[1], tc = act.state(c);
    const R dh = dstate[0], dzo = dh * tc * act.dgate(gates[3]);
    // h = o act(c), and c stands in o
    const R dc =
        Act::fma(dh * o, act.dstate(act.kept_state(c, tc)), Act::fma(dzo, v[2], dstate[1]));
    dzx[0] = dzh[0] = dc * g * act.dgate(gates[0]);  // c = f c' + i g
    dzx[1] = dzh[1] = dc * prev[1] * act.dgate(gates[1]);
    dzx[2] = dzh[2] = dc * i * act.dstate(gates[2]);
    dzx[3] = dzh[3] = dzo;
    dprev[0] = Act::zero();  // the driver adds dz U^T
    dprev[1] = Act::fma(dzx[0], v[0], Act::fma(dzx[1], v[1], dc * f));
  }
};
EDDY_SIMD_END;

#endif
