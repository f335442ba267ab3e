// SPDX-License-Identifier: MIT
#include "standardize.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

namespace eddy::cli {
namespace {

// Sums of float32 leave this much of a constant.
constexpr double kNothing = 1e-6;

void leave_constants(LayerSpec& layer, const std::vector<std::string>& names,
                     std::vector<std::string>& constant) {
  auto& numbers = std::get<NormalizationOptions>(layer);
  for (size_t k = 0; k < names.size(); ++k) {
    const double mean = static_cast<double>(numbers.adapted_mean[k]);
    const double least = kNothing * std::fabs(mean);
    float& variance = numbers.adapted_variance[k];
    if (static_cast<double>(variance) > least * least) continue;
    variance = 1;
    if (std::find(constant.begin(), constant.end(), names[k]) == constant.end()) {
      constant.push_back(names[k]);
    }
  }
}

}  // namespace

LayerSpec learned_normalization(const Tensor& data, NormalizationOptions options,
                                const std::vector<std::string>& names,
                                std::vector<std::string>& constant) {
  LayerSpec layer = Normalization(std::move(options));
  layer.adapt(data);
  leave_constants(layer, names, constant);
  return layer;
}

LayerSpec learned_normalization(const FeatureMoments& moments,
                                const std::vector<std::string>& names,
                                std::vector<std::string>& constant) {
  LayerSpec layer = Normalization();
  layer.adapt(moments);
  leave_constants(layer, names, constant);
  return layer;
}

}  // namespace eddy::cli
