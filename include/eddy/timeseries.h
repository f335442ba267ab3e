// SPDX-License-Identifier: MIT
// Sequences of numbers: tables with a row for every time step, windows as Keras cuts them, and the
// forecasts that any other has to beat.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eddy/tensor.h"

namespace eddy {

// Arguments of keras.utils.timeseries_dataset_from_array. Indexes count steps of the data.
struct TimeseriesOptions {
  int64_t sequence_length = 1;
  int64_t sequence_stride = 1;  // steps between the beginnings of two windows
  int64_t sampling_rate = 1;    // steps between two values of a window
  bool shuffle = false;
  std::optional<uint32_t> seed = {};  // of shuffling; none: drawn from the system
  std::optional<int64_t> start_index = {}, end_index = {};  // the part [start, end) of the data
};

struct Windows {
  Tensor x;  // [windows, sequence_length, ...]
  Tensor y;  // [windows, ...]; empty without targets
};

// keras.utils.timeseries_dataset_from_array, all batches in one array: the same windows in the same
// order. With `shuffle` it is numpy's order for the seed; Keras has tf.data shuffle neighbours
// once more in every pass, as fit does here.
//   data     [T, ...]
//   targets  [T, ...] or fewer steps; the target of a window is the one at its first step. Empty:
//            none
// Throws Error{invalid_argument} for what Keras refuses, for data without a single window (Keras
// gives an empty data set) and for more than 2^34 values, Error{shape_mismatch} for targets that
// end too early.
EDDY_API Windows timeseries_dataset_from_array(const Tensor& data, const Tensor& targets,
                                               const TimeseriesOptions& options);

namespace datasets {

struct NumbersOptions {
  std::vector<std::string> columns = {};  // in this order; empty: all but those of id and time
  std::string id = {};     // rows that say the same here are one sequence; empty: all rows are one
  std::string time = {};   // kept as text, no feature; empty: guessed
  std::string label = {};  // what a sequence is, no feature; in .csv and .tsv alone; empty: none
};

struct Sequence {
  std::string id;                 // "" for the only one
  Tensor values;                  // [T, columns]
  std::vector<std::string> time;  // of every step; empty: not known
  std::string label = {};         // empty: none
};

struct NumberTable {
  std::vector<std::string> columns;
  std::vector<Sequence> sequences;   // in the order of their first rows
  std::string id, time, label = {};  // their columns; empty: none
  bool time_guessed = false;
  int64_t scattered = 0;  // sequences with rows of others between their own

  // Its place among the columns. Throws Error{invalid_argument} with the nearest name.
  int64_t column(const std::string& name) const;
};

// Reads numbers, a row for every time step, in the order of the file:
//   .csv, .tsv  the columns' names in the first line, numbers with a decimal point in the others
//   .npy        [T], [T, columns] or [sequences, T, columns]
//   .npz        an array [T] or [T, columns] for every sequence, whose id is the array's name
// A time column is guessed by its name (date, time, ...) or because it holds no numbers. Columns of
// arrays are called "0", "1", ... A label stands in all rows of its sequence, or in some of them
// with the others empty.
// Throws Error{io}, Error{not_supported} for another ending, Error{bad_file} for damage,
// Error{bad_data} naming row and column for an empty cell, NaN, infinity or anything else that is
// no number, for rows of different lengths, and for a sequence without a label or with two;
// Error{invalid_argument} for a column that is not there.
EDDY_API NumberTable read_numbers(const std::filesystem::path& path,
                                  const NumbersOptions& options = {});

}  // namespace datasets

struct ForecastOptions {
  std::vector<int64_t> inputs = {};  // columns that a model sees; empty: all
  int64_t target = 0;                // column that it foretells
  int64_t window = 24;               // steps that it sees
  int64_t horizon = 1;               // steps that it foretells, all at once
  int64_t stride = 1;                // steps between the beginnings of two training windows
  // Shares of every sequence's steps, cut off at its end: the test part last, before it the
  // validation part. What is to be foretold lies whole in its part; windows may reach back.
  double validation_split = 0.1, test_split = 0.2;
};

// One forecast to make: the values of `sequence` from step `first` on.
struct ForecastPlace {
  int64_t sequence, first;
};

struct ForecastSamples {
  Tensor x;  // [samples, window, inputs]
  Tensor y;  // [samples, horizon]
  std::vector<ForecastPlace> places;
};

struct ForecastData {
  ForecastSamples train, validation, test;
  Tensor train_inputs,
      train_target;  // [steps, inputs], [steps, 1]: the training part, each step once
};

// Throws Error{invalid_argument} for options out of range and for more than 2^32 values,
// Error{bad_data} for a sequence that is shorter than window + horizon and for a part without a
// single sample.
EDDY_API ForecastData forecast_samples(const std::vector<datasets::Sequence>& sequences,
                                       const ForecastOptions& options);

// What costs nothing, for the same places: [places, horizon].
// The last value before them, again and again.
EDDY_API Tensor last_value_forecast(const std::vector<datasets::Sequence>& sequences,
                                    const std::vector<ForecastPlace>& places, int64_t target,
                                    int64_t horizon);
// The latest known value of the same season: `season` steps before, or as many times that as it
// takes. Throws Error{bad_data} where a place has less than a season before it.
EDDY_API Tensor seasonal_naive_forecast(const std::vector<datasets::Sequence>& sequences,
                                        const std::vector<ForecastPlace>& places, int64_t target,
                                        int64_t horizon, int64_t season);

// Mean absolute error and root of the mean squared one, in the units of the values.
struct ForecastErrors {
  std::vector<double> mae_at, rmse_at;  // of every step ahead
  double mae = 0, rmse = 0;             // of all
};

// truth, forecast  [places, horizon], at least one value. Throws Error{shape_mismatch}.
EDDY_API ForecastErrors forecast_errors(const Tensor& truth, const Tensor& forecast);

}  // namespace eddy
