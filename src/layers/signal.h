// SPDX-License-Identifier: MIT
// Helpers over Signal and Gradient that several layers need.
#pragma once

#include <algorithm>

#include "layers/layer.h"

namespace eddy {

// The signal's values as a row-major array; a lookup or ids are written out into `scratch`.
template <class Real>
const Real* dense_values(const Signal<Real>& signal, Buffer<Real>& scratch) {
  if (signal.ids != nullptr) {
    scratch.resize(static_cast<size_t>(signal.size()));
    std::copy_n(signal.ids, signal.size(), scratch.data());
    return scratch.data();
  }
  if (!signal.lookup) return signal.value;
  const int64_t width = signal.shape.back();
  const int64_t cells = signal.size() / width;
  scratch.resize(static_cast<size_t>(signal.size()));
  for (int64_t i = 0; i < cells; ++i) {
    std::copy_n(signal.lookup->table + signal.lookup->ids[i] * width, width,
                scratch.data() + i * width);
  }
  return scratch.data();
}

// What every layer that maps values one to one passes on.
template <class Real>
void pass_sequence_facts(const Signal<Real>& in, Signal<Real>& out) {
  out.prefix = in.prefix;
  out.take_mask(in);
}

}  // namespace eddy
