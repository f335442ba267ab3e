// SPDX-License-Identifier: MIT
#include "cells/row_cells.h"

#include <algorithm>
#include <string>
#include <valarray>

// clang-format off
#include "kernels/simd.h"
// clang-format on
#include "cell_includes.inc"
#include "kernels/row_activation.h"

namespace eddy {
namespace {

template <class Real>
using Row = std::valarray<Real>;

template <class Real>
Rows one_row(const Row<Real>& row) {
  const auto width = static_cast<int64_t>(row.size());
  return {1, width, width};
}

template <class Real>
Row<Real> activated(ActivationKind kind, const Row<Real>& x) {
  Row<Real> y(x.size());
  activate_rows(kind, one_row(x), &x[0], &y[0]);
  return y;
}

// An activation's Jacobian at a row; the equations multiply by it as by a slope.
template <class Real>
struct Jacobian {
  ActivationKind kind;
  Row<Real> kept;

  friend Row<Real> operator*(const Row<Real>& dy, const Jacobian& at) {
    const Row<Real> y = slope_needs_argument(at.kind) ? activated(at.kind, at.kept) : at.kept;
    Row<Real> dx(dy.size());
    activate_rows_backward(at.kind, one_row(dy), &at.kept[0], &y[0], &dy[0], &dx[0]);
    return dx;
  }
};

// What frame-inl.h describes, for rows.
template <class Real>
struct RowActs {
  using R = Row<Real>;
  ActivationPair pair;

  static R zero() { return {}; }  // an empty row stands for zeros
  static R fma(const R& a, const R& b, const R& c) { return a * b + c; }
  static R fma(const R& a, const Jacobian<Real>& b, const R& c) { return a * b + c; }
  R gate(const R& x) const { return activated(pair.gate, x); }
  R state(const R& x) const { return activated(pair.state, x); }
  Jacobian<Real> dgate(const R& kept) const { return {pair.gate, kept}; }
  Jacobian<Real> dstate(const R& kept) const { return {pair.state, kept}; }
  R kept_gate(const R& x, const R& y) const { return slope_needs_argument(pair.gate) ? x : y; }
  R kept_state(const R& x, const R& y) const { return slope_needs_argument(pair.state) ? x : y; }
  R gate_of(const R& kept) const { return slope_needs_argument(pair.gate) ? gate(kept) : kept; }
  R state_of(const R& kept) const { return slope_needs_argument(pair.state) ? state(kept) : kept; }
};

// One of `values` per unit in memory of the order [unit block][value][lane].
struct Interleaved {
  int64_t units, padded, lanes, values;

  template <class Real>
  Row<Real> load(const Real* from, int64_t value) const {
    Row<Real> row(static_cast<size_t>(units));
    for (int64_t u = 0; u < units; ++u) row[static_cast<size_t>(u)] = from[at(u, value)];
    return row;
  }
  // Units of the padding become zero.
  template <class Real>
  void store(const Row<Real>& row, Real* to, int64_t value) const {
    for (int64_t u = 0; u < padded; ++u) {
      const auto unit = static_cast<size_t>(u);
      to[at(u, value)] =
          unit < std::min(row.size(), static_cast<size_t>(units)) ? row[unit] : Real{0};
    }
  }
  int64_t at(int64_t unit, int64_t value) const {
    return (unit / lanes * values + value) * lanes + unit % lanes;
  }
};

template <class Cell, class Real>
void forward_rows(const ForwardArgs<Real>& args) {
  constexpr int kGates = Cell::kSpec.gates, kStates = Cell::kSpec.states;
  constexpr int kExtra = Cell::kSpec.extra, kApart = Cell::kSpec.apart;
  const RowActs<Real> acts{args.activations};
  const int64_t lanes = args.u->lanes;
  const Interleaved gate_order{args.units, args.padded_units, lanes, kGates};
  const Interleaved extra_order{args.units, args.padded_units, lanes, kExtra};
  const Interleaved plain{args.units, args.padded_units, lanes, 1};
  for (int64_t row = 0; row < args.rows; ++row) {
    const int64_t zx_row = args.zx_index == nullptr ? row : args.zx_index[row];
    const Real* zx_from = args.zx + zx_row * args.gate_stride();
    Row<Real> z[kGates], zx[kGates], prev[kStates], next[kStates], gates[kGates];
    Row<Real> extra[kExtra + 1], vectors[kMostPeepholes];
    for (int g = 0; g < kGates; ++g) {
      z[g] = gate_order.load(args.zh + row * args.gate_stride(), g);
      if (g < kApart) {
        z[g] += gate_order.load(zx_from, g);
      } else {
        zx[g - kApart] = gate_order.load(zx_from, g);
        if (args.recurrent_bias != nullptr) z[g] += gate_order.load(args.recurrent_bias, g);
      }
    }
    const int64_t at = row * args.padded_units;
    for (int s = 0; s < kStates; ++s)
      prev[s] = plain.load(args.prev + s * args.prev_stride + at, 0);
    if constexpr (Cell::kSpec.has_vectors) {
      for (int v = 0; v < kMostPeepholes; ++v) {
        vectors[v] = plain.load(args.vectors + v * args.padded_units, 0);
      }
      Cell::forward(acts, z, zx, prev, next, gates, extra, vectors);
    } else {
      Cell::forward(acts, z, zx, prev, next, gates, extra);
    }
    if constexpr (kHasOutput<Cell, Row<Real>, RowActs<Real>>) Cell::output(acts, prev, next, gates);
    for (int s = 0; s < kStates; ++s)
      plain.store(next[s], args.next + s * args.next_stride + at, 0);
    if (args.gates == nullptr) continue;
    for (int g = 0; g < kGates; ++g) gate_order.store(gates[g], args.gates + at * kGates, g);
    for (int e = 0; e < kExtra; ++e) extra_order.store(extra[e], args.extra + at * kExtra, e);
  }
}

template <class Cell, class Real>
void backward_rows(const BackwardArgs<Real>& args) {
  constexpr int kGates = Cell::kSpec.gates, kStates = Cell::kSpec.states;
  constexpr int kExtra = Cell::kSpec.extra;
  const RowActs<Real> acts{args.activations};
  const Interleaved gate_order{args.units, args.padded_units, args.lanes, kGates};
  const Interleaved extra_order{args.units, args.padded_units, args.lanes, kExtra};
  const Interleaved plain{args.units, args.padded_units, args.lanes, 1};
  for (int64_t row = 0; row < args.rows; ++row) {
    const int64_t at = row * args.padded_units;
    Row<Real> gates[kGates], extra[kExtra + 1], prev[kStates], next[kStates], dstate[kStates];
    Row<Real> dzx[kGates], dzh[kGates], dprev[kStates], vectors[kMostPeepholes];
    for (int g = 0; g < kGates; ++g) gates[g] = gate_order.load(args.gates + at * kGates, g);
    for (int e = 0; e < kExtra; ++e) extra[e] = extra_order.load(args.extra + at * kExtra, e);
    for (int s = 0; s < kStates; ++s) {
      prev[s] = plain.load(args.prev + s * args.prev_stride + at, 0);
      next[s] = plain.load(args.next + s * args.prev_stride + at, 0);
      dstate[s] = plain.load(args.dstate + s * args.dstate_stride + at, 0);
    }
    if constexpr (Cell::kSpec.has_vectors) {
      for (int v = 0; v < kMostPeepholes; ++v) {
        vectors[v] = plain.load(args.vectors + v * args.padded_units, 0);
      }
      Cell::backward(acts, gates, extra, prev, next, dstate, dzx, dzh, dprev, vectors);
    } else {
      Cell::backward(acts, gates, extra, prev, next, dstate, dzx, dzh, dprev);
    }
    for (int g = 0; g < kGates; ++g) {
      gate_order.store(dzx[g], args.gates + at * kGates, g);
      if (Cell::kSpec.apart < kGates) gate_order.store(dzh[g], args.dzh + at * kGates, g);
    }
    for (int s = 0; s < kStates; ++s) {
      plain.store(dprev[s], args.dstate + s * args.dstate_stride + at, 0);
    }
  }
}

}  // namespace

template <class Real>
CellKernels<Real> row_cell_kernels(std::string_view name, int64_t units) {
  CellKernels<Real> kernels = cell_kernels<Real>(name, units);  // the order in memory is theirs
#define EDDY_CELL(cell)                                          \
  if (name == HWY_NAMESPACE::cell::kSpec.name) {                 \
    kernels.forward = forward_rows<HWY_NAMESPACE::cell, Real>;   \
    kernels.backward = backward_rows<HWY_NAMESPACE::cell, Real>; \
    kernels.step = nullptr;                                      \
  }
#include "cell_list.inc"
#undef EDDY_CELL
  return kernels;
}

template CellKernels<float> row_cell_kernels(std::string_view, int64_t);
template CellKernels<double> row_cell_kernels(std::string_view, int64_t);

}  // namespace eddy
