// SPDX-License-Identifier: MIT
#include "training/batch_losses.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "training/epsilon.h"

namespace eddy {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();  // log 0

double log_add(double a, double b) {
  if (a == kNever) return b;
  if (b == kNever) return a;
  return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

// What dice and tversky have in common: 1 - top / bottom over all elements.
struct Ratio {
  double top, bottom;
};

template <class Real>
Ratio dice_ratio(const WholeBatch<Real>& batch) {
  double both = 0, sum = 0;
  for (int64_t i = 0; i < element_count(batch.shape); ++i) {
    both += static_cast<double>(batch.y[i]) * batch.p[i];
    sum += static_cast<double>(batch.y[i]) + batch.p[i];
  }
  return {2 * both, sum + kEpsilon};
}

// alpha weighs the targets that were missed, beta what was predicted in vain (3.15.1; the other
// way round from 3.16).
template <class Real>
Ratio tversky_ratio(const WholeBatch<Real>& batch, const BatchOptions& o) {
  double both = 0, missed = 0, vain = 0;
  for (int64_t i = 0; i < element_count(batch.shape); ++i) {
    const double p = batch.p[i], y = batch.y[i];
    both += y * p;
    missed += (1 - p) * y;
    vain += p * (1 - y);
  }
  return {both, both + missed * o.alpha + vain * o.beta + kEpsilon};
}

template <class Real>
void dice_values(const WholeBatch<Real>& batch, const BatchOptions&, std::vector<double>& values,
                 std::vector<uint8_t>& counts) {
  const Ratio ratio = dice_ratio(batch);
  values.assign(1, 1 - ratio.top / ratio.bottom);
  counts.assign(1, 1);
}

template <class Real>
void dice_gradient(const WholeBatch<Real>& batch, const BatchOptions&,
                   const std::vector<double>& factors, Real* d) {
  const Ratio r = dice_ratio(batch);
  for (int64_t i = 0; i < element_count(batch.shape); ++i) {
    const double slope = (2 * batch.y[i] * r.bottom - r.top) / (r.bottom * r.bottom);
    d[i] = static_cast<Real>(-factors[0] * slope);
  }
}

template <class Real>
void tversky_values(const WholeBatch<Real>& batch, const BatchOptions& o,
                    std::vector<double>& values, std::vector<uint8_t>& counts) {
  const Ratio ratio = tversky_ratio(batch, o);
  values.assign(1, 1 - ratio.top / ratio.bottom);
  counts.assign(1, 1);
}

template <class Real>
void tversky_gradient(const WholeBatch<Real>& batch, const BatchOptions& o,
                      const std::vector<double>& factors, Real* d) {
  const Ratio r = tversky_ratio(batch, o);
  for (int64_t i = 0; i < element_count(batch.shape); ++i) {
    const double y = batch.y[i], down = y - o.alpha * y + o.beta * (1 - y);
    d[i] = static_cast<Real>(-factors[0] * (y * r.bottom - r.top * down) / (r.bottom * r.bottom));
  }
}

// Circle loss (Sun et al. 2020) between the samples of a batch.
template <class Real>
struct Circle {
  const WholeBatch<Real>& batch;
  const BatchOptions& o;
  int64_t B = batch.shape[0], K = batch.shape.back();

  bool positive(int64_t i, int64_t j) const {
    return batch.y[i] == batch.y[j] && !(o.remove_diagonal && i == j);
  }
  bool negative(int64_t i, int64_t j) const { return batch.y[i] != batch.y[j]; }
  double distance(int64_t i, int64_t j) const {
    double dot = 0;
    for (int64_t k = 0; k < K; ++k) {
      dot += static_cast<double>(batch.p[i * K + k]) * batch.p[j * K + k];
    }
    return std::max(1 - dot, 0.0);
  }
  // Exponents of a positive and of a negative pair, and their slopes.
  double pull(double x) const { return -o.gamma * (o.margin + x) * (o.margin - x); }
  double push(double x) const {
    return o.gamma * std::max(1 + o.margin - x, 0.0) * (1 - o.margin - x);
  }
  double pull_slope(double x) const { return 2 * o.gamma * x; }
  double push_slope(double x) const { return 1 + o.margin - x > 0 ? o.gamma * (2 * x - 2) : 0; }

  // log-sum-exp of the pairs of sample i.
  std::pair<double, double> sums(int64_t i) const {
    double pulls = kNever, pushes = kNever;
    for (int64_t j = 0; j < B; ++j) {
      if (positive(i, j)) pulls = log_add(pulls, pull(distance(i, j)));
      if (negative(i, j)) pushes = log_add(pushes, push(distance(i, j)));
    }
    return {pulls, pushes};
  }
};

template <class Real>
void circle_values(const WholeBatch<Real>& batch, const BatchOptions& o,
                   std::vector<double>& values, std::vector<uint8_t>& counts) {
  const Circle<Real> circle{batch, o};
  values.resize(static_cast<size_t>(circle.B));
  counts.resize(static_cast<size_t>(circle.B));
  for (int64_t i = 0; i < circle.B; ++i) {
    const auto [pulls, pushes] = circle.sums(i);
    const auto at = static_cast<size_t>(i);
    values[at] = pulls == kNever || pushes == kNever ? 0 : log_add(0, pulls + pushes);
    counts[at] = static_cast<float>(values[at]) > 0 ? 1 : 0;
  }
}

template <class Real>
void circle_gradient(const WholeBatch<Real>& batch, const BatchOptions& o,
                     const std::vector<double>& factors, Real* d) {
  const Circle<Real> circle{batch, o};
  const int64_t B = circle.B, K = circle.K;
  std::vector<double> sum(static_cast<size_t>(B * K));
  for (int64_t i = 0; i < B; ++i) {
    const auto [pulls, pushes] = circle.sums(i);
    if (pulls == kNever || pushes == kNever) continue;
    const double outer = factors[static_cast<size_t>(i)] / (1 + std::exp(-(pulls + pushes)));
    for (int64_t j = 0; j < B; ++j) {
      const double x = circle.distance(i, j);
      if (x <= 0) continue;
      double slope = 0;
      if (circle.positive(i, j)) slope = std::exp(circle.pull(x) - pulls) * circle.pull_slope(x);
      if (circle.negative(i, j)) slope = std::exp(circle.push(x) - pushes) * circle.push_slope(x);
      for (int64_t k = 0; k < K; ++k) {
        sum[static_cast<size_t>(i * K + k)] -= outer * slope * batch.p[j * K + k];
        sum[static_cast<size_t>(j * K + k)] -= outer * slope * batch.p[i * K + k];
      }
    }
  }
  for (size_t i = 0; i < sum.size(); ++i) d[i] = static_cast<Real>(sum[i]);
}

// Connectionist temporal classification (Graves et al. 2006) of one sample: logits [T, C], labels
// without the blank 0.
template <class Real>
class Ctc {
 public:
  Ctc(const WholeBatch<Real>& batch, int64_t sample)
      : steps_(batch.shape[1]),
        classes_(batch.shape[2]),
        logits_(batch.p + sample * steps_ * classes_) {
    const int64_t length = batch.y_shape[1];
    path_.push_back(0);
    // As Keras: the label's length is the number of entries that are not 0.
    const float* y = batch.y + sample * length;
    const int64_t labels = length - std::count(y, y + length, 0.0F);
    for (int64_t i = 0; i < labels; ++i) {
      path_.push_back(static_cast<int64_t>(y[i]));
      path_.push_back(0);
    }
    log_p_.resize(static_cast<size_t>(steps_ * classes_));
    for (int64_t t = 0; t < steps_; ++t) {
      double norm = kNever;
      for (int64_t c = 0; c < classes_; ++c) norm = log_add(norm, logits_[t * classes_ + c]);
      for (int64_t c = 0; c < classes_; ++c) log_p(t, c) = logits_[t * classes_ + c] - norm;
    }
    run_forward();
  }

  double loss() const { return -total_; }

  // d [T, C] = factor * d(loss)/d(logits)
  void gradient(double factor, Real* d) const {
    const auto S = static_cast<int64_t>(path_.size());
    std::vector<double> beta(path_.size(), kNever), next;
    for (int64_t t = steps_; t-- > 0;) {
      if (t == steps_ - 1) {
        for (int64_t s = std::max<int64_t>(S - 2, 0); s < S; ++s) beta[at(s)] = 0;
      } else {
        next = beta;
        for (int64_t s = 0; s < S; ++s) {
          double sum = kNever;
          for (int64_t to = s; to < std::min(S, s + 3); ++to) {
            if (may_go(s, to)) sum = log_add(sum, next[at(to)] + log_p(t + 1, path_[at(to)]));
          }
          beta[at(s)] = sum;
        }
      }
      for (int64_t c = 0; c < classes_; ++c)
        d[t * classes_ + c] = static_cast<Real>(factor * prob(t, c));
      if (total_ == kNever) continue;
      for (int64_t s = 0; s < S; ++s) {
        const double share = std::exp(alpha_[at(t * S + s)] + beta[at(s)] - total_);
        d[t * classes_ + path_[at(s)]] -= static_cast<Real>(factor * share);
      }
    }
  }

 private:
  static size_t at(int64_t i) { return static_cast<size_t>(i); }
  double& log_p(int64_t t, int64_t c) { return log_p_[at(t * classes_ + c)]; }
  double log_p(int64_t t, int64_t c) const { return log_p_[at(t * classes_ + c)]; }
  double prob(int64_t t, int64_t c) const { return std::exp(log_p(t, c)); }
  // One step of the path: stay, go on, or skip a blank between two different labels.
  bool may_go(int64_t from, int64_t to) const {
    if (to - from < 2) return to >= from;
    return path_[at(to)] != 0 && path_[at(to)] != path_[at(from)];
  }

  void run_forward() {
    const auto S = static_cast<int64_t>(path_.size());
    alpha_.assign(at(steps_ * S), kNever);
    for (int64_t s = 0; s < std::min<int64_t>(S, 2); ++s) alpha_[at(s)] = log_p(0, path_[at(s)]);
    for (int64_t t = 1; t < steps_; ++t) {
      for (int64_t s = 0; s < S; ++s) {
        double sum = kNever;
        for (int64_t from = std::max<int64_t>(0, s - 2); from <= s; ++from) {
          if (may_go(from, s)) sum = log_add(sum, alpha_[at((t - 1) * S + from)]);
        }
        alpha_[at(t * S + s)] = sum + log_p(t, path_[at(s)]);
      }
    }
    total_ = alpha_[at(steps_ * S - 1)];
    if (S > 1) total_ = log_add(total_, alpha_[at(steps_ * S - 2)]);
  }

  int64_t steps_, classes_;
  const Real* logits_;
  std::vector<int64_t> path_;          // [S]  labels with blanks around
  std::vector<double> log_p_, alpha_;  // [T, C], [T, S]
  double total_ = kNever;
};

template <class Real>
void ctc_values(const WholeBatch<Real>& batch, const BatchOptions&, std::vector<double>& values,
                std::vector<uint8_t>& counts) {
  values.resize(static_cast<size_t>(batch.shape[0]));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = Ctc<Real>(batch, static_cast<int64_t>(i)).loss();
  }
  counts.assign(values.size(), 1);
}

template <class Real>
void ctc_gradient(const WholeBatch<Real>& batch, const BatchOptions&,
                  const std::vector<double>& factors, Real* d) {
  for (size_t i = 0; i < factors.size(); ++i) {
    const auto sample = static_cast<int64_t>(i);
    Ctc<Real>(batch, sample).gradient(factors[i], d + sample * batch.shape[1] * batch.shape[2]);
  }
}

}  // namespace

template <class Real>
BatchLoss<Real> batch_loss(const std::string& name) {
  if (name == "dice") return {dice_values<Real>, dice_gradient<Real>};
  if (name == "tversky") return {tversky_values<Real>, tversky_gradient<Real>};
  if (name == "circle") return {circle_values<Real>, circle_gradient<Real>};
  return {ctc_values<Real>, ctc_gradient<Real>};
}

template BatchLoss<float> batch_loss<float>(const std::string&);
template BatchLoss<double> batch_loss<double>(const std::string&);

}  // namespace eddy
