// SPDX-License-Identifier: MIT
// Gradients through graphs against central differences, in double.
#pragma once

#include <string>
#include <vector>

#include "eddy/layers.h"

namespace eddy {

inline constexpr int64_t kVocabulary = 9;

// The loss is a fixed random combination of all outputs, and the penalties; every weight and every
// real input is moved. An input [B, 7] is ids, with holes and left padding. Fails when a derivative
// is off by 1e-7.
void expect_exact(const std::vector<Symbol>& inputs, const std::vector<Symbol>& outputs,
                  const std::string& what);

// A table for such ids; 0 is masked.
LayerSpec masked_embedding(int64_t width);

}  // namespace eddy
