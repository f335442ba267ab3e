// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "layers/merges.h"
#include "layers/signal.h"

namespace eddy {
namespace {

// Elements of [axis, ...) of an array, or of its mask without the last axis.
int64_t chunk_of(const Shape& shape, size_t axis, bool of_mask) {
  int64_t n = 1;
  for (size_t k = axis; k + (of_mask ? 1 : 0) < shape.size(); ++k) n *= shape[k];
  return n;
}

}  // namespace

template <class Real>
bool ConcatenateLayer<Real>::fits(const Shape& shape, const Shape& first) const {
  if (shape.size() != first.size()) return false;
  for (size_t k = 0; k < shape.size(); ++k) {
    if (k != axis_ && shape[k] != first[k] && shape[k] != kNone && first[k] != kNone) return false;
  }
  return true;
}

template <class Real>
std::vector<Shape> ConcatenateLayer<Real>::build(const std::vector<Shape>& inputs) {
  check_input_count(this->name(), inputs.size(), 1, std::max<size_t>(inputs.size(), 1));
  axis_ = resolve_axis(this->name(), given_axis_, inputs[0]);
  Shape output = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (!fits(inputs[i], inputs[0])) {
      throw Error(ErrorCode::shape_mismatch, this->name(),
                  fmt::format("input: expected {} except along axis {}, got {}.",
                              to_string(inputs[0]), axis_, to_string(inputs[i])),
                  "concatenate values whose other lengths are equal.");
    }
    for (size_t k = 0; k < output.size(); ++k) {
      const int64_t length = inputs[i][k];
      if (k != axis_) {
        if (output[k] == kNone) output[k] = length;
      } else {
        output[k] = output[k] == kNone || length == kNone ? kNone : output[k] + length;
      }
    }
  }
  written_out_.resize(inputs.size());
  return {output};
}

template <class Real>
void ConcatenateLayer<Real>::forward(Inputs<Real> in, std::span<Signal<Real>> outputs,
                                     const Pass&) {
  Signal<Real>& out = outputs[0];
  out.shape = in[0]->shape;
  out.shape[axis_] = 0;
  for (const auto* signal : in) {
    if (!fits(signal->shape, in[0]->shape)) {
      throw Error(ErrorCode::shape_mismatch, this->name(),
                  fmt::format("input: expected {} except along axis {}, got {}.",
                              to_string(in[0]->shape), axis_, to_string(signal->shape)),
                  "concatenate values whose other lengths are equal.");
    }
    out.shape[axis_] += signal->shape[axis_];
  }
  output_.resize(static_cast<size_t>(out.size()));
  out.value = output_.data();
  const int64_t whole = chunk_of(out.shape, axis_, false), count = out.size() / whole;
  int64_t offset = 0;
  for (size_t k = 0; k < in.size(); ++k) {
    const Real* x = dense_values(*in[k], written_out_[k]);
    const int64_t chunk = chunk_of(in[k]->shape, axis_, false);
    for (int64_t i = 0; i < count; ++i) {
      std::copy_n(x + i * chunk, chunk, output_.data() + i * whole + offset);
    }
    offset += chunk;
  }
  merge_masks(in, out);
  if (axis_ >= 2) out.prefix = shared_prefix(in, prefix_);
}

// Keras: along the features a step is real where it is in any input; along other axes the masks
// follow one another. An input without a mask is real everywhere.
template <class Real>
void ConcatenateLayer<Real>::merge_masks(Inputs<Real> in, Signal<Real>& out) {
  const size_t rank = out.shape.size();
  bool any = false;
  for (const auto* signal : in) {
    any = any || signal->mask != nullptr;
    if (signal->mask == nullptr || signal->mask_rank + 1 == rank) continue;
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("mask: expected {} axes for input {}, got {}.", rank - 1,
                            to_string(signal->shape), signal->mask_rank),
                "concatenate before the layer that adds axes.");
  }
  if (!any) return;
  const int64_t size = out.size() / out.shape[rank - 1];
  mask_.resize(static_cast<size_t>(size));
  mask_.fill_zero();
  out.mask = mask_.data();
  out.mask_rank = rank - 1;
  const bool features = axis_ + 1 == rank;
  const int64_t whole = features ? size : chunk_of(out.shape, axis_, true);
  int64_t offset = 0;
  for (const auto* signal : in) {
    const int64_t chunk = features ? size : chunk_of(signal->shape, axis_, true);
    for (int64_t i = 0; i < size / whole * chunk; ++i) {
      const uint8_t real = signal->mask != nullptr ? signal->mask[i] : 1;
      mask_[static_cast<size_t>(i / chunk * whole + offset + i % chunk)] |= real;
    }
    if (!features) offset += chunk;
  }
}

template <class Real>
void ConcatenateLayer<Real>::backward(Inputs<Real> in, std::span<const Signal<Real>> out,
                                      Gradients<Real> dout, Gradients<Real> din, const Pass&) {
  const int64_t whole = chunk_of(out[0].shape, axis_, false), count = out[0].size() / whole;
  int64_t offset = 0;
  for (size_t k = 0; k < in.size(); ++k) {
    const int64_t chunk = chunk_of(in[k]->shape, axis_, false);
    if (din[k] != nullptr) {
      din[k]->any = true;
      din[k]->dense.resize(static_cast<size_t>(in[k]->size()));
      for (int64_t i = 0; i < count; ++i) {
        std::copy_n(dout[0]->dense.data() + i * whole + offset, chunk,
                    din[k]->dense.data() + i * chunk);
      }
    }
    offset += chunk;
  }
}

template class ConcatenateLayer<float>;
template class ConcatenateLayer<double>;

}  // namespace eddy
