// SPDX-License-Identifier: MIT
// The products of a step gate by gate, for layers where the state does not enter all gates alike:
// recurrent dropout, a reset gate before the product, a carry with matrices of its own.
//   zh_g = (m_g s_g h') U_g + c' V_g      m dropout mask, s the scaling gate or 1
// Letters as in recurrent.h; P peepholes.
#pragma once

#include <vector>

#include "cells/cell_kernels.h"
#include "kernels/kernels.h"

namespace eddy {

template <class Real>
class GateProducts {
 public:
  // Dropout masks of the rows of a step: [G] of [rows, Hp], `stride` between gates; null: none.
  struct Masks {
    const Real* first = nullptr;
    int64_t stride = 0;
    const Real* of(int64_t gate) const {
      return first == nullptr ? nullptr : first + gate * stride;
    }
  };
  // Memory of one thread, each [rows, Hp].
  struct Scratch {
    Buffer<Real> operand, part, back, scaling;
    Buffer<Real> kept_scaling;  // what its slope is computed from
  };

  // recurrent  [H, G*H], carry [H, P*H] or null: as Keras stores them
  void pack(const CellSpec& cell, int64_t units, int64_t padded, const Real* recurrent,
            const Real* carry, bool training);
  // Matrices of [H, Hp] each: G of U, then P of V.
  int64_t matrices() const { return static_cast<int64_t>(forward_.size()); }
  int64_t matrix_size() const { return units_ * padded_; }

  // zh [rows, G*Hp] for args.zh.
  void forward(const ForwardArgs<Real>& args, const Masks& masks, Real* zh, Scratch& scratch) const;
  // Before the cell's backward overwrites the gates: keeps what scales the state.
  void keep_scaling(const BackwardArgs<Real>& args, Scratch& scratch) const;
  // After it: adds to dstate what comes through the products, completes the gradient of the scaling
  // gate, and adds to the gradients of the matrices.
  //   dzh    [rows, G*Hp]
  //   sums   [matrices()] of [H, Hp]
  void backward(const BackwardArgs<Real>& args, const Masks& masks, const Real* dzh, Real* sums,
                Scratch& scratch) const;

 private:
  struct Carry {
    int64_t gate, matrix;
  };
  void take(const Real* gate_order, int64_t gate, int64_t rows, Real* part) const;
  void put(const Real* part, int64_t gate, int64_t rows, Real* gate_order) const;
  // h', masked and scaled; `to` where it is not h' itself.
  const Real* operand(const Real* h, int64_t rows, const Real* mask, const Real* scaling,
                      Buffer<Real>& to) const;
  void multiply(const Real* a, int64_t rows, const PackedMatrix<Real>& b, bool add, Real* c) const;
  void add_outer(const Real* a, const Real* d, int64_t rows, int64_t matrix, Real* sums) const;
  void backward_scaled(const BackwardArgs<Real>& args, const Masks& masks, const Real* dzh,
                       Real* sums, Scratch& scratch) const;

  const Kernels<Real>* kernel_ = nullptr;
  int64_t units_ = 0, padded_ = 0, gates_ = 0, lanes_ = 1;
  int64_t scaled_ = -1, scaling_ = -1;
  std::vector<PackedMatrix<Real>> forward_, backward_;
  std::vector<Carry> carries_;
};

}  // namespace eddy
