// SPDX-License-Identifier: MIT
// Merging value by value.
#include "layers/merges.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/nearest.h"
#include "layers/signal.h"

namespace eddy {
namespace {

// Keras' rule: from the last axis on, equal lengths or 1.
//   shape_of(k)  of the k-th of `count` inputs
template <class ShapeOf>
void broadcast(const std::string& layer, size_t count, const ShapeOf& shape_of, Shape& output) {
  size_t rank = 0;
  for (size_t k = 0; k < count; ++k) rank = std::max(rank, shape_of(k).size());
  output.assign(rank, 1);
  output[0] = kNone;
  for (size_t k = 0; k < count; ++k) {
    const Shape& shape = shape_of(k);
    bool fits = output[0] == kNone || shape[0] == kNone || output[0] == shape[0];
    if (shape[0] != kNone) output[0] = shape[0];
    for (size_t back = 1; back < shape.size(); ++back) {
      int64_t& length = output[rank - back];
      const int64_t own = shape[shape.size() - back];
      fits = fits && (length == own || length == 1 || own == 1 || length == kNone || own == kNone);
      if (own == kNone || length == 1) length = own;
    }
    if (fits) continue;
    throw Error(ErrorCode::shape_mismatch, layer,
                fmt::format("input: expected a shape that fits {}, got {}.", to_string(output),
                            to_string(shape)),
                "merge values whose lengths are equal, or 1.");
  }
}

}  // namespace

template <class Real>
typename MergeLayer<Real>::Operation MergeLayer<Real>::operation(const MergeOptions& options) {
  const std::vector<std::string> names = {"add",     "subtract", "multiply",
                                          "average", "maximum",  "minimum"};
  const auto found = std::find(names.begin(), names.end(), options.merge);
  if (found == names.end()) {
    throw Error(ErrorCode::invalid_argument, options.name,
                fmt::format("merge: expected one of {}, got '{}'.", join(names), options.merge),
                suggest(options.merge, names));
  }
  return static_cast<Operation>(found - names.begin());
}

template <class Real>
MergeLayer<Real>::MergeLayer(const MergeOptions& options)
    : Layer<Real>(options.name), operation_(operation(options)) {}

template <class Real>
std::vector<Shape> MergeLayer<Real>::build(const std::vector<Shape>& inputs) {
  const bool two = operation_ == Operation::subtract;
  check_input_count(this->name(), inputs.size(), two ? 2 : 1,
                    two ? 2 : std::max<size_t>(inputs.size(), 1));
  for (const Shape& shape : inputs) {
    check_rank(this->name(), shape);
    if (shape.size() >= 2) continue;
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected [batch, ...], got {}.", to_string(shape)),
                "give every sample at least one axis.");
  }
  Shape output;
  broadcast(
      this->name(), inputs.size(), [&](size_t k) -> const Shape& { return inputs[k]; }, output);
  operands_.resize(inputs.size());
  return {output};
}

// After the shapes were found to fit.
template <class Real>
void MergeLayer<Real>::place(const Signal<Real>& in, const Shape& output, Operand& operand) const {
  operand.value = dense_values(in, operand.written_out);
  operand.mask = nullptr;
  const size_t rank = in.shape.size(), more = output.size() - rank;
  const Strides own = strides_of(in.shape);
  operand.strides.fill(0);
  operand.mask_strides.fill(0);
  for (size_t k = 0; k < rank; ++k) {
    const size_t place = k == 0 ? 0 : k + more;
    if (in.shape[k] == output[place]) operand.strides[place] = own[k];
  }
  // Keras loses the mask of an input that gets further axes.
  if (in.mask == nullptr || more > 0 || !knows_masks()) return;
  if (in.mask_rank + 1 != rank) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("mask: expected {} axes for input {}, got {}.", rank - 1,
                            to_string(in.shape), in.mask_rank),
                "use a merge that lets masks be, such as Add.");
  }
  operand.mask = in.mask;
  for (size_t k = 0; k + 1 < rank; ++k) {
    operand.mask_strides[k] = operand.strides[k] / in.shape[rank - 1];
  }
}

template <class Real>
template <class Body>
void MergeLayer<Real>::for_output_rows(const Body& body) {
  Strides index{};
  for (Operand& operand : operands_) {
    operand.at = operand.value;
    operand.real = operand.mask == nullptr || operand.mask[0] != 0;
  }
  for (int64_t row = 0;; ++row) {
    body(row);
    size_t axis = rank_ - 1;
    while (axis-- > 0) {
      if (++index[axis] < lengths_[axis]) break;
      index[axis] = 0;
    }
    if (axis == SIZE_MAX) return;
    for (Operand& operand : operands_) {
      int64_t offset = 0, mask_offset = 0;
      for (size_t k = 0; k + 1 < rank_; ++k) {
        offset += index[k] * operand.strides[k];
        mask_offset += index[k] * operand.mask_strides[k];
      }
      operand.at = operand.value + offset;
      operand.real = operand.mask == nullptr || operand.mask[mask_offset] != 0;
    }
  }
}

// Masked values have no say: the largest of the others, or the first where all are masked.
template <class Real>
void MergeLayer<Real>::choose_row(Real* y, int32_t* chosen) const {
  bool masked = !operands_[0].real;  // all so far
  for (size_t k = 0; k < operands_.size(); ++k) {
    const Operand& operand = operands_[k];
    const int64_t step = operand.strides[rank_ - 1];
    const bool first = k == 0 || (masked && operand.real);
    for (int64_t j = 0; j < width_ && (first || operand.real); ++j) {
      const Real v = operand.at[j * step];
      if (!first) {
        const bool keep = operation_ == Operation::maximum ? y[j] >= v : y[j] <= v;
        if (keep || std::isnan(y[j])) continue;
      }
      y[j] = v;
      chosen[j] = static_cast<int32_t>(k);
    }
    masked = masked && !operand.real;
  }
}

template <class Real>
void MergeLayer<Real>::merge_row(Real* y, int32_t* chosen) const {
  if (operation_ == Operation::maximum || operation_ == Operation::minimum) {
    choose_row(y, chosen);
    return;
  }
  const bool product = operation_ == Operation::multiply;
  bool any_real = false;
  std::fill_n(y, width_, product ? Real{1} : Real{0});
  for (size_t k = 0; k < operands_.size(); ++k) {
    const Operand& operand = operands_[k];
    any_real = any_real || operand.real;
    const int64_t step = operand.strides[rank_ - 1];
    for (int64_t j = 0; product && operand.real && j < width_; ++j) y[j] *= operand.at[j * step];
    const bool minus = operation_ == Operation::subtract && k == 1;
    for (int64_t j = 0; !product && j < width_; ++j) {
      y[j] += minus ? -operand.at[j * step] : operand.at[j * step];
    }
  }
  if (product && !any_real) std::fill_n(y, width_, Real{0});
  const auto count = static_cast<Real>(operands_.size());
  for (int64_t j = 0; operation_ == Operation::average && j < width_; ++j) y[j] /= count;
}

// Keras: a step is real where it is real in any input; no mask unless all inputs have one.
template <class Real>
void MergeLayer<Real>::merge_masks(Inputs<Real> in, Signal<Real>& out) {
  for (const auto* signal : in) {
    if (signal->mask == nullptr) return;
  }
  const size_t mask_rank = in[0]->mask_rank;
  for (const auto* signal : in) {
    if (signal->mask_rank == mask_rank && signal->shape.size() == out.shape.size()) continue;
    throw Error(ErrorCode::shape_mismatch, this->name(),
                "mask: expected masks over the same axes, got others.",
                "merge values with equally many axes.");
  }
  Strides lengths{};
  int64_t size = 1;
  for (size_t k = 0; k < mask_rank; ++k) size *= lengths[k] = out.shape[k];
  mask_.resize(static_cast<size_t>(size));
  mask_.fill_zero();
  for (const auto* signal : in) {
    Strides strides{};
    int64_t step = 1;
    for (size_t k = mask_rank; k-- > 0;) {
      strides[k] = signal->shape[k] == out.shape[k] ? step : 0;
      step *= signal->shape[k];
    }
    uint8_t* to = mask_.data();
    const int64_t width = lengths[mask_rank - 1], last = strides[mask_rank - 1];
    for_rows<1>(lengths, mask_rank, {strides}, [&](const std::array<int64_t, 1>& offset) {
      for (int64_t j = 0; j < width; ++j) *to++ |= signal->mask[offset[0] + j * last];
    });
  }
  out.mask = mask_.data();
  out.mask_rank = mask_rank;
}

template <class Real>
void MergeLayer<Real>::forward(Inputs<Real> in, std::span<Signal<Real>> outputs, const Pass&) {
  Signal<Real>& out = outputs[0];
  broadcast(
      this->name(), in.size(), [&](size_t k) -> const Shape& { return in[k]->shape; }, out.shape);
  rank_ = out.shape.size();
  width_ = out.shape.back();
  std::copy(out.shape.begin(), out.shape.end(), lengths_.begin());
  bool along_time = true;
  for (size_t k = 0; k < in.size(); ++k) {
    place(*in[k], out.shape, operands_[k]);
    along_time = along_time && in[k]->shape.size() == rank_ && in[k]->shape[1] == out.shape[1];
  }
  const auto n = static_cast<size_t>(out.size());
  const bool choice = operation_ == Operation::maximum || operation_ == Operation::minimum;
  output_.resize(n);
  chosen_.resize(choice ? n : 0);
  for_output_rows([&](int64_t row) {
    const int64_t at = row * width_;
    merge_row(output_.data() + at, choice ? chosen_.data() + at : nullptr);
  });
  out.value = output_.data();
  merge_masks(in, out);
  if (along_time) out.prefix = shared_prefix(in, prefix_);
}

template <class Real>
void MergeLayer<Real>::row_gradient(size_t k, const Real* dy, const int32_t* chosen,
                                    Real* dx) const {
  const int64_t step = operands_[k].strides[rank_ - 1];
  switch (operation_) {
    case Operation::add:
    case Operation::subtract:
    case Operation::average: {
      Real factor = operation_ == Operation::subtract && k == 1 ? Real{-1} : Real{1};
      if (operation_ == Operation::average) factor /= static_cast<Real>(operands_.size());
      for (int64_t j = 0; j < width_; ++j) dx[j * step] += dy[j] * factor;
      return;
    }
    case Operation::maximum:
    case Operation::minimum:
      for (int64_t j = 0; j < width_; ++j) {
        if (chosen[j] == static_cast<int32_t>(k)) dx[j * step] += dy[j];
      }
      return;
    case Operation::multiply:
      if (!operands_[k].real) return;
      for (int64_t j = 0; j < width_; ++j) {
        Real d = dy[j];
        for (size_t other = 0; other < operands_.size(); ++other) {
          const Operand& factor = operands_[other];
          if (other != k && factor.real) d *= factor.at[j * factor.strides[rank_ - 1]];
        }
        dx[j * step] += d;
      }
  }
}

template <class Real>
void MergeLayer<Real>::backward(Inputs<Real> in, std::span<const Signal<Real>>,
                                Gradients<Real> dout, Gradients<Real> din, const Pass&) {
  for (size_t k = 0; k < din.size(); ++k) {
    if (din[k] == nullptr) continue;
    din[k]->any = true;
    din[k]->dense.resize_zeroed(static_cast<size_t>(in[k]->size()));
  }
  for_output_rows([&](int64_t row) {
    const int64_t at = row * width_;
    const int32_t* chosen = chosen_.empty() ? nullptr : chosen_.data() + at;
    for (size_t k = 0; k < din.size(); ++k) {
      if (din[k] == nullptr) continue;
      const Operand& operand = operands_[k];
      row_gradient(k, dout[0]->dense.data() + at, chosen,
                   din[k]->dense.data() + (operand.at - operand.value));
    }
  });
}

template class MergeLayer<float>;
template class MergeLayer<double>;

}  // namespace eddy
