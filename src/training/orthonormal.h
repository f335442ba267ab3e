// SPDX-License-Identifier: MIT
// Vectors made orthonormal: Q of the QR decomposition with a positive diagonal of R.
#pragma once

#include <cstdint>

#include "core/buffer.h"

namespace eddy {

class Orthonormal {
 public:
  // `count` vectors of `length` >= count numbers, all zeros.
  Orthonormal(int64_t count, int64_t length);
  double& at(int64_t vector, int64_t i) { return numbers_[static_cast<size_t>(start(vector) + i)]; }

  // By modified Gram-Schmidt, twice for accuracy. The vectors must be independent, as random ones
  // are. The same bits for any number of threads and with every instruction set.
  void make();

 private:
  int64_t start(int64_t vector) const { return vector * length_; }
  void normalize(int64_t vector);
  void sweep();

  int64_t count_, length_;  // filled up with zeros to whole registers
  Buffer<double> numbers_;
};

}  // namespace eddy
