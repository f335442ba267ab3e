// SPDX-License-Identifier: MIT
// Means and deviations that are learned from training data.
#pragma once

#include <string>
#include <vector>

#include "eddy/layers.h"
#include "eddy/tensor.h"

namespace eddy::cli {

// Normalization that has learned from `data`. A place whose values are all the same is divided by
// 1; its name is added to `constant` unless it stands there.
//   names  of the places along the layer's axes; one for all without axes
LayerSpec learned_normalization(const Tensor& data, NormalizationOptions options,
                                const std::vector<std::string>& names,
                                std::vector<std::string>& constant);
// The same from steps of these features that were counted one by one.
LayerSpec learned_normalization(const FeatureMoments& moments,
                                const std::vector<std::string>& names,
                                std::vector<std::string>& constant);

}  // namespace eddy::cli
