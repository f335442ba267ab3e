// SPDX-License-Identifier: MIT
// What a recurrent cell declares about itself, and the list of all cells.
// Letters: B batch, T time, X features, H units, G gates, S states.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eddy {

// A cell's facts. The equations stand in src/cells/<name>-inl.h; this list is generated from them.
struct CellSpec {
  const char* name = "";        // "lstm": the word of flags and of RecurrentOptions::cell
  const char* class_name = "";  // "LSTM": Keras' layer class
  int gates = 1;                // G, in Keras' storage order
  int states = 1;               // S; state 0 is h, the output
  int extra = 0;                // values saved for backward besides the G gate slots
  // First gate whose input part zx and recurrent part zh reach the cell apart (reset-after GRU's
  // candidate); gates = none.
  int apart = 1;
  int forget_gate = -1;                   // gate whose bias unit_forget_bias sets to 1; -1: none
  bool has_recurrent_activation = false;  // gates have an activation of their own
  bool has_recurrent_bias = false;        // bias is [2, G*H]: input row, recurrent row
};

// All cells, sorted by name.
const std::vector<CellSpec>& all_cells();

// By name ("lstm") or class name ("LSTM"). find_cell throws Error{invalid_argument} with the
// nearest name; has_cell does not throw.
const CellSpec& find_cell(std::string_view name);
bool has_cell(std::string_view name);

}  // namespace eddy
