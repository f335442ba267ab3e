// SPDX-License-Identifier: MIT
// SimpleRNN (Elman 1990; Keras): h = act(x W + b + h' U).
#if defined(EDDY_CELLS_SIMPLE_RNN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_SIMPLE_RNN_INL_H_
#undef EDDY_CELLS_SIMPLE_RNN_INL_H_
#else
#define EDDY_CELLS_SIMPLE_RNN_INL_H_
#endif

#include "cells/frame-inl.h"

EDDY_SIMD_BEGIN

struct simple_rnn {  // NOLINT(readability-identifier-naming): the word of flags and files
  static constexpr CellSpec kSpec = {.name = "simple_rnn", .class_name = "SimpleRNN"};

  template <class R, class Act>
  static HWY_INLINE void forward(const Act& act, const R* z, const R*, const R*, R* next, R* gates,
                                 R*) {
    next[0] = act.state(z[0]);
    gates[0] = act.kept_state(z[0], next[0]);
  }

  template <class R, class Act>
  static HWY_INLINE void backward(const Act& act, const R* gates, const R*, const R*, const R*,
                                  const R* dstate, R* dzx, R* dzh, R* dprev) {
    dzx[0] = dzh[0] = dstate[0] * act.dstate(gates[0]);  // h = act(z)
    dprev[0] = Act::zero();                              // the driver adds dz U^T
  }
};
EDDY_SIMD_END;

#endif
