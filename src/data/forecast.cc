// SPDX-License-Identifier: MIT
// Samples for forecasts in the order of time, naive forecasts and errors.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "eddy/error.h"
#include "eddy/timeseries.h"

namespace eddy {
namespace {

constexpr const char* kWhere = "forecast";
constexpr int64_t kMaxValues = int64_t{1} << 32;  // of all windows: 16 GiB

using datasets::Sequence;

[[noreturn]] void refuse(const std::string& what, const std::string& fix) {
  throw Error(ErrorCode::invalid_argument, kWhere, what, fix);
}

std::string name_of(const Sequence& sequence) {
  return sequence.id.empty() ? "sequence" : fmt::format("sequence '{}'", sequence.id);
}

void check_column(const char* name, int64_t column, int64_t columns) {
  if (column >= 0 && column < columns) return;
  refuse(fmt::format("{}: expected a column from 0 to {}, got {}.", name, columns - 1, column),
         "name a column that the sequences have.");
}

void check(const std::vector<Sequence>& sequences, const ForecastOptions& o) {
  for (const auto& [name, value] : {std::pair{"window", o.window}, std::pair{"horizon", o.horizon},
                                    std::pair{"stride", o.stride}}) {
    if (value >= 1 && value <= INT32_MAX) continue;
    refuse(fmt::format("{}: expected from 1, got {}.", name, value), "it counts steps.");
  }
  const bool shares =
      o.validation_split >= 0 && o.test_split >= 0 && o.validation_split + o.test_split < 1;
  if (!shares) {
    refuse(fmt::format("splits: expected two shares from 0 with less than 1 together, got {} and "
                       "{}.",
                       o.validation_split, o.test_split),
           "leave a part for training.");
  }
  if (sequences.empty()) refuse("sequences: expected one at least, got none.", "read some data.");
  for (const Sequence& sequence : sequences) {
    if (sequence.values.rank() != 2) {
      refuse(fmt::format("{}: expected [steps, columns], got {}.", name_of(sequence),
                         to_string(sequence.values.shape())),
             "give every step a row.");
    }
    check_column("target", o.target, sequence.values.dim(1));
    for (const int64_t column : o.inputs) check_column("inputs", column, sequence.values.dim(1));
    if (sequence.values.dim(1) != sequences[0].values.dim(1)) {
      refuse(fmt::format("{}: expected {} columns, got {}.", name_of(sequence),
                         sequences[0].values.dim(1), sequence.values.dim(1)),
             "give all sequences the same columns.");
    }
    if (sequence.values.dim(0) >= o.window + o.horizon) continue;
    throw Error(ErrorCode::bad_data, kWhere,
                fmt::format("{}: expected at least {} steps (window {} and horizon {}), got {}.",
                            name_of(sequence), o.window + o.horizon, o.window, o.horizon,
                            sequence.values.dim(0)),
                "use a smaller window or horizon, or leave the sequence out.");
  }
}

// Where the parts of a sequence begin and end.
struct Parts {
  int64_t train_end, validation_end, end;
};

// As Keras' validation_split: the part that stays is rounded down.
Parts parts_of(const Sequence& sequence, const ForecastOptions& o) {
  const int64_t end = sequence.values.dim(0);
  const auto until = [end](double rest) {
    return static_cast<int64_t>(std::floor(static_cast<double>(end) * rest + 1e-9));
  };
  return {until(1 - o.test_split - o.validation_split), until(1 - o.test_split), end};
}

class SampleMaker {
 public:
  SampleMaker(const std::vector<Sequence>& sequences, const ForecastOptions& options)
      : sequences_(sequences), options_(options), inputs_(options.inputs) {
    for (int64_t k = 0; options.inputs.empty() && k < sequences[0].values.dim(1); ++k) {
      inputs_.push_back(k);
    }
  }

  // The forecasts whose values all lie in [begin, end) of their sequence.
  template <class Begin, class End>
  ForecastSamples samples(const Begin& begin, const End& end, int64_t stride) const {
    ForecastSamples made;
    for (size_t s = 0; s < sequences_.size(); ++s) {
      const Parts parts = parts_of(sequences_[s], options_);
      const int64_t from = std::max(begin(parts), options_.window);
      for (int64_t at = from; at + options_.horizon <= end(parts); at += stride) {
        made.places.push_back({static_cast<int64_t>(s), at});
      }
    }
    const auto count = static_cast<int64_t>(made.places.size());
    const auto width = static_cast<int64_t>(inputs_.size());
    if (count > kMaxValues / options_.window / width || count > kMaxValues / options_.horizon) {
      refuse(fmt::format("windows: expected at most {} values, got {} windows of {} x {}.",
                         kMaxValues, count, options_.window, width),
             "use a smaller window, or a larger stride.");
    }
    made.x = Tensor({count, options_.window, width});
    made.y = Tensor({count, options_.horizon});
    float *x = made.x.data(), *y = made.y.data();
    for (const ForecastPlace& place : made.places) {
      const Sequence& sequence = sequences_[static_cast<size_t>(place.sequence)];
      const int64_t columns = sequence.values.dim(1);
      for (int64_t t = place.first - options_.window; t < place.first; ++t) {
        for (const int64_t column : inputs_) *x++ = sequence.values[t * columns + column];
      }
      for (int64_t t = place.first; t < place.first + options_.horizon; ++t) {
        *y++ = sequence.values[t * columns + options_.target];
      }
    }
    return made;
  }

  // The training part's steps, one after another.
  Tensor rows(const std::vector<int64_t>& chosen) const {
    std::vector<float> values;
    for (const Sequence& sequence : sequences_) {
      const int64_t columns = sequence.values.dim(1);
      for (int64_t t = 0; t < parts_of(sequence, options_).train_end; ++t) {
        for (const int64_t column : chosen) values.push_back(sequence.values[t * columns + column]);
      }
    }
    const auto width = static_cast<int64_t>(chosen.size());
    const auto steps = static_cast<int64_t>(values.size()) / width;
    return {{steps, width}, std::move(values)};
  }
  const std::vector<int64_t>& inputs() const { return inputs_; }

 private:
  const std::vector<Sequence>& sequences_;
  const ForecastOptions& options_;
  std::vector<int64_t> inputs_;
};

void expect_some(const ForecastSamples& samples, const char* part, const ForecastOptions& o) {
  if (!samples.places.empty()) return;
  throw Error(
      ErrorCode::bad_data, kWhere,
      fmt::format("{} part: expected at least {} steps of one sequence, got fewer.", part,
                  std::string(part) == "training" ? o.window + o.horizon : o.horizon),
      "use a smaller window or horizon, other shares of validation and test, or more data.");
}

float value_at(const std::vector<Sequence>& sequences, int64_t sequence, int64_t step,
               int64_t column) {
  const Tensor& values = sequences[static_cast<size_t>(sequence)].values;
  return values[step * values.dim(1) + column];
}

// forecast[p, h] = the target at step source(place, h).
template <class Source>
Tensor copied(const std::vector<Sequence>& sequences, const std::vector<ForecastPlace>& places,
              int64_t target, int64_t horizon, const Source& source) {
  Tensor forecast({static_cast<int64_t>(places.size()), horizon});
  int64_t i = 0;
  for (const ForecastPlace& place : places) {
    for (int64_t h = 0; h < horizon; ++h) {
      forecast[i++] = value_at(sequences, place.sequence, source(place, h), target);
    }
  }
  return forecast;
}

}  // namespace

ForecastData forecast_samples(const std::vector<Sequence>& sequences,
                              const ForecastOptions& options) {
  check(sequences, options);
  const SampleMaker maker(sequences, options);
  const auto start = [](const Parts&) { return int64_t{0}; };
  const auto train_end = [](const Parts& p) { return p.train_end; };
  const auto validation_end = [](const Parts& p) { return p.validation_end; };
  const auto end = [](const Parts& p) { return p.end; };
  ForecastData data{.train = maker.samples(start, train_end, options.stride),
                    .validation = maker.samples(train_end, validation_end, 1),
                    .test = maker.samples(validation_end, end, 1),
                    .train_inputs = maker.rows(maker.inputs()),
                    .train_target = maker.rows({options.target})};
  expect_some(data.train, "training", options);
  if (options.validation_split > 0) expect_some(data.validation, "validation", options);
  if (options.test_split > 0) expect_some(data.test, "test", options);
  return data;
}

Tensor last_value_forecast(const std::vector<Sequence>& sequences,
                           const std::vector<ForecastPlace>& places, int64_t target,
                           int64_t horizon) {
  return copied(sequences, places, target, horizon,
                [](const ForecastPlace& place, int64_t) { return place.first - 1; });
}

Tensor seasonal_naive_forecast(const std::vector<Sequence>& sequences,
                               const std::vector<ForecastPlace>& places, int64_t target,
                               int64_t horizon, int64_t season) {
  if (season < 1) {
    refuse(fmt::format("season: expected from 1, got {}.", season),
           "give the steps after which the values repeat.");
  }
  for (const ForecastPlace& place : places) {
    if (place.first >= season) continue;
    throw Error(ErrorCode::bad_data, kWhere,
                fmt::format("season: expected at most the {} steps before a forecast, got {}.",
                            place.first, season),
                "use a shorter season or a longer window.");
  }
  return copied(sequences, places, target, horizon,
                [season](const ForecastPlace& place, int64_t h) {
                  return place.first + h - season * (h / season + 1);
                });
}

ForecastErrors forecast_errors(const Tensor& truth, const Tensor& forecast) {
  if (truth.shape() != forecast.shape() || truth.rank() != 2 || truth.empty()) {
    throw Error(ErrorCode::shape_mismatch, "forecast_errors",
                fmt::format("arrays: expected two of one shape [places, horizon], got {} and {}.",
                            to_string(truth.shape()), to_string(forecast.shape())),
                "compare forecasts with the truth at the same places.");
  }
  const int64_t places = truth.dim(0), horizon = truth.dim(1);
  ForecastErrors errors;
  double squares = 0;
  for (int64_t h = 0; h < horizon; ++h) {
    double mae = 0, mse = 0;
    for (int64_t p = 0; p < places; ++p) {
      const double miss = static_cast<double>(forecast[p * horizon + h]) -
                          static_cast<double>(truth[p * horizon + h]);
      mae += std::fabs(miss) / static_cast<double>(places);
      mse += miss * miss / static_cast<double>(places);
    }
    errors.mae_at.push_back(mae);
    errors.rmse_at.push_back(std::sqrt(mse));
    errors.mae += mae / static_cast<double>(horizon);
    squares += mse / static_cast<double>(horizon);
  }
  errors.rmse = std::sqrt(squares);
  return errors;
}

}  // namespace eddy
