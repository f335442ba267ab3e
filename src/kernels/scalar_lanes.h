// SPDX-License-Identifier: MIT
// The interface of FloatLanes with one double: the same kernels and cells for gradient checks.
#pragma once

#include <algorithm>
#include <cmath>

namespace eddy {

struct DoubleLanes {
  using Real = double;
  static constexpr int kLanes = 1;
  static constexpr int kAccumulators = 12;

  struct Reg {
    double v;
    friend Reg operator+(Reg a, Reg b) { return {a.v + b.v}; }
    friend Reg operator-(Reg a, Reg b) { return {a.v - b.v}; }
    friend Reg operator*(Reg a, Reg b) { return {a.v * b.v}; }
    friend Reg operator-(Reg a) { return {-a.v}; }
  };

  static Reg load(const double* p) { return {*p}; }
  static Reg load_unaligned(const double* p) { return {*p}; }
  static void store(Reg a, double* p) { *p = a.v; }
  static void store_unaligned(Reg a, double* p) { *p = a.v; }
  static double sum_of_lanes(Reg a) { return a.v; }
  static Reg set(double x) { return {x}; }
  static Reg zero() { return {0.0}; }
  static Reg fma(Reg a, Reg b, Reg c) { return {a.v * b.v + c.v}; }
  static Reg min(Reg a, Reg b) { return {std::min(a.v, b.v)}; }
  static Reg max(Reg a, Reg b) { return {std::max(a.v, b.v)}; }
  static Reg if_less(Reg a, Reg b, Reg yes, Reg no) { return a.v < b.v ? yes : no; }
  static Reg reciprocal(Reg x) { return {1.0 / x.v}; }
  static Reg exp(Reg x) { return {std::exp(x.v)}; }
  static Reg exp_minus_one(Reg x) { return {std::expm1(x.v)}; }
  static Reg sigmoid(Reg x) { return {1.0 / (1.0 + std::exp(-x.v))}; }
  struct Constants {};
  static Constants fresh(Constants) { return {}; }
  static Reg sigmoid_of_gate(Reg x, Constants) { return sigmoid(x); }
  static Reg tanh(Reg x) { return {std::tanh(x.v)}; }
  static Reg tanh(Reg x, Constants) { return tanh(x); }
  static Reg sigmoid_soon(Reg x, Constants) { return sigmoid(x); }
  static Reg tanh_soon(Reg x, Constants) { return tanh(x); }
};

}  // namespace eddy
