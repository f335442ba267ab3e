// SPDX-License-Identifier: MIT
// One step of a cell for a block of rows, as plain functions a cell, a type and an instruction set.
// Letters: H units, Hp units padded to whole registers, G gates, S states, N lanes.
// z and gates are [rows, G*Hp] in the order [unit block][gate][lane] ("gate order").
#pragma once

#include <cstdint>

#include "cells/cell.h"
#include "kernels/activation.h"
#include "kernels/packed.h"
#include "kernels/simd.h"

namespace eddy {

struct ActivationPair {
  ActivationKind gate = ActivationKind::sigmoid;  // recurrent_activation
  ActivationKind state = ActivationKind::tanh;    // activation
  bool over_rows() const { return is_over_rows(gate) || is_over_rows(state); }
};

// Unit blocks of one panel of U: a cell with a single gate needs two for enough independent sums.
constexpr int blocks_per_panel(int gates) { return gates == 1 ? 2 : 1; }

// Must not overlap: next with prev.
template <class Real>
struct ForwardArgs {
  ActivationPair activations;
  int64_t rows = 0, units = 0, padded_units = 0, gates_per_unit = 0;
  // [*, G*Hp]  x W + b, rows chosen by zx_index; with x: [G*Hp], b alone
  const Real* zx = nullptr;
  const int32_t* zx_index = nullptr;      // [rows]; null: row r itself
  const Real* x = nullptr;                // [rows, features]  multiplied here; null: before
  int64_t features = 0, x_stride = 0;     // with x; between its rows
  const PackedMatrix<Real>* w = nullptr;  // [features, G*Hp]  with x; in panels like those of u
  // Rows of zx that the next step will read: fetched into the cache while this one computes.
  const int32_t* next_index = nullptr;  // [next_rows]
  int64_t next_rows = 0;
  const Real* zh =
      nullptr;  // [rows, G*Hp]  products with U, where they are made before; null: made here
  const Real* vectors = nullptr;         // [vectors, Hp]  of cells that have them
  const Real* recurrent_bias = nullptr;  // [G*Hp]  for the gates whose zh comes apart; null: zeros
  // [H, G*Hp]  panels of blocks_per_panel(G) * G registers; also gives the order of zh
  const PackedMatrix<Real>* u = nullptr;
  // Of the panels of U, and so of the units, this call computes the part-th of `parts` equal
  // shares.
  int64_t part = 0, parts = 1;
  // The unit blocks from the last to the first: every other step, so that a step begins with the
  // part of U that the one before has left in the nearest cache.
  bool last_block_first = false;
  const Real* prev = nullptr;  // [S][rows, Hp]
  int64_t prev_stride = 0;     // between states
  Real* next = nullptr;        // [S][rows, Hp]
  int64_t next_stride = 0;
  Real* gates = nullptr;  // [rows, G*Hp]  kept for backward; null: inference
  Real* extra = nullptr;  // [rows, E*Hp]

  int64_t gate_stride() const { return gates_per_unit * padded_units; }
};

template <class Real>
struct BackwardArgs {
  ActivationPair activations;
  int64_t rows = 0, units = 0, padded_units = 0, lanes = 0;
  Real* gates = nullptr;          // [rows, G*Hp]  in: as kept; out: d(loss)/d(zx)
  const Real* extra = nullptr;    // [rows, E*Hp]
  const Real* vectors = nullptr;  // [vectors, Hp]
  const Real* prev = nullptr;     // [S][rows, Hp]  states that enter the step
  const Real* next = nullptr;     // [S][rows, Hp]  and that leave it, with the same stride
  int64_t prev_stride = 0;
  Real* dstate = nullptr;     // [S][rows, Hp]  in: of the step's result; out: of its start, without
  int64_t dstate_stride = 0;  //                the part that comes through U
  int64_t rows_back =
      0;                // where the rows of the step before stand, which are fetched ahead; 0: none
  Real* dzh = nullptr;  // [rows, G*Hp]  out, only for cells with spec.apart < spec.gates;
                        //                for the others it equals d(loss)/d(zx)
};

template <class Real>
struct CellKernels {
  int64_t lanes;      // N
  int64_t tile_rows;  // rows that one pass of the forward kernel holds in registers
  void (*forward)(const ForwardArgs<Real>& args);
  void (*backward)(const BackwardArgs<Real>& args);
  // One row with its input, keeping nothing for backward. What steps do not have in common comes
  // by itself, in registers: x [features], prev [S][Hp], next [S][Hp]; args says the rest. Sums are
  // taken in several chains, for speed: they differ from those of `forward` in the last bits. Null
  // for cells over rows (row_cells.h).
  void (*step)(const ForwardArgs<Real>& args, const Real* x, const Real* prev, Real* next,
               bool last_block_first);
};

// By CellSpec::name, for the instruction set in use for so many units (chosen_simd_target), which
// is that of kernels<Real>(units). Throws like find_cell.
template <class Real>
CellKernels<Real> cell_kernels(std::string_view name, int64_t units = kAnyWidth);

}  // namespace eddy
