// SPDX-License-Identifier: MIT
#include "layers/shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kernels/kernels.h"
#include "layers/axes.h"
#include "layers/signal.h"

namespace eddy {

template <class Real>
ReshapeLayer<Real>::ReshapeLayer(const ReshapeOptions& options)
    : UnaryLayer<Real>(options.name), target_(options.target_shape) {
  for (const int64_t length : target_) {
    if (length == -1 || (length >= 1 && length <= INT32_MAX)) continue;
    throw Error(
        ErrorCode::invalid_argument, this->name(),
        fmt::format("target_shape: expected lengths of 1 to {}, or -1, got {}.", INT32_MAX, length),
        "give the shape of a sample, without the batch.");
  }
  if (std::count(target_.begin(), target_.end(), -1) > 1) {
    throw Error(ErrorCode::invalid_argument, this->name(),
                "target_shape: expected -1 at most once, got it more often.",
                "only one length can follow from the others.");
  }
}

template <class Real>
ReshapeLayer<Real>::ReshapeLayer(const FlattenOptions& options)
    : UnaryLayer<Real>(options.name), target_{-1} {}

template <class Real>
void ReshapeLayer<Real>::reshape(const Shape& input, Shape& output) const {
  output.assign(target_.begin(), target_.end());
  output.insert(output.begin(), input[0]);
  if (std::count(input.begin() + 1, input.end(), kNone) > 0) return;  // known at run time
  int64_t have = 1, wanted = 1;
  for (size_t k = 1; k < input.size(); ++k) have *= input[k];
  for (const int64_t length : target_) {
    if (length == -1) continue;
    wanted = wanted > (int64_t{1} << 62) / length ? 0 : wanted * length;  // 0: larger than any
  }
  const auto open = std::find(output.begin() + 1, output.end(), -1);
  const bool fits = open == output.end() ? have == wanted : wanted > 0 && have % wanted == 0;
  if (!fits) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected samples of as many values as {}, got {}.",
                            to_string(target_), to_string(input)),
                "choose a target_shape whose lengths multiply to the size of a sample.");
  }
  if (open != output.end()) *open = have / wanted;
}

template <class Real>
Shape ReshapeLayer<Real>::build_one(const Shape& input) {
  if (input.empty()) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected a batch, got {}.", to_string(input)),
                "give every sample a shape.");
  }
  Shape known = input;
  std::replace(known.begin(), known.end(), kNone, int64_t{1});
  element_count(known);  // throws for a product beyond 64 bits
  Shape output;
  reshape(input, output);
  return output;
}

template <class Real>
void ReshapeLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  reshape(in.shape, out.shape);
  out.ids = in.ids;
  out.value = in.lookup ? dense_values(in, input_) : in.value;
}

template <class Real>
void ReshapeLayer<Real>::backward_one(const Signal<Real>&, const Signal<Real>&,
                                      Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din != nullptr) std::swap(*din, dout);
}

template <class Real>
PermuteLayer<Real>::PermuteLayer(const PermuteOptions& options) : UnaryLayer<Real>(options.name) {
  order_ = {0};
  for (const int64_t axis : options.dims) order_.push_back(static_cast<size_t>(axis));
  auto sorted = options.dims;
  std::sort(sorted.begin(), sorted.end());
  for (size_t k = 0; k < sorted.size(); ++k) {
    if (sorted[k] == static_cast<int64_t>(k) + 1) continue;
    throw Error(ErrorCode::invalid_argument, this->name(),
                fmt::format("dims: expected each of 1 to {} once, got {}.", sorted.size(),
                            to_string(options.dims)),
                "list the axes of a sample in their new order; the first is 1.");
  }
  back_.resize(order_.size());
  for (size_t k = 0; k < order_.size(); ++k) back_[order_[k]] = k;
}

template <class Real>
Shape PermuteLayer<Real>::build_one(const Shape& input) {
  check_rank(this->name(), input);
  if (input.size() != order_.size()) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected {} axes, got {}.", order_.size(), to_string(input)),
                "give dims one number for every axis of a sample.");
  }
  Shape output;
  for (const size_t axis : order_) output.push_back(input[axis]);
  return output;
}

template <class Real>
void PermuteLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  out.shape.clear();
  for (const size_t axis : order_) out.shape.push_back(in.shape[axis]);
  const auto n = static_cast<size_t>(in.size());
  if (in.ids != nullptr) {
    ids_.resize(n);
    copy_permuted(in.ids, in.shape, order_, ids_.data());
    out.ids = ids_.data();
    return;
  }
  output_.resize(n);
  copy_permuted(dense_values(in, input_), in.shape, order_, output_.data());
  out.value = output_.data();
}

template <class Real>
void PermuteLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>& out,
                                      Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din == nullptr) return;
  din->dense.resize(static_cast<size_t>(in.size()));
  copy_permuted(dout.dense.data(), out.shape, back_, din->dense.data());
}

template <class Real>
RepeatVectorLayer<Real>::RepeatVectorLayer(const RepeatVectorOptions& options)
    : UnaryLayer<Real>(options.name), n_(options.n) {
  if (n_ >= 1 && n_ <= INT32_MAX) return;
  throw Error(ErrorCode::invalid_argument, this->name(),
              fmt::format("n: expected 1 to {}, got {}.", INT32_MAX, n_),
              "give the number of steps to make.");
}

template <class Real>
Shape RepeatVectorLayer<Real>::build_one(const Shape& input) {
  if (input.size() != 2) {
    throw Error(ErrorCode::shape_mismatch, this->name(),
                fmt::format("input: expected [batch, features], got {}.", to_string(input)),
                "put it after a layer that gives one vector a sample.");
  }
  return {input[0], n_, input[1]};
}

template <class Real>
void RepeatVectorLayer<Real>::forward_one(const Signal<Real>& in, Signal<Real>& out, const Pass&) {
  const Real* x = dense_values(in, input_);
  const int64_t B = in.shape[0], X = in.shape[1];
  out.shape = {B, n_, X};
  output_.resize(static_cast<size_t>(B * n_ * X));
  for (int64_t i = 0; i < B * n_; ++i) std::copy_n(x + i / n_ * X, X, output_.data() + i * X);
  out.value = output_.data();
}

template <class Real>
void RepeatVectorLayer<Real>::backward_one(const Signal<Real>& in, const Signal<Real>&,
                                           Gradient<Real>& dout, Gradient<Real>* din, const Pass&) {
  if (din == nullptr) return;
  const int64_t B = in.shape[0], X = in.shape[1];
  din->dense.resize_zeroed(static_cast<size_t>(B * X));
  for (int64_t i = 0; i < B * n_; ++i) {
    kernels<Real>().add(X, dout.dense.data() + i * X, din->dense.data() + i / n_ * X);
  }
}

template class ReshapeLayer<float>;
template class ReshapeLayer<double>;
template class PermuteLayer<float>;
template class PermuteLayer<double>;
template class RepeatVectorLayer<float>;
template class RepeatVectorLayer<double>;

}  // namespace eddy
