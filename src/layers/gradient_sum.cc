// SPDX-License-Identifier: MIT
#include "layers/gradient_sum.h"

#include <algorithm>
#include <utility>

namespace eddy {

template <class Real>
void GradientSum<Real>::add(const Signal<Real>& signal, Gradient<Real>& sum,
                            Gradient<Real>& other) {
  if (!sum.by_rows && !other.by_rows) {
    kernels<Real>().add(signal.size(), other.dense.data(), sum.dense.data());
    return;
  }
  if (!sum.by_rows) by_rows(signal, sum);
  if (!other.by_rows) by_rows(signal, other);
  add_rows(signal.lookup->rows, signal.shape.back(), sum.rows, sum.dense, other.rows, other.dense);
}

template <class Real>
void GradientSum<Real>::add_rows(int64_t vocabulary, int64_t width, std::vector<int32_t>& sum_rows,
                                 Buffer<Real>& sum, const std::vector<int32_t>& other_rows,
                                 const Buffer<Real>& other) {
  ids_.assign(sum_rows.begin(), sum_rows.end());
  ids_.insert(ids_.end(), other_rows.begin(), other_rows.end());
  const auto width_size = static_cast<size_t>(width);
  stacked_.resize(ids_.size() * width_size);
  std::copy_n(sum.data(), sum_rows.size() * width_size, stacked_.data());
  std::copy_n(other.data(), other_rows.size() * width_size,
              stacked_.data() + sum_rows.size() * width_size);
  groups_.build(ids_.data(), static_cast<int64_t>(ids_.size()), vocabulary);
  summed_.resize(groups_.ids().size() * width_size);
  groups_.sum_rows(kernels<Real>(), stacked_.data(), width, summed_.data());
  std::swap(sum, summed_);
  sum_rows = groups_.ids();
}

template <class Real>
void GradientSum<Real>::by_rows(const Signal<Real>& signal, Gradient<Real>& gradient) {
  const int64_t width = signal.shape.back();
  groups_.build(signal.lookup->ids, signal.size() / width, signal.lookup->rows);
  summed_.resize(groups_.ids().size() * static_cast<size_t>(width));
  groups_.sum_rows(kernels<Real>(), gradient.dense.data(), width, summed_.data());
  std::swap(gradient.dense, summed_);
  gradient.rows = groups_.ids();
  gradient.by_rows = true;
}

template class GradientSum<float>;
template class GradientSum<double>;

}  // namespace eddy
