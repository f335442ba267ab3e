// SPDX-License-Identifier: MIT
// LSTM (Hochreiter and Schmidhuber 1997; Gers et al. 2000; Keras): gates i, f, g, o, states h, c.
//   c = f c' + i g      h = o act(c)
#if defined(EDDY_CELLS_LSTM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_LSTM_INL_H_
#undef EDDY_CELLS_LSTM_INL_H_
#else
#define EDDY_CELLS_LSTM_INL_H_
#endif

#include "cells/frame-inl.h"

EDDY_SIMD_BEGIN

struct lstm {  // NOLINT(readability-identifier-naming): the word of flags and files
  static constexpr CellSpec kSpec = {.name = "lstm",
                                     .class_name = "LSTM",
                                     .gates = 4,
                                     .states = 2,
                                     .apart = 4,
                                     .forget_gate = 1,
                                     .has_recurrent_activation = true,
                                     .peephole_gates = {0, 1, 3},
                                     .diagonal = "lstm_peephole"};

  template <class R, class Act>
  static HWY_INLINE void forward(const Act& act, const R* z, const R*, const R* prev, R* next,
                                 R* gates, R*) {
    const R i = act.gate(z[0]), f = act.gate(z[1]), g = act.state(z[2]), o = act.gate(z[3]);
    next[0] = o;
    next[1] = Act::fma(f, prev[1], i * g);
    gates[0] = act.kept_gate(z[0], i), gates[1] = act.kept_gate(z[1], f);
    gates[2] = act.kept_state(z[2], g), gates[3] = act.kept_gate(z[3], o);
  }

  template <class R, class Act>
  static HWY_INLINE void output(const Act& act, const R*, R* next, R*) {
    next[0] = next[0] * act.state(next[1]);
  }

  template <class R, class Act>
  static HWY_INLINE void backward(const Act& act, const R* gates, const R*, const R* prev,
                                  const R* next, const R* dstate, R* dzx, R* dzh, R* dprev) {
    const R i = act.gate_of(gates[0]), f = act.gate_of(gates[1]), g = act.state_of(gates[2]);
    const R o = act.gate_of(gates[3]), c = next[1], tc = act.state(c), dh = dstate[0];
    const R dc = Act::fma(dh * o, act.dstate(act.kept_state(c, tc)), dstate[1]);  // h = o act(c)
    dzx[0] = dzh[0] = dc * g * act.dgate(gates[0]);                               // c = f c' + i g
    dzx[1] = dzh[1] = dc * prev[1] * act.dgate(gates[1]);
    dzx[2] = dzh[2] = dc * i * act.dstate(gates[2]);
    dzx[3] = dzh[3] = dh * tc * act.dgate(gates[3]);
    dprev[0] = Act::zero();  // the driver adds dz U^T
    dprev[1] = dc * f;
  }
};
EDDY_SIMD_END;

#endif
