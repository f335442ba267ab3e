// SPDX-License-Identifier: MIT
// What a cell's equations may use: the two activations of a layer. `Act` is FastActs for Keras'
// default pair, resolved at compile time, or AnyActs.
//   y = gate(x), state(x)           the activations
//   kept_gate(x, y), ...            what backward needs: y, or x for a slope that y does not tell
//   gate_of(kept), dgate(kept), ... value and slope from it
#if defined(EDDY_CELLS_FRAME_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_FRAME_INL_H_
#undef EDDY_CELLS_FRAME_INL_H_
#else
#define EDDY_CELLS_FRAME_INL_H_
#endif

#include "cells/cell.h"
#include "cells/cell_kernels.h"
#include "kernels/activation-inl.h"
#include "kernels/lanes-inl.h"

EDDY_SIMD_BEGIN

template <class L>
struct CommonActs {
  using Reg = typename L::Reg;
  static HWY_INLINE Reg zero() { return L::zero(); }
  static HWY_INLINE Reg fma(Reg a, Reg b, Reg c) { return L::fma(a, b, c); }
};

// recurrent_activation = sigmoid, activation = tanh. Slopes from the value.
//   kSoon  for a row alone
template <class L, bool kSoon = false>
struct FastActs : CommonActs<L> {
  using Reg = typename L::Reg;
  explicit FastActs(ActivationPair) {}
  typename L::Constants constants = {};
  HWY_INLINE Reg gate(Reg x) const {
    return kSoon ? L::sigmoid_soon(x, constants) : L::sigmoid_of_gate(x, constants);
  }
  HWY_INLINE Reg state(Reg x) const {
    return kSoon ? L::tanh_soon(x, constants) : L::tanh(x, constants);
  }
  // The same, its constants not yet in registers.
  HWY_INLINE FastActs fresh() const {
    FastActs acts = *this;
    acts.constants = L::fresh(constants);
    return acts;
  }
  HWY_INLINE Reg dgate(Reg y) const { return y - y * y; }
  HWY_INLINE Reg dstate(Reg y) const { return L::set(1) - y * y; }
  HWY_INLINE Reg kept_gate(Reg, Reg y) const { return y; }
  HWY_INLINE Reg kept_state(Reg, Reg y) const { return y; }
  HWY_INLINE Reg gate_of(Reg kept) const { return kept; }
  HWY_INLINE Reg state_of(Reg kept) const { return kept; }
};

// Not inlined: a switch in every tile would multiply the size of the code.
template <class L>
HWY_NOINLINE typename L::Reg call_activation(ActivationKind kind, typename L::Reg x) {
  return apply_activation<L>(kind, x);
}
template <class L>
HWY_NOINLINE typename L::Reg call_slope(ActivationKind kind, typename L::Reg y) {
  return activation_slope<L>(kind, y);
}

template <class L>
struct AnyActs : CommonActs<L> {
  using Reg = typename L::Reg;
  ActivationPair pair;
  explicit AnyActs(ActivationPair pair_) : pair(pair_) {}
  HWY_INLINE AnyActs fresh() const { return *this; }
  HWY_INLINE Reg gate(Reg x) const { return call_activation<L>(pair.gate, x); }
  HWY_INLINE Reg state(Reg x) const { return call_activation<L>(pair.state, x); }
  HWY_INLINE Reg dgate(Reg kept) const { return call_slope<L>(pair.gate, kept); }
  HWY_INLINE Reg dstate(Reg kept) const { return call_slope<L>(pair.state, kept); }
  HWY_INLINE Reg kept_gate(Reg x, Reg y) const { return slope_needs_argument(pair.gate) ? x : y; }
  HWY_INLINE Reg kept_state(Reg x, Reg y) const { return slope_needs_argument(pair.state) ? x : y; }
  HWY_INLINE Reg gate_of(Reg kept) const {
    return slope_needs_argument(pair.gate) ? gate(kept) : kept;
  }
  HWY_INLINE Reg state_of(Reg kept) const {
    return slope_needs_argument(pair.state) ? state(kept) : kept;
  }
};

// A cell's vectors (peepholes), of the units from `unit` on.
template <class L>
HWY_INLINE void load_vectors(const typename L::Real* from, int64_t stride, int64_t unit,
                             typename L::Reg (&vectors)[kMostPeepholes]) {
#pragma GCC unroll 4
  for (int v = 0; v < kMostPeepholes; ++v) vectors[v] = L::load(from + v * stride + unit);
}
EDDY_SIMD_END;

#endif
