// SPDX-License-Identifier: MIT
#include "layers/windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/nearest.h"
#include "eddy/tensor.h"

namespace eddy {
namespace {

void check_size(const std::string& layer, const char* option, int64_t value) {
  if (value >= 1 && value <= INT32_MAX) return;
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("{}: expected 1 to {}, got {}.", option, INT32_MAX, value),
              "give a number of steps.");
}

}  // namespace

Windows::Windows(const std::string& layer, int64_t size, int64_t strides,
                 const std::string& padding, int64_t dilation, bool causal_allowed)
    : strides_(strides) {
  check_size(layer, causal_allowed ? "kernel_size" : "pool_size", size);
  check_size(layer, "strides", strides);
  check_size(layer, "dilation_rate", dilation);
  extent_ = (size - 1) * dilation + 1;
  if (padding == "same") {
    padding_ = Padding::same;
  } else if (padding == "causal" && causal_allowed) {
    padding_ = Padding::causal;
  } else if (padding != "valid") {
    std::vector<std::string> known = {"valid", "same"};
    if (causal_allowed) known.emplace_back("causal");
    throw Error(ErrorCode::invalid_argument, layer,
                fmt::format("padding: expected one of {}, got '{}'.", join(known), padding),
                suggest(padding, known));
  }
}

int64_t Windows::count(const std::string& layer, int64_t steps) const {
  if (steps == kNone) return kNone;
  const int64_t room = padding_ == Padding::valid ? steps - extent_ : steps - 1;
  if (room >= 0) return room / strides_ + 1;
  throw Error(ErrorCode::shape_mismatch, layer,
              fmt::format("input: expected at least {} steps for padding \"valid\", got {}.",
                          extent_, steps),
              "use longer sequences, smaller windows or padding \"same\".");
}

int64_t Windows::padded(int64_t steps) const {
  return std::max<int64_t>((steps - 1) / strides_ * strides_ + extent_ - steps, 0);
}

int64_t Windows::before(int64_t steps) const {
  if (padding_ == Padding::causal) return extent_ - 1;
  return padding_ == Padding::same ? padded(steps) / 2 : 0;
}

int64_t Windows::after(int64_t steps) const {
  return padding_ == Padding::same ? padded(steps) - padded(steps) / 2 : 0;
}

const int32_t* Windows::shared(const int32_t* prefix, int64_t rows, int64_t steps, int64_t count,
                               Buffer<int32_t>& windows) const {
  if (prefix == nullptr) return nullptr;
  windows.resize(static_cast<size_t>(rows));
  for (int64_t b = 0; b < rows; ++b) {
    const int64_t room = prefix[b] + before(steps) - extent_;
    const int64_t whole = room < 0 ? 0 : room / strides_ + 1;
    windows[static_cast<size_t>(b)] = static_cast<int32_t>(std::min(whole, count));
  }
  return windows.data();
}

}  // namespace eddy
