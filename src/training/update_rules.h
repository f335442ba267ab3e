// SPDX-License-Identifier: MIT
// Keras 3's update formulas. A rule takes a description with all defaults filled in.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "training/optimizer.h"

namespace eddy {

// m = mu m - lr g; w += m, or with nesterov w += mu m - lr g. Without momentum w -= lr g.
template <class Real>
class SGDRule final : public UpdateRule<Real> {
 public:
  explicit SGDRule(const std::map<std::string, double>& v)
      : lr_(static_cast<Real>(v.at("learning_rate"))),
        mu_(static_cast<Real>(v.at("momentum"))),
        nesterov_(v.at("nesterov") != 0) {}
  std::vector<std::string> slot_names() const override {
    if (mu_ == 0) return {};
    return {"momentum"};
  }
  bool rows_may_wait() const override { return mu_ == 0; }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    if (mu_ == 0) {
      for (int64_t i = 0; i < n; ++i) w[i] -= lr_ * g[i];
      return;
    }
    Real* m = slots[0];
    for (int64_t i = 0; i < n; ++i) {
      m[i] = mu_ * m[i] - lr_ * g[i];
      w[i] += nesterov_ ? mu_ * m[i] - lr_ * g[i] : m[i];
    }
  }

 private:
  Real lr_, mu_;
  bool nesterov_;
};

// v = rho v + (1 - rho) g^2; inc = lr g / sqrt(v + eps), centered: v - a^2 + eps with a the running
// mean of g; w -= inc, with momentum m = mu m + inc, w -= m.
template <class Real>
class RMSpropRule final : public UpdateRule<Real> {
 public:
  explicit RMSpropRule(const std::map<std::string, double>& v)
      : rho_exact_(v.at("rho")),
        lr_(static_cast<Real>(v.at("learning_rate"))),
        rho_(static_cast<Real>(v.at("rho"))),
        mu_(static_cast<Real>(v.at("momentum"))),
        epsilon_(static_cast<Real>(v.at("epsilon"))),
        centered_(v.at("centered") != 0) {}
  std::vector<std::string> slot_names() const override {
    std::vector<std::string> names = {"velocity"};
    if (mu_ > 0) names.emplace_back("momentum");
    if (centered_) names.emplace_back("average_gradient");
    return names;
  }
  bool rows_may_wait() const override { return mu_ == 0; }
  // Without gradient v and a shrink by rho a step and the weight stands still.
  void decay(Real* const* slots, int64_t n, int64_t steps) const override {
    const auto factor = static_cast<Real>(std::pow(rho_exact_, static_cast<double>(steps)));
    for (int k = 0; k < (centered_ ? 2 : 1); ++k) {
      for (int64_t i = 0; i < n; ++i) slots[k][i] *= factor;
    }
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    if (mu_ == 0 && !centered_) {
      Real* v = slots[0];
      for (int64_t i = 0; i < n; ++i) {
        v[i] = rho_ * v[i] + (1 - rho_) * (g[i] * g[i]);
        w[i] -= lr_ * g[i] / std::sqrt(v[i] + epsilon_);
      }
      return;
    }
    Real* v = slots[0];
    Real* m = mu_ > 0 ? slots[1] : nullptr;
    Real* a = centered_ ? slots[mu_ > 0 ? 2 : 1] : nullptr;
    for (int64_t i = 0; i < n; ++i) {
      v[i] = rho_ * v[i] + (1 - rho_) * (g[i] * g[i]);
      Real below = v[i] + epsilon_;
      if (a != nullptr) {
        a[i] = rho_ * a[i] + (1 - rho_) * g[i];
        below = v[i] - a[i] * a[i] + epsilon_;
      }
      Real step = lr_ * g[i] / std::sqrt(below);
      if (m != nullptr) step = m[i] = mu_ * m[i] + step;
      w[i] -= step;
    }
  }

 private:
  double rho_exact_;
  Real lr_, rho_, mu_, epsilon_;
  bool centered_;
};

// m += (g - m)(1 - b1); v += (g^2 - v)(1 - b2); w -= a m / (sqrt(v) + eps) with
// a = lr sqrt(1 - b2^t) / (1 - b1^t) (Kingma and Ba 2015, "epsilon hat"); amsgrad: the largest v so
// far.
template <class Real>
class AdamRule final : public UpdateRule<Real> {
 public:
  explicit AdamRule(const std::map<std::string, double>& v)
      : lr_(v.at("learning_rate")),
        beta_1_(v.at("beta_1")),
        beta_2_(v.at("beta_2")),
        epsilon_(static_cast<Real>(v.at("epsilon"))),
        amsgrad_(v.at("amsgrad") != 0) {}
  std::vector<std::string> slot_names() const override {
    std::vector<std::string> names = {"momentum", "velocity"};
    if (amsgrad_) names.emplace_back("velocity_hat");
    return names;
  }
  size_t interleaved() const override { return 2; }
  void begin_step(int64_t t) override {
    const auto steps = static_cast<double>(t);
    alpha_ = static_cast<Real>(lr_ * std::sqrt(1 - std::pow(beta_2_, steps)) /
                               (1 - std::pow(beta_1_, steps)));
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    Real *m = slots[0], *v = slots[1], *largest = amsgrad_ ? slots[2] : nullptr;
    const auto rest_1 = static_cast<Real>(1 - beta_1_), rest_2 = static_cast<Real>(1 - beta_2_);
    for (int64_t i = 0; i < n; ++i) {
      m[i] += (g[i] - m[i]) * rest_1;
      v[i] += (g[i] * g[i] - v[i]) * rest_2;
      Real below = v[i];
      if (largest != nullptr) below = largest[i] = std::max(largest[i], v[i]);
      w[i] -= alpha_ * m[i] / (std::sqrt(below) + epsilon_);
    }
  }

 private:
  double lr_, beta_1_, beta_2_;
  Real epsilon_, alpha_ = 0;
  bool amsgrad_;
};

}  // namespace eddy
