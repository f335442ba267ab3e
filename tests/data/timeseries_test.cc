// SPDX-License-Identifier: MIT
// Windows of series: Keras' own, number by number.
#include "eddy/timeseries.h"

#include <gtest/gtest.h>

#include "eddy/error.h"
#include "training/golden_support.h"

namespace eddy::timeseries_test {
namespace {

constexpr int64_t kSteps = 13;

Tensor data() {
  std::vector<float> values;
  for (int64_t i = 0; i < kSteps; ++i) {
    for (int64_t j = 0; j < 2; ++j) values.push_back(static_cast<float>(10 * i + j));
  }
  return {{kSteps, 2}, values};
}

Tensor targets(int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(-i));
  return values;
}

TimeseriesOptions options_of(const nlohmann::json& json) {
  TimeseriesOptions options;
  options.sequence_length = json.value("sequence_length", options.sequence_length);
  options.sequence_stride = json.value("sequence_stride", options.sequence_stride);
  options.sampling_rate = json.value("sampling_rate", options.sampling_rate);
  options.shuffle = json.value("shuffle", false);
  if (json.contains("seed")) options.seed = json["seed"].get<uint32_t>();
  if (json.contains("start_index")) options.start_index = json["start_index"].get<int64_t>();
  if (json.contains("end_index")) options.end_index = json["end_index"].get<int64_t>();
  return options;
}

TEST(Timeseries, WindowsAndTargetsAreKeras) {
  int seen = 0;
  for (const auto& wanted : golden_cases("timeseries")) {
    SCOPED_TRACE(wanted["title"]);
    const bool has_targets = !wanted["targets"].is_null();
    const Tensor y = has_targets ? targets(wanted["targets"].get<int64_t>()) : Tensor();
    const Windows got = timeseries_dataset_from_array(data(), y, options_of(wanted["options"]));
    EXPECT_EQ(got.x.shape(), wanted["shape"].get<Shape>());
    EXPECT_EQ(got.x.values(), wanted["x"].get<std::vector<float>>());
    if (has_targets) {
      EXPECT_EQ(got.y.values(), wanted["y"].get<std::vector<float>>());
    } else {
      EXPECT_TRUE(got.y.empty());
    }
    ++seen;
  }
  EXPECT_GE(seen, 30);
}

TEST(Timeseries, SeriesOfSingleNumbersStaySo) {
  const Windows got = timeseries_dataset_from_array(targets(4), {}, {.sequence_length = 3});
  EXPECT_EQ(got.x.shape(), (Shape{2, 3}));
  EXPECT_EQ(got.x.values(), (std::vector<float>{0, -1, -2, -1, -2, -3}));
}

TEST(Timeseries, RefusesWhatKerasRefusesAndNoWindow) {
  const auto code = [](const TimeseriesOptions& options, const Tensor& y = {}) {
    try {
      timeseries_dataset_from_array(data(), y, options);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("expected"), std::string::npos);
      return error.code();
    }
    return ErrorCode::internal;
  };
  const ErrorCode invalid = ErrorCode::invalid_argument;
  EXPECT_EQ(code({.sequence_length = 0}), invalid);
  EXPECT_EQ(code({.sequence_length = 14}), invalid);
  EXPECT_EQ(code({.sequence_length = INT64_MAX, .sampling_rate = 12}), invalid);
  EXPECT_EQ(code({.sequence_length = 2, .sequence_stride = 0}), invalid);
  EXPECT_EQ(code({.sequence_length = 2, .sequence_stride = 13}), invalid);
  EXPECT_EQ(code({.sequence_length = 2, .sampling_rate = 13}), invalid);
  EXPECT_EQ(code({.sequence_length = 2, .start_index = -1}), invalid);
  EXPECT_EQ(code({.sequence_length = 2, .start_index = 13}), invalid);
  EXPECT_EQ(code({.sequence_length = 2, .end_index = 13}), invalid);
  EXPECT_EQ(code({.sequence_length = 2, .start_index = 5, .end_index = 5}), invalid);
  EXPECT_EQ(code({.sequence_length = 2, .start_index = 8}, targets(6)), ErrorCode::shape_mismatch);
}

}  // namespace
}  // namespace eddy::timeseries_test
