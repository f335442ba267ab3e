// SPDX-License-Identifier: MIT
// Keras 3's update formulas as plain loops, which the compiler turns into the vector instructions
// of each set. A rule takes a description with all defaults filled in.
#if defined(EDDY_TRAINING_UPDATE_RULES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_TRAINING_UPDATE_RULES_INL_H_
#undef EDDY_TRAINING_UPDATE_RULES_INL_H_
#else
#define EDDY_TRAINING_UPDATE_RULES_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/buffer.h"
#include "hwy/highway.h"
#include "kernels/simd.h"
#include "training/update_rule.h"

EDDY_SIMD_BEGIN

// base^k, those of the first k from a list.
template <class Real>
class Powers {
 public:
  explicit Powers(double base) : base_(base), first_(512) {
    for (size_t k = 0; k < first_.size(); ++k) first_[k] = compute(static_cast<double>(k));
  }
  Real of(int64_t k) const {
    const auto at = static_cast<size_t>(k);
    return at < first_.size() ? first_[at] : compute(static_cast<double>(k));
  }

 private:
  Real compute(double k) const { return static_cast<Real>(std::pow(base_, k)); }

  double base_;
  std::vector<Real> first_;
};

// m = mu m - lr g; w += m, or with nesterov w += mu m - lr g. Without momentum w -= lr g.
template <class Real>
class SGDRule final : public UpdateRule<Real> {
 public:
  explicit SGDRule(const std::map<std::string, double>& v)
      : mu_(static_cast<Real>(v.at("momentum"))), nesterov_(v.at("nesterov") != 0) {}
  std::vector<std::string> slot_names() const override {
    if (mu_ == 0) return {};
    return {"momentum"};
  }
  bool rows_may_wait() const override { return mu_ == 0; }
  void begin_step(int64_t, double learning_rate) override {
    lr_ = static_cast<Real>(learning_rate);
  }
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
  Real lr_ = 0, mu_;
  bool nesterov_;
};

// v = rho v + (1 - rho) g^2; inc = lr g / sqrt(v + eps), centered: v - a^2 + eps with a the running
// mean of g; w -= inc, with momentum m = mu m + inc, w -= m.
template <class Real>
class RMSpropRule final : public UpdateRule<Real> {
 public:
  explicit RMSpropRule(const std::map<std::string, double>& v)
      : shrunk_(v.at("rho")),
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
  void begin_step(int64_t, double learning_rate) override {
    lr_ = static_cast<Real>(learning_rate);
  }
  // Without gradient v and a shrink by rho a step and the weight stands still.
  void decay(Real* const* slots, int64_t n, int64_t steps) const override {
    const Real factor = shrunk_.of(steps);
    for (int k = 0; k < (centered_ ? 2 : 1); ++k) {
      for (int64_t i = 0; i < n; ++i) slots[k][i] *= factor;
    }
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    if (plain()) return update_plain(w, g, slots[0], n, 1);
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
  // Both in one pass over the row, without a branch, which nobody could foresee.
  void update_waiting(Real* w, const Real* g, Real* const* slots, int64_t n,
                      int64_t waited) const override {
    if (plain()) return update_plain(w, g, slots[0], n, shrunk_.of(waited));
    UpdateRule<Real>::update_waiting(w, g, slots, n, waited);
  }

 private:
  bool plain() const { return mu_ == 0 && !centered_; }
  // The usual case, in a form that compilers turn into vector instructions; v shrinks first.
  void update_plain(Real* __restrict w, const Real* __restrict g, Real* __restrict v, int64_t n,
                    Real shrunk) const {
    const Real rho = rho_, rest = 1 - rho_, rate = lr_, epsilon = epsilon_;
    for (int64_t i = 0; i < n; ++i) {
      v[i] = rho * (v[i] * shrunk) + rest * (g[i] * g[i]);
      w[i] -= rate * g[i] / std::sqrt(v[i] + epsilon);
    }
  }

  Powers<Real> shrunk_;
  Real lr_ = 0, rho_, mu_, epsilon_;
  bool centered_;
};

// m += (g - m)(1 - b1); v += (g^2 - v)(1 - b2); w -= a m / (sqrt(v) + eps) with
// a = lr sqrt(1 - b2^t) / (1 - b1^t) (Kingma and Ba 2015, "epsilon hat"); amsgrad: the largest v so
// far.
template <class Real>
class AdamRule final : public UpdateRule<Real> {
 public:
  explicit AdamRule(const std::map<std::string, double>& v)
      : beta_1_(v.at("beta_1")),
        beta_2_(v.at("beta_2")),
        epsilon_(static_cast<Real>(v.at("epsilon"))),
        amsgrad_(v.at("amsgrad") != 0) {}
  std::vector<std::string> slot_names() const override {
    std::vector<std::string> names = {"momentum", "velocity"};
    if (amsgrad_) names.emplace_back("velocity_hat");
    return names;
  }
  size_t interleaved() const override { return 2; }
  void begin_step(int64_t t, double learning_rate) override {
    const auto steps = static_cast<double>(t);
    alpha_ = static_cast<Real>(learning_rate * std::sqrt(1 - std::pow(beta_2_, steps)) /
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
  double beta_1_, beta_2_;
  Real epsilon_, alpha_ = 0;
  bool amsgrad_;
};

// Dozat 2016 as Keras has it: u_t = b1 (1 - 0.96^t / 2), U the product of all u so far,
// mhat = u_{t+1} m / (1 - U u_{t+1}) + (1 - u_t) g / (1 - U), vhat = v / (1 - b2^t),
// w -= lr mhat / (sqrt(vhat) + eps).
template <class Real>
class NadamRule final : public UpdateRule<Real> {
 public:
  explicit NadamRule(const std::map<std::string, double>& v)
      : beta_1_(v.at("beta_1")),
        beta_2_(v.at("beta_2")),
        epsilon_(static_cast<Real>(v.at("epsilon"))),
        product_(1) {
    product_[0] = 1;
  }
  std::vector<std::string> slot_names() const override { return {"momentum", "velocity"}; }
  size_t interleaved() const override { return 2; }
  Buffer<Real>* scalar() override { return &product_; }
  void begin_step(int64_t t, double learning_rate) override {
    const auto steps = static_cast<double>(t);
    const double now = beta_1_ * (1 - 0.5 * std::pow(0.96, steps));
    const double next = beta_1_ * (1 - 0.5 * std::pow(0.96, steps + 1));
    product_[0] = static_cast<Real>(product_[0] * now);
    const double product = product_[0];
    lr_ = static_cast<Real>(learning_rate);
    of_m_ = static_cast<Real>(next / (1 - product * next));
    of_g_ = static_cast<Real>((1 - now) / (1 - product));
    of_v_ = static_cast<Real>(1 / (1 - std::pow(beta_2_, steps)));
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    Real *m = slots[0], *v = slots[1];
    const auto rest_1 = static_cast<Real>(1 - beta_1_), rest_2 = static_cast<Real>(1 - beta_2_);
    for (int64_t i = 0; i < n; ++i) {
      m[i] += (g[i] - m[i]) * rest_1;
      v[i] += (g[i] * g[i] - v[i]) * rest_2;
      w[i] -= lr_ * (of_m_ * m[i] + of_g_ * g[i]) / (std::sqrt(v[i] * of_v_) + epsilon_);
    }
  }

 private:
  double beta_1_, beta_2_;
  Real epsilon_, lr_ = 0, of_m_ = 0, of_g_ = 0, of_v_ = 0;
  Buffer<Real> product_;
};

// A += g^2; w -= lr g / sqrt(A + eps).
template <class Real>
class AdagradRule final : public UpdateRule<Real> {
 public:
  explicit AdagradRule(const std::map<std::string, double>& v)
      : first_(static_cast<Real>(v.at("initial_accumulator_value"))),
        epsilon_(static_cast<Real>(v.at("epsilon"))) {}
  std::vector<std::string> slot_names() const override { return {"accumulator"}; }
  Real initial(size_t) const override { return first_; }
  bool rows_may_wait() const override { return true; }  // and nothing decays
  void begin_step(int64_t, double learning_rate) override {
    lr_ = static_cast<Real>(learning_rate);
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    Real* sum = slots[0];
    for (int64_t i = 0; i < n; ++i) {
      sum[i] += g[i] * g[i];
      w[i] -= lr_ * g[i] / std::sqrt(sum[i] + epsilon_);
    }
  }

 private:
  Real first_, epsilon_, lr_ = 0;
};

// G = rho G + (1 - rho) g^2; d = -sqrt(D + eps) / sqrt(G + eps) g; D = rho D + (1 - rho) d^2;
// w += lr d.
template <class Real>
class AdadeltaRule final : public UpdateRule<Real> {
 public:
  explicit AdadeltaRule(const std::map<std::string, double>& v)
      : shrunk_(v.at("rho")),
        rho_(static_cast<Real>(v.at("rho"))),
        epsilon_(static_cast<Real>(v.at("epsilon"))) {}
  std::vector<std::string> slot_names() const override {
    return {"accumulated_grad", "accumulated_delta_var"};
  }
  size_t interleaved() const override { return 2; }
  bool rows_may_wait() const override { return true; }
  void decay(Real* const* slots, int64_t n, int64_t steps) const override {
    const Real factor = shrunk_.of(steps);
    for (int k = 0; k < 2; ++k) {
      for (int64_t i = 0; i < n; ++i) slots[k][i] *= factor;
    }
  }
  void begin_step(int64_t, double learning_rate) override {
    lr_ = static_cast<Real>(learning_rate);
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    Real *squares = slots[0], *deltas = slots[1];
    for (int64_t i = 0; i < n; ++i) {
      squares[i] = rho_ * squares[i] + (1 - rho_) * (g[i] * g[i]);
      const Real d = -std::sqrt(deltas[i] + epsilon_) * g[i] / std::sqrt(squares[i] + epsilon_);
      deltas[i] = rho_ * deltas[i] + (1 - rho_) * (d * d);
      w[i] += lr_ * d;
    }
  }

 private:
  Powers<Real> shrunk_;
  Real rho_, epsilon_, lr_ = 0;
};

// m as Adam; u = max(b2 u, |g|); w -= lr m / ((1 - b1^t) (u + eps)).
template <class Real>
class AdamaxRule final : public UpdateRule<Real> {
 public:
  explicit AdamaxRule(const std::map<std::string, double>& v)
      : beta_1_(v.at("beta_1")),
        beta_2_(static_cast<Real>(v.at("beta_2"))),
        epsilon_(static_cast<Real>(v.at("epsilon"))) {}
  std::vector<std::string> slot_names() const override { return {"momentum", "norm"}; }
  size_t interleaved() const override { return 2; }
  void begin_step(int64_t t, double learning_rate) override {
    alpha_ = static_cast<Real>(learning_rate / (1 - std::pow(beta_1_, static_cast<double>(t))));
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    Real *m = slots[0], *u = slots[1];
    const auto rest = static_cast<Real>(1 - beta_1_);
    for (int64_t i = 0; i < n; ++i) {
      m[i] += (g[i] - m[i]) * rest;
      u[i] = std::max(beta_2_ * u[i], std::abs(g[i]));
      w[i] -= alpha_ * m[i] / (u[i] + epsilon_);
    }
  }

 private:
  double beta_1_;
  Real beta_2_, epsilon_, alpha_ = 0;
};

// w -= lr sign(b1 m + (1 - b1) g); m = b2 m + (1 - b2) g.
template <class Real>
class LionRule final : public UpdateRule<Real> {
 public:
  explicit LionRule(const std::map<std::string, double>& v)
      : beta_1_(static_cast<Real>(v.at("beta_1"))), beta_2_(static_cast<Real>(v.at("beta_2"))) {}
  std::vector<std::string> slot_names() const override { return {"momentum"}; }
  void begin_step(int64_t, double learning_rate) override {
    lr_ = static_cast<Real>(learning_rate);
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    Real* m = slots[0];
    for (int64_t i = 0; i < n; ++i) {
      const Real c = m[i] * beta_1_ + g[i] * (1 - beta_1_);
      w[i] -= lr_ * static_cast<Real>((c > 0 ? 1 : 0) - (c < 0 ? 1 : 0));
      m[i] = m[i] * beta_2_ + g[i] * (1 - beta_2_);
    }
  }

 private:
  Real beta_1_, beta_2_, lr_ = 0;
};

// McMahan et al. 2013 as Keras has it, p = -learning_rate_power: A' = A + g^2,
// z += g + 2 shrinkage w - (A'^p - A^p) / lr w,
// w = (clip(z, -l1, l1) - z) / (A'^p / lr + 2 (l2 + beta / (2 lr))).
template <class Real>
class FtrlRule final : public UpdateRule<Real> {
 public:
  explicit FtrlRule(const std::map<std::string, double>& v)
      : power_(-v.at("learning_rate_power")),
        first_(static_cast<Real>(v.at("initial_accumulator_value"))),
        l1_(static_cast<Real>(v.at("l1_regularization_strength"))),
        l2_(v.at("l2_regularization_strength")),
        shrinkage_(static_cast<Real>(v.at("l2_shrinkage_regularization_strength"))),
        beta_(v.at("beta")) {}
  std::vector<std::string> slot_names() const override { return {"accumulator", "linear"}; }
  size_t interleaved() const override { return 2; }
  Real initial(size_t slot) const override { return slot == 0 ? first_ : 0; }
  void begin_step(int64_t, double learning_rate) override {
    lr_ = static_cast<Real>(learning_rate);
    twice_l2_ = static_cast<Real>(2 * (l2_ + beta_ / (2 * learning_rate)));
  }
  void update(Real* w, const Real* g, Real* const* slots, int64_t n) const override {
    Real *sum = slots[0], *z = slots[1];
    const auto power = static_cast<Real>(power_);
    for (int64_t i = 0; i < n; ++i) {
      const Real now = sum[i] + g[i] * g[i], raised = std::pow(now, power);
      z[i] += g[i] + 2 * shrinkage_ * w[i] - (raised - std::pow(sum[i], power)) / lr_ * w[i];
      w[i] = (std::clamp(z[i], -l1_, l1_) - z[i]) / (raised / lr_ + twice_l2_);
      sum[i] = now;
    }
  }

 private:
  double power_;
  Real first_, l1_;
  double l2_;
  Real shrinkage_;
  double beta_;
  Real lr_ = 0, twice_l2_ = 0;
};

EDDY_SIMD_END;

#endif
