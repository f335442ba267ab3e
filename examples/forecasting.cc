// SPDX-License-Identifier: MIT
// A time series: the next three hours from the last day, tested on the end of the series beside the
// forecast that costs nothing, the last value again.
#include <eddy/eddy.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

namespace {

constexpr int64_t kHours = 1500, kWindow = 24, kHorizon = 3;

// A day's course that drifts, with noise.
eddy::datasets::Sequence make_series() {
  std::mt19937 random(1);
  const auto noise = [&] { return static_cast<float>(random() % 1000) / 1000.0F - 0.5F; };
  eddy::datasets::Sequence series{"", eddy::Tensor({kHours, 1}), {}};
  float drift = 0;
  for (int64_t t = 0; t < kHours; ++t) {
    drift += 0.05F * noise();
    series.values[t] =
        15 + drift + 6 * std::sin(static_cast<float>(t) * 6.2831853F / 24) + 0.6F * noise();
  }
  return series;
}

}  // namespace

int main() {
  const std::vector<eddy::datasets::Sequence> series = {make_series()};
  const eddy::ForecastData data =
      eddy::forecast_samples(series, {.window = kWindow, .horizon = kHorizon});

  // Learned from the training part alone; the second one goes back to degrees.
  eddy::LayerSpec scale = eddy::Normalization();
  scale.adapt(data.train_inputs);
  eddy::LayerSpec degrees = eddy::Normalization({.invert = true});
  degrees.adapt(data.train_target);
  eddy::Sequential model({scale, eddy::LSTM(16), eddy::Dense({.units = kHorizon}),
                          eddy::Reshape({kHorizon, 1}), degrees, eddy::Reshape({kHorizon})},
                         {.seed = 1});
  model.compile({.optimizer = {"adam", {{"learning_rate", 0.005}}}, .loss = "mean_squared_error"});
  model.fit(data.train.x, data.train.y,
            {.epochs = 30,
             .batch_size = 32,
             .validation_data = eddy::LabelledData(data.validation.x, data.validation.y)});

  const eddy::ForecastErrors ours = eddy::forecast_errors(data.test.y, model.predict(data.test.x));
  const eddy::ForecastErrors naive = eddy::forecast_errors(
      data.test.y, eddy::last_value_forecast(series, data.test.places, 0, kHorizon));
  std::printf("hours ahead   network   last value   (mean absolute error)\n");
  for (size_t h = 0; h < kHorizon; ++h) {
    std::printf("%11zu %9.3f %12.3f\n", h + 1, ours.mae_at[h], naive.mae_at[h]);
  }
  return ours.mae < naive.mae ? 0 : 1;
}
