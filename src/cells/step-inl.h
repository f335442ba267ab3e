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

#include <algorithm>
#include <type_traits>

#include "cells/backward-inl.h"
#include "cells/cell_kernels.h"
#include "cells/forward_panel-inl.h"
#include "cells/forward_row-inl.h"
#include "cells/frame-inl.h"
#include "core/processor.h"

EDDY_SIMD_BEGIN

template <int N>
using Count = std::integral_constant<int, N>;

// Calls visit(panel, count) for the panels of U, of the share and in the order asked for: `kBeside`
// of them at a time, the first and how many, where so many whole ones are left, else one; the same
// ones in both orders, for a stream's sums depend on it. One row (kBeside > 1) fetches nothing
// ahead.
template <class L, class Cell, bool kInput, int kBeside, class Acts, class Visit>
HWY_INLINE void for_panels(const ForwardArgs<typename L::Real>& args, const Acts& acts,
                           const Visit& visit) {
  constexpr int kGates = Cell::kSpec.gates, kBlocks = blocks_per_panel(kGates);
  const bool far = kBeside == 1 && args.u->is_far();
  const bool fetches_places = kBeside == 1 && args.gates != nullptr && fetches_before_stores();
  int64_t first = 0, end = args.u->panels();
  if (args.parts > 1) {  // else no divisions, which a step of few units would feel
    first = args.u->panels() * args.part / args.parts;
    end = args.u->panels() * (args.part + 1) / args.parts;
  }
  const bool beside = kBeside > 1 && wants_panels_beside<kGates>(*args.u);
  int64_t step = 1;
  for (int64_t i = first; i < end; i += step) {
    const int64_t p = args.last_block_first ? first + end - 1 - i : i;
    const auto* next =
        !far || i + 1 == end ? nullptr : args.u->panel(args.last_block_first ? p - 1 : p + 1);
    const auto is_whole = [&](int64_t number) HWY_ATTR {
      return kBlocks == 1 || args.u->vectors_of(number) == kBlocks * kGates;
    };
    step = 1;
    if (!is_whole(p)) {
      visit(
          ForwardPanel<L, Cell, Acts, kInput, 1>{args, acts, p, p * kBlocks, next, fetches_places},
          Count<1>());
      continue;
    }
    const ForwardPanel<L, Cell, Acts, kInput, kBlocks> panel{args,        acts, p,
                                                             p * kBlocks, next, fetches_places};
    if constexpr (kBeside > 1) {
      const int64_t last = args.last_block_first ? p - kBeside + 1 : p + kBeside - 1;
      const bool together = (std::min(p, last) - first) % kBeside == 0;
      if (beside && together && i + kBeside <= end && is_whole(last)) {
        visit(panel, Count<kBeside>());
        step = kBeside;
        continue;
      }
    }
    visit(panel, Count<1>());
  }
}

// The panels of one row; kStream: with its input, and sums in chains.
template <class L, class Cell, bool kInput, bool kStream, class Acts>
HWY_INLINE void forward_row(const ForwardArgs<typename L::Real>& args, const Acts& acts) {
  const auto panels_of_row = [&]<int B, int N>(const ForwardPanel<L, Cell, Acts, kInput, B>& panel,
                                               Count<N>) HWY_ATTR {
    const ForwardRow<L, Cell, Acts, kInput, B, N> row{panel};
    if constexpr (kStream) {
      row.run_in_chains();
    } else {
      row.run();
    }
  };
  for_panels<L, Cell, kInput, kPanelsBeside>(args, acts, panels_of_row);
}

template <class L, class Cell, bool kInput, class Acts>
HWY_INLINE void forward_rows(const ForwardArgs<typename L::Real>& args, const Acts& acts) {
  if (args.rows == 1) {
    forward_row<L, Cell, kInput, false>(args, acts);
    return;
  }
  // Not inlined: GCC keeps more of a tile in registers then.
  const auto all_rows = [&](const auto& panel, Count<1>) HWY_ATTR HWY_NOINLINE {
    for_row_tiles<tile_rows<L>(std::decay_t<decltype(panel)>::kSums)>(args.rows, panel);
  };
  for_panels<L, Cell, kInput, 1>(args, acts, all_rows);
}

template <class L, class Cell, class Acts>
void forward_with(const ForwardArgs<typename L::Real>& given, const Acts& acts) {
  // A copy whose address nobody knows: stores of registers may change anything else.
  const ForwardArgs<typename L::Real> args = given;
  if (args.x == nullptr) {
    forward_rows<L, Cell, false>(args, acts);
  } else {
    forward_rows<L, Cell, true>(args, acts);
  }
}

template <class L, class Cell, class Acts>
void step_with(const ForwardArgs<typename L::Real>& given, const typename L::Real* x,
               const typename L::Real* prev, typename L::Real* next, bool last_block_first) {
  ForwardArgs<typename L::Real> args = given;  // see forward_with
  args.x = x;
  args.prev = prev;
  args.next = next;
  args.last_block_first = last_block_first;
  args.rows = args.parts = 1;  // these the compiler may know
  args.part = args.next_rows = 0;
  args.zx_index = args.next_index = nullptr;
  args.zh = nullptr;
  args.gates = nullptr;
  forward_row<L, Cell, true, true>(args, Acts(args.activations));
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
void cell_step(const ForwardArgs<typename L::Real>& args, const typename L::Real* x,
               const typename L::Real* prev, typename L::Real* next, bool last_block_first) {
  if (is_default(args.activations)) {
    step_with<L, Cell, FastActs<L, true>>(args, x, prev, next, last_block_first);
  } else {
    step_with<L, Cell, AnyActs<L>>(args, x, prev, next, last_block_first);
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
