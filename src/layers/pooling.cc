// SPDX-License-Identifier: MIT
#include "layers/pooling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/threads.h"
#include "layers/signal.h"

namespace eddy {
namespace {

void check_input(const std::string& layer, const Shape& input) {
  if (input.size() == 3 && input[2] >= 1) return;
  throw Error(ErrorCode::shape_mismatch, layer,
              fmt::format("input: expected [batch, time, features], got {}.", to_string(input)),
              "put it after a layer that gives sequences, e.g. with return_sequences.");
}

bool takes_largest(const std::string& layer, const std::string& pool) {
  if (pool == "max" || pool == "average") return pool == "max";
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("pool: expected max or average, got '{}'.", pool),
              "use the factory of the layer.");
}

}  // namespace

template <class Real>
PoolingLayer<Real>::PoolingLayer(const PoolingOptions& options)
    : UnaryLayer<Real>(options.name),
      largest_(takes_largest(options.name, options.pool)),
      windows_(options.name, options.pool_size, options.strides.value_or(options.pool_size),
               options.padding, 1, false) {}

template <class Real>
Shape PoolingLayer<Real>::build_one(const Shape& input) {
  check_input(this->name(), input);
  return {input[0], windows_.count(this->name(), input[1]), input[2]};
}

template <class Real>
typename PoolingLayer<Real>::Span PoolingLayer<Real>::span(int64_t w, int64_t before,
                                                           int64_t steps) const {
  const int64_t first = w * windows_.strides() - before;
  return {std::max<int64_t>(first, 0), std::min(first + windows_.extent(), steps)};
}

template <class Real>
void PoolingLayer<Real>::pool_row(const Real* x, int64_t steps, int64_t count, int64_t width,
                                  Real* y, int32_t* chosen) const {
  const int64_t before = windows_.before(steps);
  for (int64_t w = 0; w < count; ++w, y += width, chosen += width) {
    const Span s = span(w, before, steps);
    std::copy_n(x + s.begin * width, width, y);
    if (largest_) std::fill_n(chosen, width, static_cast<int32_t>(s.begin));
    for (int64_t t = s.begin + 1; t < s.end; ++t) {
      const Real* step = x + t * width;
      for (int64_t j = 0; largest_ && j < width; ++j) {
        if (!(y[j] < step[j])) continue;
        y[j] = step[j];
        chosen[j] = static_cast<int32_t>(t);
      }
      for (int64_t j = 0; !largest_ && j < width; ++j) y[j] += step[j];
    }
    const auto n = static_cast<Real>(s.end - s.begin);  // padding does not count
    for (int64_t j = 0; !largest_ && j < width; ++j) y[j] /= n;
  }
}

template <class Real>
void PoolingLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const Real* x = dense_values(in, input_);
  const int64_t B = in.shape[0], T = in.shape[1], X = in.shape[2];
  const int64_t count = windows_.count(this->name(), T);
  output_.resize(static_cast<size_t>(B * count * X));
  chosen_.resize(output_.size());
  parallel_for(B, [&](int64_t b, int64_t) {
    pool_row(x + b * T * X, T, count, X, output_.data() + b * count * X,
             chosen_.data() + b * count * X);
  });
  out.shape = {B, count, X};
  out.value = output_.data();
  out.prefix = windows_.shared(in.prefix, B, T, count, prefix_);
}

template <class Real>
void PoolingLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>& out,
                                      Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din == nullptr) return;
  const int64_t B = in.shape[0], T = in.shape[1], X = in.shape[2], count = out.shape[1];
  din->dense.resize_zeroed(static_cast<size_t>(in.size()));
  parallel_for(B, [&](int64_t b, int64_t) {
    Real* dx = din->dense.data() + b * T * X;
    const Real* dy = dout.dense.data() + b * count * X;
    const int32_t* chosen = chosen_.data() + b * count * X;
    const int64_t before = windows_.before(T);
    for (int64_t w = 0; w < count; ++w, dy += X, chosen += X) {
      if (largest_) {
        for (int64_t j = 0; j < X; ++j) dx[chosen[j] * X + j] += dy[j];
        continue;
      }
      const Span s = span(w, before, T);
      const Real share = Real{1} / static_cast<Real>(s.end - s.begin);
      for (int64_t t = s.begin; t < s.end; ++t) {
        for (int64_t j = 0; j < X; ++j) dx[t * X + j] += dy[j] * share;
      }
    }
  });
}

template <class Real>
GlobalPoolingLayer<Real>::GlobalPoolingLayer(const GlobalPoolingOptions& options)
    : UnaryLayer<Real>(options.name),
      largest_(takes_largest(options.name, options.pool)),
      keepdims_(options.keepdims) {}

template <class Real>
Shape GlobalPoolingLayer<Real>::build_one(const Shape& input) {
  check_input(this->name(), input);
  return keepdims_ ? Shape{input[0], 1, input[2]} : Shape{input[0], input[2]};
}

template <class Real>
void GlobalPoolingLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const Real* x = dense_values(in, input_);
  const int64_t B = in.shape[0], T = in.shape[1], X = in.shape[2];
  const uint8_t* mask = largest_ ? nullptr : in.mask;  // the maximum is over masked steps too
  if (mask != nullptr && in.mask_rank != 2) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("mask: expected [batch, time], got {} axes.", in.mask_rank),
                "wrap the layer in TimeDistributed.");
  }
  if (keepdims_) {
    out.shape = {B, 1, X};
  } else {
    out.shape = {B, X};
  }
  output_.resize(static_cast<size_t>(B * X));
  share_.resize(static_cast<size_t>(largest_ ? B * X : B));
  out.value = output_.data();
  parallel_for(B, [&](int64_t b, int64_t) {
    const Real* row = x + b * T * X;
    Real *y = output_.data() + b * X, *share = share_.data() + (largest_ ? b * X : b);
    if (largest_) {
      std::copy_n(row, X, y);
      std::fill_n(share, X, Real{1});
      for (int64_t t = 1; t < T; ++t) {
        for (int64_t j = 0; j < X; ++j) {
          const Real v = row[t * X + j];
          if (v == y[j]) share[j] += 1;  // equals share the gradient
          if (v <= y[j] || std::isnan(y[j])) continue;
          y[j] = v;
          share[j] = 1;
        }
      }
      for (int64_t j = 0; j < X; ++j) share[j] = 1 / share[j];
      return;
    }
    std::fill_n(y, X, Real{0});
    int64_t n = 0;
    for (int64_t t = 0; t < T; ++t) {
      if (mask != nullptr && mask[b * T + t] == 0) continue;
      ++n;
      for (int64_t j = 0; j < X; ++j) y[j] += row[t * X + j];
    }
    const auto steps = static_cast<Real>(n);
    for (int64_t j = 0; j < X; ++j) y[j] /= steps;  // a row that is masked whole: NaN, as Keras
    *share = 1 / steps;
  });
}

template <class Real>
void GlobalPoolingLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>&,
                                            Gradient<Real>& dout, Gradient<Real>* din,
                                            const Pass&) {
  if (din == nullptr) return;
  const Real* x = dense_values(in, input_);
  const int64_t B = in.shape[0], T = in.shape[1], X = in.shape[2];
  din->dense.resize(static_cast<size_t>(in.size()));
  parallel_for(B, [&](int64_t b, int64_t) {
    const Real *dy = dout.dense.data() + b * X, *y = output_.data() + b * X;
    const Real* share = share_.data() + (largest_ ? b * X : b);
    for (int64_t t = 0; t < T; ++t) {
      const int64_t at = (b * T + t) * X;
      Real* dx = din->dense.data() + at;
      const bool counted = largest_ || in.mask == nullptr || in.mask[b * T + t] != 0;
      for (int64_t j = 0; j < X; ++j) {
        if (largest_) {
          dx[j] = x[at + j] == y[j] ? dy[j] * share[j] : Real{0};
        } else {
          dx[j] = counted ? dy[j] * *share : Real{0};
        }
      }
    }
  });
}

template class PoolingLayer<float>;
template class PoolingLayer<double>;
template class GlobalPoolingLayer<float>;
template class GlobalPoolingLayer<double>;

}  // namespace eddy
