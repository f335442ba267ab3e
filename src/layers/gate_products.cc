// SPDX-License-Identifier: MIT
#include "layers/gate_products.h"

#include <algorithm>

#include "kernels/row_activation.h"

namespace eddy {

template <class Real>
void GateProducts<Real>::pack(const CellSpec& cell, int64_t units, int64_t padded,
                              const Real* recurrent, const Real* carry, bool training) {
  kernel_ = &kernels<Real>(units);
  units_ = units;
  padded_ = padded;
  gates_ = cell.gates;
  lanes_ = kernel_->lanes;
  scaled_ = cell.scaled_gate;
  scaling_ = cell.scaling_gate;
  carries_.clear();
  const int64_t peepholes = carry == nullptr ? 0 : cell.peepholes();
  for (int64_t p = 0; p < peepholes; ++p) {
    carries_.push_back({cell.peephole_gates[p], gates_ + p});
  }
  forward_.resize(static_cast<size_t>(gates_ + peepholes));
  backward_.resize(forward_.size());
  const int64_t panel = suitable_panel(padded, lanes_);
  for (int64_t m = 0; m < gates_ + peepholes; ++m) {
    const bool of_carry = m >= gates_;
    const int64_t width = (of_carry ? peepholes : gates_) * units;
    const Real* first = of_carry ? carry + (m - gates_) * units : recurrent + m * units;
    const auto at = static_cast<size_t>(m);
    eddy::pack<Real>({first, width, 1}, units, units, lanes_, panel, forward_[at]);
    if (training) eddy::pack<Real>({first, 1, width}, units, units, lanes_, panel, backward_[at]);
  }
}

template <class Real>
void GateProducts<Real>::take(const Real* gate_order, int64_t gate, int64_t rows,
                              Real* part) const {
  for (int64_t i = 0; i < rows; ++i) {
    const Real* from = gate_order + i * gates_ * padded_ + gate * lanes_;
    for (int64_t unit = 0; unit < padded_; unit += lanes_, from += gates_ * lanes_) {
      std::copy_n(from, lanes_, part + i * padded_ + unit);
    }
  }
}

template <class Real>
void GateProducts<Real>::put(const Real* part, int64_t gate, int64_t rows, Real* gate_order) const {
  for (int64_t i = 0; i < rows; ++i) {
    Real* to = gate_order + i * gates_ * padded_ + gate * lanes_;
    for (int64_t unit = 0; unit < padded_; unit += lanes_, to += gates_ * lanes_) {
      std::copy_n(part + i * padded_ + unit, lanes_, to);
    }
  }
}

template <class Real>
const Real* GateProducts<Real>::operand(const Real* h, int64_t rows, const Real* mask,
                                        const Real* scaling, Buffer<Real>& to) const {
  if (mask == nullptr && scaling == nullptr) return h;
  const auto n = static_cast<size_t>(rows * padded_);
  to.resize(n);
  std::copy_n(h, n, to.data());
  for (size_t i = 0; mask != nullptr && i < n; ++i) to[i] *= mask[i];
  for (size_t i = 0; scaling != nullptr && i < n; ++i) to[i] *= scaling[i];
  return to.data();
}

template <class Real>
void GateProducts<Real>::multiply(const Real* a, int64_t rows, const PackedMatrix<Real>& b,
                                  bool add, Real* c) const {
  kernel_->product(ProductArgs<Real>{.rows = rows,
                                     .a = a,
                                     .a_stride = padded_,
                                     .b = &b,
                                     .accumulate = add,
                                     .c = c,
                                     .c_stride = padded_});
}

template <class Real>
void GateProducts<Real>::add_outer(const Real* a, const Real* d, int64_t rows, int64_t matrix,
                                   Real* sums) const {
  kernel_->outer(OuterArgs<Real>{.rows = rows,
                                 .a_columns = units_,
                                 .d_columns = padded_,
                                 .a = a,
                                 .a_stride = padded_,
                                 .d = d,
                                 .d_stride = padded_,
                                 .c = sums + matrix * matrix_size(),
                                 .c_stride = padded_,
                                 .near = true});
}

template <class Real>
void GateProducts<Real>::forward(const ForwardArgs<Real>& args, const Masks& masks, Real* zh,
                                 Scratch& scratch) const {
  const int64_t rows = args.rows, width = gates_ * padded_;
  const Real *h = args.prev, *c = args.prev + args.prev_stride;
  scratch.part.resize_zeroed(static_cast<size_t>(rows * padded_));
  Real* part = scratch.part.data();
  const auto gate = [&](int64_t g, const Real* scaling) {
    const auto at = static_cast<size_t>(g);
    multiply(operand(h, rows, masks.of(g), scaling, scratch.operand), rows, forward_[at], false,
             part);
    for (const Carry& carry : carries_) {
      if (carry.gate != g) continue;
      multiply(c, rows, forward_[static_cast<size_t>(carry.matrix)], true, part);
    }
    put(part, g, rows, zh);
  };
  for (int64_t g = 0; g < gates_; ++g) {
    if (g != scaled_) gate(g, nullptr);
  }
  if (scaled_ < 0) return;
  scratch.scaling.resize(static_cast<size_t>(rows * padded_));
  Real* scaling = scratch.scaling.data();
  take(zh, scaling_, rows, scaling);
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t row = args.zx_index == nullptr ? i : args.zx_index[i];
    take(args.zx + row * width, scaling_, 1, part);
    kernel_->add(padded_, part, scaling + i * padded_);
  }
  activate_rows(args.activations.gate, {rows, units_, padded_}, scaling, scaling);
  gate(scaled_, scaling);
}

template <class Real>
void GateProducts<Real>::keep_scaling(const BackwardArgs<Real>& args, Scratch& scratch) const {
  if (scaled_ < 0) return;
  const int64_t n = args.rows * padded_;
  scratch.kept_scaling.resize(static_cast<size_t>(n));
  scratch.scaling.resize(static_cast<size_t>(n));
  take(args.gates, scaling_, args.rows, scratch.kept_scaling.data());
  if (slope_needs_argument(args.activations.gate)) {
    activate_rows(args.activations.gate, {args.rows, units_, padded_}, scratch.kept_scaling.data(),
                  scratch.scaling.data());
  } else {
    std::copy_n(scratch.kept_scaling.data(), n, scratch.scaling.data());
  }
}

template <class Real>
void GateProducts<Real>::backward(const BackwardArgs<Real>& args, const Masks& masks,
                                  const Real* dzh, Real* sums, Scratch& scratch) const {
  const int64_t rows = args.rows;
  const auto n = static_cast<size_t>(rows * padded_);
  const Real* c = args.prev + args.prev_stride;
  scratch.part.resize(n);
  scratch.back.resize_zeroed(n);
  if (scaled_ >= 0) backward_scaled(args, masks, dzh, sums, scratch);
  Real *part = scratch.part.data(), *back = scratch.back.data();
  for (int64_t g = 0; g < gates_; ++g) {
    if (g == scaled_) continue;
    const auto at = static_cast<size_t>(g);
    const Real* mask = masks.of(g);
    take(dzh, g, rows, part);
    add_outer(operand(args.prev, rows, mask, nullptr, scratch.operand), part, rows, g, sums);
    if (mask == nullptr) {
      multiply(part, rows, backward_[at], true, args.dstate);
    } else {
      multiply(part, rows, backward_[at], false, back);
      for (size_t i = 0; i < n; ++i) args.dstate[i] += back[i] * mask[i];
    }
    for (const Carry& carry : carries_) {
      if (carry.gate != g) continue;
      multiply(part, rows, backward_[static_cast<size_t>(carry.matrix)], true,
               args.dstate + args.dstate_stride);
      add_outer(c, part, rows, carry.matrix, sums);
    }
  }
}

template <class Real>
void GateProducts<Real>::backward_scaled(const BackwardArgs<Real>& args, const Masks& masks,
                                         const Real* dzh, Real* sums, Scratch& scratch) const {
  const int64_t rows = args.rows;
  const auto n = static_cast<size_t>(rows * padded_);
  const Real *h = args.prev, *mask = masks.of(scaled_), *scaling = scratch.scaling.data();
  Real *part = scratch.part.data(), *back = scratch.back.data();
  take(dzh, scaled_, rows, part);
  add_outer(operand(h, rows, mask, scaling, scratch.operand), part, rows, scaled_, sums);
  multiply(part, rows, backward_[static_cast<size_t>(scaled_)], false, back);
  for (size_t i = 0; i < n; ++i) {
    const Real d = mask == nullptr ? back[i] : back[i] * mask[i];
    args.dstate[i] += d * scaling[i];
    back[i] = d * h[i];
  }
  activate_rows_backward(args.activations.gate, {rows, units_, padded_},
                         scratch.kept_scaling.data(), scaling, back, back);
  put(back, scaling_, rows, args.gates);
}

template class GateProducts<float>;
template class GateProducts<double>;

}  // namespace eddy
