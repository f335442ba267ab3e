// SPDX-License-Identifier: MIT
// The network of `eddy forecast`: it learns on standardized numbers and is saved as a model that
// takes and gives the data's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "forecast_setup.h"

namespace eddy::cli {

struct ForecasterOptions {
  std::string cell, optimizer;
  std::vector<int64_t> units;  // of one recurrent layer after another
  double dropout = 0, learning_rate = 0;
  uint64_t seed = 0;
};

class Forecaster {
 public:
  // Standardization is learned from the training part of the data.
  Forecaster(const ForecastData& data, const ForecastSetup& setup,
             const ForecasterOptions& options);

  // Built and compiled; its targets are standardized().
  Sequential& model() { return model_; }
  Tensor standardized(const Tensor& y) const;
  // The model with a last layer that gives the target's own numbers, and with the setup.
  Sequential finished() const;

  // Columns that are the same all through the training part: divided by 1 instead of 0.
  const std::vector<std::string>& constant() const { return constant_; }
  double mean() const { return mean_; }            // of the target
  double deviation() const { return deviation_; }  // of the target

 private:
  std::vector<LayerSpec> layers() const;
  CompileOptions compiled() const;

  const ForecastSetup& setup_;
  ForecasterOptions options_;
  std::vector<std::string> constant_;
  LayerSpec inputs_, output_;
  double mean_ = 0, deviation_ = 1;
  Sequential model_;
};

}  // namespace eddy::cli
