// SPDX-License-Identifier: MIT
// Every cell of src/cells/*-inl.h, compiled once per instruction set; the last time also in double.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cells/cells.cc"
#include "kernels/simd.h"
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "cell_includes.inc"
#include "cells/step-inl.h"
#include "kernels/scalar_lanes.h"

EDDY_SIMD_BEGIN

template <class L>
const CellKernels<typename L::Real>* kernels_at(int64_t cell) {
  static constexpr CellKernels<typename L::Real> kTable[] = {
#define EDDY_CELL(name)                                                              \
  {L::kLanes, tile_rows<L>(blocks_per_panel(name::kSpec.gates) * name::kSpec.gates), \
   cell_forward<L, name>, cell_backward<L, name>, cell_step<L, name>},
#include "cell_list.inc"
#undef EDDY_CELL
  };
  return &kTable[cell];
}

[[maybe_unused]] const CellKernels<float>* float_cell(int64_t cell) {
  return kernels_at<FloatLanes>(cell);
}
#if HWY_ONCE
const CellKernels<double>* double_cell(int64_t cell) { return kernels_at<DoubleLanes>(cell); }
#endif
EDDY_SIMD_END;

#if HWY_ONCE
#include "core/nearest.h"
#include "eddy/error.h"
#include "eddy/layers.h"
#include "kernels/table.h"

namespace eddy {
HWY_EXPORT(float_cell);

const std::vector<CellSpec>& all_cells() {
  static const std::vector<CellSpec> cells = {
#define EDDY_CELL(name) HWY_NAMESPACE::name::kSpec,
#include "cell_list.inc"
#undef EDDY_CELL
  };
  return cells;
}

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const CellSpec& cell : all_cells()) {
    if (*cell.variant_of == '\0') names.emplace_back(cell.name);
  }
  return names;
}

namespace {

// Position in all_cells(), -1: none.
int64_t cell_index(std::string_view name) {
  const auto& cells = all_cells();
  for (size_t i = 0; i < cells.size(); ++i) {
    if (name == cells[i].name || name == cells[i].class_name) return static_cast<int64_t>(i);
  }
  return -1;
}

int64_t known_cell(std::string_view name) {
  const int64_t index = cell_index(name);
  if (index >= 0) return index;
  throw Error(ErrorCode::invalid_argument, "cell",
              "name: expected a recurrent cell, got '" + std::string(name) + "'.",
              suggest(name, cell_names()));
}

}  // namespace

bool has_cell(std::string_view name) { return cell_index(name) >= 0; }

const CellSpec& find_cell(std::string_view name) {
  return all_cells()[static_cast<size_t>(known_cell(name))];
}

template <>
CellKernels<float> cell_kernels<float>(std::string_view name, int64_t units) {
  return *HWY_DISPATCH_TABLE(float_cell)[simd_table_index(units)](known_cell(name));
}
template <>
CellKernels<double> cell_kernels<double>(std::string_view name, int64_t) {
  return *HWY_NAMESPACE::double_cell(known_cell(name));
}

}  // namespace eddy
#endif
