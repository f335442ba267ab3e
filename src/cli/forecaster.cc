// SPDX-License-Identifier: MIT
#include "forecaster.h"

#include <cmath>
#include <utility>

#include "standardize.h"

namespace eddy::cli {

Forecaster::Forecaster(const ForecastData& data, const ForecastSetup& setup,
                       const ForecasterOptions& options)
    : setup_(setup), options_(options) {
  inputs_ = learned_normalization(data.train_inputs, {}, setup.inputs, constant_);
  output_ = learned_normalization(data.train_target, {.axis = {}, .invert = true}, {setup.target},
                                  constant_);
  const auto& target = std::get<NormalizationOptions>(output_);
  mean_ = static_cast<double>(target.adapted_mean[0]);
  deviation_ = std::sqrt(static_cast<double>(target.adapted_variance[0]));
  model_ = Sequential(layers(), {.name = "forecast", .seed = options.seed});
  model_.compile(compiled());
  model_.build({kNone, setup.window, static_cast<int64_t>(setup.inputs.size())});
}

std::vector<LayerSpec> Forecaster::layers() const {
  std::vector<LayerSpec> layers = {inputs_};
  for (size_t k = 0; k < options_.units.size(); ++k) {
    layers.push_back(Recurrent({.units = options_.units[k],
                                .return_sequences = k + 1 < options_.units.size(),
                                .cell = options_.cell}));
    if (options_.dropout > 0) layers.push_back(Dropout(options_.dropout));
  }
  layers.push_back(Dense(setup_.horizon));
  return layers;
}

CompileOptions Forecaster::compiled() const {
  return {.optimizer = {options_.optimizer, {{"learning_rate", options_.learning_rate}}},
          .loss = "mean_squared_error",
          .metrics = {"mae"}};
}

Tensor Forecaster::standardized(const Tensor& y) const {
  Tensor scaled = y;
  for (int64_t i = 0; i < y.size(); ++i) {
    scaled[i] = static_cast<float>((static_cast<double>(y[i]) - mean_) / deviation_);
  }
  return scaled;
}

Sequential Forecaster::finished() const {
  std::vector<LayerSpec> all = layers();
  all.push_back(output_);
  Sequential model(std::move(all), {.name = "forecast", .seed = options_.seed});
  model.compile(compiled());
  model.build({kNone, setup_.window, static_cast<int64_t>(setup_.inputs.size())});
  std::vector<Tensor> weights = model_.get_weights();
  const std::vector<Tensor> fresh = model.get_weights();
  weights.insert(weights.end(), fresh.begin() + static_cast<int64_t>(weights.size()), fresh.end());
  model.set_weights(weights);
  setup_.store(model);
  return model;
}

}  // namespace eddy::cli
