// SPDX-License-Identifier: MIT
// What the vectors of a random matrix have in common, taken away: the inner loops of Gram-Schmidt.
#pragma once

#include <cstdint>

namespace eddy {

// Doubles to which a vector's length is filled up, with zeros.
inline constexpr int64_t kProjectionLanes = 4;

// x_v -= sum over j of (q_j . x_v) q_j, four q at a time: what four take away is not seen by each
// other, only by those behind them. Vectors stand `length` apart, a multiple of kProjectionLanes.
// The same bits with every instruction set.
//   q  [q_count, length]
//   x  [x_count, length]
void remove_projections(int64_t length, int64_t q_count, const double* q, int64_t x_count,
                        double* x);

}  // namespace eddy
