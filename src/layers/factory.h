// SPDX-License-Identifier: MIT
// From a layer's description to the live layer.
#pragma once

#include <memory>

#include "layers/layer.h"

namespace eddy {

// number  of the layer in its model: a stream of its own for dropout
template <class Real>
std::unique_ptr<Layer<Real>> make_layer(const LayerSpec& spec, uint64_t number);

}  // namespace eddy
