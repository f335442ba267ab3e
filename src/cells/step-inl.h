// SPDX-License-Identifier: MIT
// One time step of a block of rows: the product with U and the cell in registers, no pass over
// memory between them. Memory of gates, extra and z: [row][unit block][value][lane]. Letters: R
// rows of a tile, B unit blocks (registers of units) of a panel, G gates, S states.
#if defined(EDDY_CELLS_STEP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_CELLS_STEP_INL_H_
#undef EDDY_CELLS_STEP_INL_H_
#else
#define EDDY_CELLS_STEP_INL_H_
#endif

#include <type_traits>

#include "cells/backward-inl.h"
#include "cells/cell_kernels.h"
#include "cells/forward_panel-inl.h"
#include "cells/frame-inl.h"

EDDY_SIMD_BEGIN

// Calls visit(panel) for the panels of U, of the share and in the order asked for.
//   far  whether panels are fetched ahead
template <class L, class Cell, bool kInput, class Acts, class Visit>
HWY_INLINE void for_panels(const ForwardArgs<typename L::Real>& args, const Acts& acts, bool far,
                           const Visit& visit) {
  constexpr int kGates = Cell::kSpec.gates, kBlocks = blocks_per_panel(kGates);
  const int64_t first = args.u->panels() * args.part / args.parts;
  const int64_t end = args.u->panels() * (args.part + 1) / args.parts;
  for (int64_t i = first; i < end; ++i) {
    const int64_t p = args.last_block_first ? first + end - 1 - i : i;
    const auto* next =
        !far || i + 1 == end ? nullptr : args.u->panel(args.last_block_first ? p - 1 : p + 1);
    if constexpr (kBlocks == 2) {
      if (args.u->vectors_of(p) == 2 * kGates) {
        visit(ForwardPanel<L, Cell, Acts, kInput, 2>{args, acts, p, p * 2, next});
        continue;
      }
    }
    visit(ForwardPanel<L, Cell, Acts, kInput, 1>{args, acts, p, p * kBlocks, next});
  }
}

template <class L, class Cell, class Acts>
void forward_with(const ForwardArgs<typename L::Real>& given, const Acts& acts) {
  // A copy whose address nobody knows: stores of registers may change anything else.
  const ForwardArgs<typename L::Real> args = given;
  // Not inlined: GCC keeps more of a tile in registers then.
  const auto all_rows = [&](const auto& panel) HWY_ATTR HWY_NOINLINE {
    for_row_tiles<tile_rows<L>(std::decay_t<decltype(panel)>::kSums)>(args.rows, panel);
  };
  const bool far = args.u->is_far();
  if (args.x == nullptr) {
    for_panels<L, Cell, false>(args, acts, far, all_rows);
  } else {
    for_panels<L, Cell, true>(args, acts, far, all_rows);
  }
}

template <class L, class Cell, class Acts>
void step_with(const ForwardArgs<typename L::Real>& given, const OneStep<typename L::Real>& one,
               const Acts& acts) {
  ForwardArgs<typename L::Real> args = given;  // see forward_with
  args.x = one.x;
  args.prev = one.prev;
  args.next = one.next;
  args.last_block_first = one.last_block_first;
  for_panels<L, Cell, true>(args, acts, false,
                            [&](const auto& panel) HWY_ATTR { panel.run_alone(); });
}

inline bool is_default(ActivationPair pair) {
  return pair.gate == ActivationKind::sigmoid && pair.state == ActivationKind::tanh;
}

template <class L, class Cell>
void cell_forward(const ForwardArgs<typename L::Real>& args) {
  if (is_default(args.activations)) {
    forward_with<L, Cell>(args, FastActs<L>(args.activations));
  } else {
    forward_with<L, Cell>(args, AnyActs<L>(args.activations));
  }
}

template <class L, class Cell>
void cell_step(const ForwardArgs<typename L::Real>& args, const OneStep<typename L::Real>& step) {
  if (is_default(args.activations)) {
    step_with<L, Cell>(args, step, FastActs<L>(args.activations));
  } else {
    step_with<L, Cell>(args, step, AnyActs<L>(args.activations));
  }
}

template <class L, class Cell>
void cell_backward(const BackwardArgs<typename L::Real>& args) {
  if (is_default(args.activations)) {
    backward_with<L, Cell, FastActs<L>>(args);
  } else {
    backward_with<L, Cell, AnyActs<L>>(args);
  }
}
EDDY_SIMD_END;

#endif
