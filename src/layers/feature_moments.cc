// SPDX-License-Identifier: MIT
// What Normalization learns from data that come step by step.
#include <fmt/format.h>

#include <cmath>
#include <variant>

#include "eddy/error.h"
#include "eddy/layers.h"
#include "layers/running_moments.h"

namespace eddy {

void FeatureMoments::add(const Tensor& data) {
  if (data.rank() == 0 || data.dim(data.rank() - 1) != static_cast<int64_t>(mean_.size())) {
    throw Error(ErrorCode::shape_mismatch, "FeatureMoments",
                fmt::format("data: expected {} features, got shape {}.", mean_.size(),
                            to_string(data.shape())),
                "give all steps the same features.");
  }
  const float* x = data.data();
  for (const float* const end = x + data.size(); x != end;) {
    ++steps_;
    for (size_t k = 0; k < mean_.size(); ++k, ++x) {
      if (!std::isfinite(*x)) {
        throw Error(ErrorCode::bad_data, "FeatureMoments",
                    fmt::format("data: expected finite numbers, got {} in feature {}.", *x, k),
                    "fill or leave out what is missing before.");
      }
      add_value(static_cast<double>(*x), steps_, mean_[k], squares_[k]);
    }
  }
}

void LayerSpec::adapt(const FeatureMoments& moments) {
  auto* options = std::get_if<NormalizationOptions>(this);
  if (options == nullptr || options->mean || options->axis != std::vector<int64_t>{-1}) {
    throw Error(ErrorCode::invalid_argument, "adapt",
                "layer: expected a Normalization of the last axis without given numbers, got "
                "another one.",
                "make the layer with Normalization() and adapt it before the model is made.");
  }
  if (moments.steps_ == 0) {
    throw Error(ErrorCode::invalid_argument,
                options->name.empty() ? "normalization" : options->name,
                "data: expected at least one step, got none.", "add the training samples.");
  }
  options->adapted_mean.assign(moments.mean_.begin(), moments.mean_.end());
  options->adapted_variance.clear();
  for (const double sum : moments.squares_) {
    options->adapted_variance.push_back(
        static_cast<float>(sum / static_cast<double>(moments.steps_)));
  }
}

}  // namespace eddy
