// SPDX-License-Identifier: MIT
// What a recurrent cell declares about itself, and the list of all cells.
// Letters: B batch, T time, X features, H units, G gates, S states.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eddy {

inline constexpr int kMostPeepholes = 3;

// A cell's facts. The equations stand in src/cells/<name>-inl.h; this list is generated from them.
struct CellSpec {
  const char* name = "";        // "lstm": the word of flags and of RecurrentOptions::cell
  const char* class_name = "";  // "LSTM": Keras' layer class
  int gates = 1;                // G, in Keras' storage order
  int states = 1;               // S; state 0 is h, the output
  // Values saved for backward besides the G gate slots. What follows from those and the states in a
  // few instructions, as tanh(c) does, costs less computed again than taken to memory and back.
  int extra = 0;
  // First gate whose input part zx and recurrent part zh reach the cell apart (reset-after GRU's
  // candidate); gates = none.
  int apart = 1;
  int late = 0;          // of the gates the last ones, which the cell's `output` completes
  int forget_gate = -1;  // gate whose bias unit_forget_bias sets to 1; -1: none
  bool has_recurrent_activation = false;  // gates have an activation of their own
  bool has_recurrent_bias = false;        // bias is [2, G*H]: input row, recurrent row
  // A gate that takes the product of U with scaling_gate * h in place of h: it waits for the other
  // gate. -1: none.
  int scaled_gate = -1, scaling_gate = -1;
  // Gates that can see the carry (state 1), and from which step: with peephole = "full" each has a
  // matrix of its own for the carry that enters the step; -1: none.
  int peephole_gates[kMostPeepholes] = {-1, -1, -1};
  int leaving = -1;  // the one among them that sees the carry after the step
  // Whether each of them has a vector instead, which the cell's equations take.
  bool has_vectors = false;
  // This cell under other options, and the cell that it varies; "": none.
  const char* reset_before = "";  // reset_after = false
  const char* diagonal = "";      // peephole = "diagonal"
  const char* variant_of = "";

  int peepholes() const { return peephole_gates[0] < 0 ? 0 : kMostPeepholes; }
};

// Whether the cell's forward leaves the rest of its step to `output`.
template <class Cell, class R, class Act>
constexpr bool kHasOutput = requires(const Act& act, R* values) {
  Cell::output(act, values, values, values);
};

// All cells, sorted by name, the variants among them.
const std::vector<CellSpec>& all_cells();

// By name ("lstm") or class name ("LSTM"). find_cell throws Error{invalid_argument} with the
// nearest name; has_cell does not throw.
const CellSpec& find_cell(std::string_view name);
bool has_cell(std::string_view name);

}  // namespace eddy
