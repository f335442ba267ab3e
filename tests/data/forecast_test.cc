// SPDX-License-Identifier: MIT
// Samples in the order of time, naive forecasts, errors.
#include <gmock/gmock.h>

#include <cmath>

#include "data_support.h"
#include "eddy/timeseries.h"

namespace eddy::forecast_test {
namespace {

using datasets::Sequence;
using testing::ElementsAre;

// Step t of column c of sequence s: 1000 s + 100 c + t.
Sequence sequence(int64_t number, int64_t steps, int64_t columns) {
  std::vector<float> values;
  for (int64_t t = 0; t < steps; ++t) {
    for (int64_t c = 0; c < columns; ++c) {
      values.push_back(static_cast<float>(1000 * number + 100 * c + t));
    }
  }
  return {std::to_string(number), Tensor({steps, columns}, values), {}};
}

std::vector<int64_t> firsts(const ForecastSamples& samples) {
  std::vector<int64_t> all;
  for (const ForecastPlace& place : samples.places) all.push_back(place.first);
  return all;
}

TEST(ForecastSamples, PartsFollowInTimeAndForetellNothingOfAnother) {
  const auto data = forecast_samples(
      {sequence(0, 20, 2)},
      {.target = 1, .window = 3, .horizon = 2, .validation_split = 0.2, .test_split = 0.3});
  EXPECT_THAT(firsts(data.train), ElementsAre(3, 4, 5, 6, 7, 8));
  EXPECT_THAT(firsts(data.validation), ElementsAre(10, 11, 12));
  EXPECT_THAT(firsts(data.test), ElementsAre(14, 15, 16, 17, 18));
  EXPECT_EQ(data.train.x.shape(), (Shape{6, 3, 2}));
  EXPECT_EQ(data.train.y.shape(), (Shape{6, 2}));
  const float* x = data.validation.x.data();
  EXPECT_EQ(std::vector<float>(x, x + 6), (std::vector<float>{7, 107, 8, 108, 9, 109}));
  EXPECT_EQ(data.validation.y[0], 110);
  EXPECT_EQ(data.validation.y[1], 111);
  EXPECT_EQ(data.train_inputs.shape(), (Shape{10, 2}));
  EXPECT_EQ(data.train_target.shape(), (Shape{10, 1}));
  EXPECT_EQ(data.train_target[9], 109);
}

TEST(ForecastSamples, EverySequenceHasItsParts) {
  const auto data =
      forecast_samples({sequence(0, 10, 2), sequence(1, 20, 2)}, {.inputs = {1},
                                                                  .target = 0,
                                                                  .window = 2,
                                                                  .horizon = 1,
                                                                  .stride = 3,
                                                                  .validation_split = 0,
                                                                  .test_split = 0.5});
  EXPECT_THAT(firsts(data.train), ElementsAre(2, 2, 5, 8));
  EXPECT_EQ(data.train.places[1].sequence, 1);
  EXPECT_EQ(data.test.places.size(), 15U);
  EXPECT_TRUE(data.validation.places.empty());
  EXPECT_EQ(data.train.x.shape(), (Shape{4, 2, 1}));
  EXPECT_EQ(data.train.x[2], 1100);
  EXPECT_EQ(data.train.y[1], 1002);
  EXPECT_EQ(data.train_inputs.shape(), (Shape{15, 1}));
}

TEST(ForecastSamples, SaysWhatIsWrong) {
  const auto code = [](const std::vector<Sequence>& sequences, const ForecastOptions& options,
                       const std::string& part) {
    data::expect_error(ErrorCode::invalid_argument, part,
                       [&] { forecast_samples(sequences, options); });
  };
  const std::vector<Sequence> good = {sequence(0, 20, 2)};
  code(good, {.window = 0}, "window: expected from 1, got 0");
  code(good, {.window = 2, .horizon = 0}, "horizon");
  code(good, {.window = 2, .stride = 0}, "stride");
  code(good, {.target = 2, .window = 2}, "target: expected a column from 0 to 1, got 2");
  code(good, {.inputs = {-1}, .window = 2}, "inputs");
  code(good, {.window = 2, .validation_split = 0.5, .test_split = 0.5}, "splits");
  code(good, {.window = 2, .test_split = -0.1}, "splits");
  code({}, {.window = 2}, "sequences");
  code({sequence(0, 20, 2), sequence(1, 20, 1)}, {.window = 2}, "expected 2 columns, got 1");
  data::expect_error(ErrorCode::bad_data, "sequence '0': expected at least 21 steps",
                     [&] { forecast_samples(good, {.window = 20, .horizon = 1}); });
  data::expect_error(ErrorCode::bad_data, "training part", [&] {
    forecast_samples(good, {.window = 4, .horizon = 2, .test_split = 0.7});
  });
  data::expect_error(ErrorCode::bad_data, "test part", [&] {
    forecast_samples(good, {.window = 2, .horizon = 4, .validation_split = 0, .test_split = 0.1});
  });
}

TEST(NaiveForecasts, RepeatTheLastValueAndTheLastSeason) {
  const std::vector<Sequence> sequences = {sequence(0, 20, 2), sequence(1, 20, 2)};
  const std::vector<ForecastPlace> places = {{0, 7}, {1, 3}};
  EXPECT_THAT(last_value_forecast(sequences, places, 1, 2).values(),
              ElementsAre(106, 106, 1102, 1102));
  EXPECT_THAT(seasonal_naive_forecast(sequences, places, 0, 5, 3).values(),
              ElementsAre(4, 5, 6, 4, 5, 1000, 1001, 1002, 1000, 1001));
  data::expect_error(ErrorCode::bad_data, "the 3 steps before",
                     [&] { seasonal_naive_forecast(sequences, places, 0, 1, 4); });
  data::expect_error(ErrorCode::invalid_argument, "season",
                     [&] { seasonal_naive_forecast(sequences, places, 0, 1, 0); });
}

TEST(ForecastErrors, AreMeansOfEveryStepAndOfAll) {
  const Tensor truth({2, 2}, {1, 2, 3, 4}), forecast({2, 2}, {2, 2, 0, 8});
  const ForecastErrors errors = forecast_errors(truth, forecast);
  EXPECT_THAT(errors.mae_at, ElementsAre(2, 2));
  EXPECT_NEAR(errors.rmse_at[0], std::sqrt(5.0), 1e-12);
  EXPECT_NEAR(errors.rmse_at[1], std::sqrt(8.0), 1e-12);
  EXPECT_EQ(errors.mae, 2);
  EXPECT_NEAR(errors.rmse, std::sqrt(6.5), 1e-12);
  data::expect_error(ErrorCode::shape_mismatch, "one shape", [&] {
    forecast_errors(truth, Tensor({2, 1}));
  });
}

}  // namespace
}  // namespace eddy::forecast_test
