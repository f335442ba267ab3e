// SPDX-License-Identifier: MIT
// Samples of an input as the batches that a stack takes.
#pragma once

#include <cstdint>
#include <vector>

#include "eddy/model.h"
#include "layers/layer.h"
#include "training/losses.h"

namespace eddy {

// Shape of an input, ids or reals.
const Shape& shape_of(const Input& input);

class Batches {
 public:
  // x  [N, ...]   y  [N, ...] or null; both are borrowed
  Batches(const Input& x, const Tensor* y) : x_(x), y_(y) {}

  // Samples order[first] ... order[first + count - 1]; null: first ... Valid until the next call.
  void load(const int64_t* order, int64_t first, int64_t count);

  const Signal<float>& input() const { return input_; }
  const Targets& targets() const { return targets_; }

 private:
  const Input& x_;
  const Tensor* y_;
  Signal<float> input_;
  Targets targets_{};
  Buffer<float> reals_, labels_;
  Buffer<int32_t> ids_;
};

// Throws Error{shape_mismatch} unless x fits a model for `expected` [None, ...] and has samples.
void check_input(const Input& x, const Shape& expected, const std::string& where);
// Throws Error{shape_mismatch} unless x and y have the same number of samples.
void check_same_samples(const Input& x, const Tensor& y, const std::string& where);
void check_batch_size(int64_t batch_size, const std::string& where);

}  // namespace eddy
