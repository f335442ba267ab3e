// SPDX-License-Identifier: MIT
// Activations of whole rows: those of one number by the kernels, softmax and its kin over the last
// axis.
#pragma once

#include <string>

#include "kernels/kernels.h"
#include "layers/layer.h"

namespace eddy {

class RowActivation {
 public:
  // Throws Error{invalid_argument} with the nearest name; `layer` is named in it.
  RowActivation(const std::string& name, const std::string& layer);

  // y = f(x) on `rows` rows of `width`; x and y may be the same.
  template <class Real>
  void forward(const Kernels<Real>& kernel, const Real* x, int64_t rows, int64_t width,
               Real* y) const;
  // dx from x, y = f(x) and dy; dx and dy may be the same.
  template <class Real>
  void backward(const Kernels<Real>& kernel, const Real* x, const Real* y, const Real* dy,
                int64_t rows, int64_t width, Real* dx) const;

  bool is_linear() const { return over_ == Over::number && kind_ == ActivationKind::linear; }
  // "sigmoid" or "softmax": losses know a stable form from the logits; else "".
  const char* stable_name() const;

 private:
  enum class Over { number, softmax, log_softmax, sparsemax };
  Over over_ = Over::number;
  ActivationKind kind_ = ActivationKind::linear;
};

// Names that RowActivation knows.
std::vector<std::string> row_activation_names();

}  // namespace eddy
