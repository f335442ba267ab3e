// SPDX-License-Identifier: MIT
// From a layer's description to the live layer.
#pragma once

#include <memory>

#include "layers/layer.h"

namespace eddy {

// streams  counts the layers that draw random numbers: each has a stream of its own
template <class Real>
std::unique_ptr<Layer<Real>> make_layer(const LayerSpec& spec, uint64_t& streams);

}  // namespace eddy
