// SPDX-License-Identifier: MIT
// The most fp32 multiply-adds that this machine does, in the instruction set that eddy uses.
#pragma once

#include <cstdint>

namespace bench {

// GFLOP/s (a multiply-add counts 2) of `threads` threads that hold everything in registers: the
// best of some short bursts.
double fma_peak(int64_t threads);

}  // namespace bench
