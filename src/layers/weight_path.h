// SPDX-License-Identifier: MIT
// What people call a weight of a layer.
#pragma once

#include <string>

#include "layers/weight.h"

namespace eddy {

// Of a weight of a model: where Keras keeps it inside its layer, "forward_layer/cell/kernel".
template <class Real>
std::string path_in_layer(const Weight<Real>& weight) {
  std::string path = weight.holder + "/" + weight.name;
  for (int part = 0; part < 2; ++part) {  // "layers/lstm_1/"
    const size_t slash = path.find('/');
    if (slash == std::string::npos) break;
    path.erase(0, slash + 1);
  }
  return path;
}

}  // namespace eddy
