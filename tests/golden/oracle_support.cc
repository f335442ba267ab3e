// SPDX-License-Identifier: MIT
#include "oracle_support.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace eddy::golden {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// y += v M for M [v.size(), columns].
void add_product(const double* v, size_t rows, const std::vector<double>& M, size_t columns,
                 double* y) {
  for (size_t k = 0; k < rows; ++k) {
    for (size_t c = 0; c < columns; ++c) y[c] += v[k] * M[k * columns + c];
  }
}

// y += M v for M [rows, v.size()].
void add_transposed(const std::vector<double>& M, size_t rows, const std::vector<double>& v,
                    double* y) {
  for (size_t k = 0; k < rows; ++k) {
    for (size_t c = 0; c < v.size(); ++c) y[k] += M[k * v.size() + c] * v[c];
  }
}

// M += u^T v for M [u, v].
void add_outer(const double* u, size_t rows, const std::vector<double>& v, std::vector<double>& M) {
  for (size_t k = 0; k < rows; ++k) {
    for (size_t c = 0; c < v.size(); ++c) M[k * v.size() + c] += u[k] * v[c];
  }
}

}  // namespace

Oracle::Oracle(std::string cell, const std::vector<Tensor>& weights, double learning_rate)
    : cell_(std::move(cell)),
      units_(static_cast<size_t>(weights[kRecurrent].dim(0))),
      gates_(static_cast<size_t>(weights[kRecurrent].dim(1)) / units_),
      features_(static_cast<size_t>(weights[kTable].dim(1))),
      learning_rate_(learning_rate) {
  for (const Tensor& weight : weights) {
    weights_.emplace_back(weight.values().begin(), weight.values().end());
    gradients_.emplace_back(weight.values().size(), 0.0);
    velocities_.emplace_back(weight.values().size(), 0.0);
  }
}

void Oracle::step_forward(const double* x, Vector& h, Vector& c, Moment& moment) const {
  const size_t H = units_, wide = gates_ * H;
  const Vector& b = weights_[kBias];
  moment.h = h;
  moment.c = c;
  Vector z(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(wide)), zh(wide, 0.0);
  add_product(x, features_, weights_[kKernel], wide, z.data());
  add_product(h.data(), H, weights_[kRecurrent], wide, zh.data());
  if (cell_ == "gru") {
    for (size_t k = 0; k < wide; ++k) zh[k] += b[wide + k];
  }
  moment.gates.resize(wide);
  double* gate = moment.gates.data();
  for (size_t j = 0; j < H; ++j) {
    if (cell_ == "simple_rnn") {
      h[j] = gate[j] = std::tanh(z[j] + zh[j]);
    } else if (cell_ == "lstm") {
      for (const size_t g : {0, 1, 3}) gate[g * H + j] = sigmoid(z[g * H + j] + zh[g * H + j]);
      gate[2 * H + j] = std::tanh(z[2 * H + j] + zh[2 * H + j]);
      c[j] = gate[H + j] * c[j] + gate[j] * gate[2 * H + j];
      h[j] = gate[3 * H + j] * std::tanh(c[j]);
    } else {
      for (const size_t g : {0, 1}) gate[g * H + j] = sigmoid(z[g * H + j] + zh[g * H + j]);
      gate[2 * H + j] = std::tanh(z[2 * H + j] + gate[H + j] * zh[2 * H + j]);
      h[j] = gate[j] * h[j] + (1 - gate[j]) * gate[2 * H + j];
    }
  }
  if (cell_ == "gru")
    moment.recurrent.assign(zh.begin() + static_cast<std::ptrdiff_t>(2 * H), zh.end());
  if (cell_ == "lstm") {
    moment.carry_tanh.resize(H);
    for (size_t j = 0; j < H; ++j) moment.carry_tanh[j] = std::tanh(c[j]);
  }
}

// dc becomes the gradient of the carry before the step.
void Oracle::back_lstm(const Moment& moment, const Vector& dh, Vector& dc, Vector& dz) const {
  const size_t H = units_;
  const double* gate = moment.gates.data();
  for (size_t j = 0; j < H; ++j) {
    const double i = gate[j], f = gate[H + j], g = gate[2 * H + j], o = gate[3 * H + j];
    const double y = moment.carry_tanh[j];
    const double d = dc[j] + dh[j] * o * (1 - y * y);
    dz[j] = d * g * i * (1 - i);
    dz[H + j] = d * moment.c[j] * f * (1 - f);
    dz[2 * H + j] = d * i * (1 - g * g);
    dz[3 * H + j] = dh[j] * y * o * (1 - o);
    dc[j] = d * f;
  }
}

// dz for the input's side, dzh for the state's, which the reset gate meets.
void Oracle::back_gru(const Moment& moment, const Vector& dh, Vector& dz, Vector& dzh,
                      Vector& dh_before) const {
  const size_t H = units_;
  const double* gate = moment.gates.data();
  for (size_t j = 0; j < H; ++j) {
    const double u = gate[j], r = gate[H + j], n = gate[2 * H + j];
    const double dn = dh[j] * (1 - u) * (1 - n * n);
    dz[j] = dzh[j] = dh[j] * (moment.h[j] - n) * u * (1 - u);
    dz[H + j] = dzh[H + j] = dn * moment.recurrent[j] * r * (1 - r);
    dz[2 * H + j] = dn;
    dzh[2 * H + j] = dn * r;
    dh_before[j] = dh[j] * u;
  }
}

void Oracle::step_backward(const double* x, const Moment& moment, Vector& dh, Vector& dc,
                           double* dx) {
  const size_t H = units_, wide = gates_ * H;
  Vector dz(wide), dzh(wide), before(H, 0.0);
  if (cell_ == "simple_rnn") {
    for (size_t j = 0; j < H; ++j) dz[j] = dh[j] * (1 - moment.gates[j] * moment.gates[j]);
  } else if (cell_ == "lstm") {
    back_lstm(moment, dh, dc, dz);
  } else {
    back_gru(moment, dh, dz, dzh, before);
  }
  if (cell_ != "gru") dzh = dz;
  add_outer(x, features_, dz, gradients_[kKernel]);
  add_outer(moment.h.data(), H, dzh, gradients_[kRecurrent]);
  for (size_t k = 0; k < wide; ++k) gradients_[kBias][k] += dz[k];
  if (cell_ == "gru") {
    for (size_t k = 0; k < wide; ++k) gradients_[kBias][wide + k] += dzh[k];
  }
  add_transposed(weights_[kKernel], features_, dz, dx);
  add_transposed(weights_[kRecurrent], H, dzh, before.data());
  dh = before;
}

double Oracle::step(const int32_t* ids, const float* labels, int64_t rows, int64_t steps) {
  for (auto& gradient : gradients_) std::fill(gradient.begin(), gradient.end(), 0.0);
  const auto T = static_cast<size_t>(steps);
  const Vector& table = weights_[kTable];
  double loss = 0;
  std::vector<Moment> moments(T);
  for (int64_t b = 0; b < rows; ++b) {
    Vector h(units_, 0.0), c(units_, 0.0);
    const auto row = [&](size_t t) {
      return static_cast<size_t>(ids[b * steps + static_cast<int64_t>(t)]) * features_;
    };
    for (size_t t = 0; t < T; ++t) step_forward(table.data() + row(t), h, c, moments[t]);
    double z = weights_[kDenseBias][0];
    for (size_t j = 0; j < units_; ++j) z += h[j] * weights_[kDense][j];
    const auto y = static_cast<double>(labels[b]);
    loss += std::max(z, 0.0) - z * y + std::log1p(std::exp(-std::abs(z)));
    const double d = (sigmoid(z) - y) / static_cast<double>(rows);
    gradients_[kDenseBias][0] += d;
    Vector dh(units_), dc(units_, 0.0);
    for (size_t j = 0; j < units_; ++j) {
      gradients_[kDense][j] += d * h[j];
      dh[j] = d * weights_[kDense][j];
    }
    for (size_t t = T; t-- > 0;) {
      step_backward(table.data() + row(t), moments[t], dh, dc, gradients_[kTable].data() + row(t));
    }
  }
  apply();
  return loss / static_cast<double>(rows);
}

// Keras' RMSprop with its defaults: rho 0.9, epsilon 1e-7, under the root.
void Oracle::apply() {
  for (size_t w = 0; w < weights_.size(); ++w) {
    for (size_t i = 0; i < weights_[w].size(); ++i) {
      const double g = gradients_[w][i];
      double& velocity = velocities_[w][i];
      velocity = 0.9 * velocity + 0.1 * g * g;
      weights_[w][i] -= learning_rate_ * g / std::sqrt(velocity + 1e-7);
    }
  }
}

}  // namespace eddy::golden
