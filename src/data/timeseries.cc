// SPDX-License-Identifier: MIT
// keras.utils.timeseries_dataset_from_array (keras/src/utils/timeseries_dataset_utils.py).
#include "eddy/timeseries.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "core/numpy_shuffle.h"
#include "eddy/error.h"

namespace eddy {
namespace {

constexpr const char* kWindowsWhere = "timeseries_dataset_from_array";
constexpr int64_t kMaxWindowValues = int64_t{1} << 34;

[[noreturn]] void refuse_windows(const std::string& what, const std::string& fix) {
  throw Error(ErrorCode::invalid_argument, kWindowsWhere, what, fix);
}

// Keras' own checks, and for no window at all.
void check_windows(const TimeseriesOptions& o, int64_t steps) {
  if (o.sequence_length < 1) {
    refuse_windows(fmt::format("sequence_length: expected from 1, got {}.", o.sequence_length),
                   "give the steps of a window.");
  }
  if (o.start_index && (*o.start_index < 0 || *o.start_index >= steps)) {
    refuse_windows(fmt::format("start_index: expected 0 to {}, got {}.", steps - 1, *o.start_index),
                   "name a step of the data.");
  }
  if (o.end_index && (*o.end_index <= o.start_index.value_or(0) || *o.end_index >= steps)) {
    refuse_windows(fmt::format("end_index: expected {} to {}, got {}.",
                               o.start_index.value_or(0) + 1, steps - 1, *o.end_index),
                   "leave it out to take the data to their end.");
  }
  for (const auto& [name, value] : {std::pair{"sampling_rate", o.sampling_rate},
                                    std::pair{"sequence_stride", o.sequence_stride}}) {
    if (value >= 1 && value < steps) continue;
    refuse_windows(fmt::format("{}: expected 1 to {}, got {}.", name, steps - 1, value),
                   "it counts steps of the data.");
  }
}

int64_t values_of_a_step(const Tensor& data) {
  return element_count(Shape(data.shape().begin() + 1, data.shape().end()));
}

std::vector<int64_t> first_steps(const TimeseriesOptions& o, int64_t windows) {
  std::vector<int64_t> all;
  for (int64_t at = 0; at < windows; at += o.sequence_stride) all.push_back(at);
  if (!o.shuffle) return all;
  std::mt19937 random(o.seed ? *o.seed : std::random_device()());
  std::vector<int64_t> shuffled;
  for (const uint32_t i : numpy_shuffled(all.size(), random)) shuffled.push_back(all[i]);
  return shuffled;
}

Shape with_front(std::vector<int64_t> front, const Tensor& data) {
  front.insert(front.end(), data.shape().begin() + 1, data.shape().end());
  return front;
}

}  // namespace

Windows timeseries_dataset_from_array(const Tensor& data, const Tensor& targets,
                                      const TimeseriesOptions& options) {
  if (data.rank() < 1 || data.dim(0) < 1) {
    refuse_windows(fmt::format("data: expected [steps, ...], got {}.", to_string(data.shape())),
                   "pass at least one step.");
  }
  const int64_t steps = data.dim(0);
  check_windows(options, steps);
  const int64_t start = options.start_index.value_or(0), end = options.end_index.value_or(steps);
  // In this order no product overflows.
  const int64_t span = options.sequence_length - 1 >= steps
                           ? steps
                           : (options.sequence_length - 1) * options.sampling_rate;
  int64_t windows = end - start - span;
  if (windows < 1) {
    refuse_windows(
        fmt::format("data: expected at least {} steps a window, got {}.", span + 1, end - start),
        "use a smaller sequence_length or sampling_rate, or more data.");
  }
  const bool has_targets = targets.rank() >= 1 && targets.dim(0) > 0;
  if (has_targets) windows = std::min(windows, targets.dim(0));
  const auto first = first_steps(options, windows);
  const auto count = static_cast<int64_t>(first.size());
  const int64_t width = values_of_a_step(data), length = options.sequence_length;
  if (width > 0 && count > kMaxWindowValues / length / width) {
    refuse_windows(
        fmt::format("windows: expected at most {} values, got {} x {} x {}.", kMaxWindowValues,
                    count, length, width),
        "increase sequence_stride, or take a part of the data by start_index and end_index.");
  }
  Windows made{Tensor(with_front({count, length}, data)), Tensor()};
  float* to = made.x.data();
  for (const int64_t at : first) {
    for (int64_t k = 0; k < length; ++k, to += width) {
      const float* from = data.data() + (start + at + k * options.sampling_rate) * width;
      std::copy_n(from, width, to);
    }
  }
  if (!has_targets) return made;
  const int64_t last = start + *std::max_element(first.begin(), first.end());
  if (last >= targets.dim(0)) {
    throw Error(
        ErrorCode::shape_mismatch, kWindowsWhere,
        fmt::format("targets: expected at least {} steps, got {}.", last + 1, targets.dim(0)),
        "give a target for the first step of every window; start_index counts for targets "
        "too.");
  }
  const int64_t target_width = values_of_a_step(targets);
  made.y = Tensor(with_front({count}, targets));
  to = made.y.data();
  for (const int64_t at : first) {
    std::copy_n(targets.data() + (start + at) * target_width, target_width, to);
    to += target_width;
  }
  return made;
}

}  // namespace eddy
