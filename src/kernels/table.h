// SPDX-License-Identifier: MIT
// Where in a HWY_EXPORT table the instruction set in use stands.
#pragma once

#include "kernels/simd.h"
// simd.h first: it names the sets that are compiled
#include "hwy/highway.h"

namespace eddy {

inline size_t simd_table_index(int64_t width = kAnyWidth) {
  hwy::ChosenTarget target;
  target.Update(chosen_simd_target(width));
  return target.GetIndex();
}

}  // namespace eddy
