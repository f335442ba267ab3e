// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "eddy/export.h"

namespace eddy {

// The SIMD instruction set in use: "AVX3" (AVX-512), "AVX2", "SSE4" or "SCALAR" (plain C++). The
// environment variable EDDY_SIMD set to one of simd_targets() forces it. Where nothing forces AVX3,
// recurrent layers of up to 8 units, which leave half of its registers empty, take AVX2.
EDDY_API std::string simd_target();

// Those that this machine can run, best first.
EDDY_API std::vector<std::string> simd_targets();

}  // namespace eddy
