// SPDX-License-Identifier: MIT
// Layers that make one value of several: Add, Subtract, Multiply, Average, Maximum, Minimum and
// Concatenate.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "layers/axes.h"
#include "layers/layer.h"

namespace eddy {

// Leading steps that the inputs, of one length in time, share with all rows: the shortest.
template <class Real>
const int32_t* shared_prefix(Inputs<Real> in, Buffer<int32_t>& shortest) {
  bool same = true;
  for (const auto* signal : in) {
    if (signal->prefix == nullptr) return nullptr;
    same = same && signal->prefix == in[0]->prefix;
  }
  if (same) return in[0]->prefix;
  const int64_t B = in[0]->batch();
  shortest.resize(static_cast<size_t>(B));
  std::copy_n(in[0]->prefix, B, shortest.data());
  for (const auto* signal : in) {
    for (int64_t b = 0; b < B; ++b) {
      shortest[static_cast<size_t>(b)] =
          std::min(shortest[static_cast<size_t>(b)], signal->prefix[b]);
    }
  }
  return shortest.data();
}

// Value by value. Lengths of 1 are repeated; inputs with fewer axes get some of length 1 behind the
// batch. Letters: K inputs.
template <class Real>
class MergeLayer final : public Layer<Real> {
 public:
  explicit MergeLayer(const MergeOptions& options);
  std::vector<Shape> build(const std::vector<Shape>& inputs) override;
  void forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) override;
  void backward(Inputs<Real> in, std::span<const Signal<Real>> out, Gradients<Real> dout,
                Gradients<Real> din, const Pass& pass) override;

 private:
  enum class Operation { add, subtract, multiply, average, maximum, minimum };
  // An input as it lies over the output: strides are 0 where it is repeated.
  struct Operand {
    const Real* value = nullptr;
    const uint8_t* mask = nullptr;  // as far as it has a say in the values
    Strides strides{}, mask_strides{};
    const Real* at = nullptr;  // the current row
    bool real = true;          // it is not masked
    Buffer<Real> written_out;
  };

  static Operation operation(const MergeOptions& options);
  bool knows_masks() const {  // masked values have no say
    return operation_ == Operation::multiply || operation_ == Operation::maximum ||
           operation_ == Operation::minimum;
  }
  void place(const Signal<Real>& in, const Shape& output, Operand& operand) const;
  void merge_masks(Inputs<Real> in, Signal<Real>& out);
  // Calls body(row) for every row (last axis) of the output, the operands being at that row.
  template <class Body>
  void for_output_rows(const Body& body);
  void merge_row(Real* y, int32_t* chosen) const;
  void choose_row(Real* y, int32_t* chosen) const;
  void row_gradient(size_t k, const Real* dy, const int32_t* chosen, Real* dx) const;

  Operation operation_;
  Strides lengths_{};  // of the output
  size_t rank_ = 0;
  int64_t width_ = 0;  // of its last axis
  std::vector<Operand> operands_;
  Buffer<Real> output_;
  Buffer<uint8_t> mask_;
  Buffer<int32_t> chosen_;  // of maximum and minimum: the operand that each value came from
  Buffer<int32_t> prefix_;
};

// One after another along `axis`.
template <class Real>
class ConcatenateLayer final : public Layer<Real> {
 public:
  explicit ConcatenateLayer(const ConcatenateOptions& options)
      : Layer<Real>(options.name), given_axis_(options.axis) {}
  std::vector<Shape> build(const std::vector<Shape>& inputs) override;
  void forward(Inputs<Real> in, std::span<Signal<Real>> out, const Pass& pass) override;
  void backward(Inputs<Real> in, std::span<const Signal<Real>> out, Gradients<Real> dout,
                Gradients<Real> din, const Pass& pass) override;

 private:
  bool fits(const Shape& shape, const Shape& first) const;
  void merge_masks(Inputs<Real> in, Signal<Real>& out);

  int64_t given_axis_;
  size_t axis_ = 0;
  std::vector<Buffer<Real>> written_out_;
  Buffer<Real> output_;
  Buffer<uint8_t> mask_;
  Buffer<int32_t> prefix_;
};

}  // namespace eddy
