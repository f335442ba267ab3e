// SPDX-License-Identifier: MIT
// The sum of two gradients of one signal, whatever their forms.
#pragma once

#include <vector>

#include "layers/id_groups.h"
#include "layers/layer.h"

namespace eddy {

template <class Real>
class GradientSum {
 public:
  // sum += other; both have `any`. `other` may be changed.
  void add(const Signal<Real>& signal, Gradient<Real>& sum, Gradient<Real>& other);

  // sum += other of a weight that is updated by rows; both hold distinct rows of `vocabulary`.
  //   values [rows, width]
  void add_rows(int64_t vocabulary, int64_t width, std::vector<int32_t>& sum_rows,
                Buffer<Real>& sum, const std::vector<int32_t>& other_rows,
                const Buffer<Real>& other);

 private:
  void by_rows(const Signal<Real>& signal, Gradient<Real>& gradient);

  IdGroups groups_;
  std::vector<int32_t> ids_;
  Buffer<Real> stacked_, summed_;
};

}  // namespace eddy
