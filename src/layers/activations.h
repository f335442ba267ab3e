// SPDX-License-Identifier: MIT
// Activations of layers, by name.
#pragma once

#include <string>

#include "kernels/row_activation.h"
#include "layers/layer.h"

namespace eddy {

// Throws Error naming the layer and its option, with the nearest name.
ActivationKind activation_of(const std::string& name, const char* option, const std::string& layer);

// Over the last axis of whole rows.
class RowActivation {
 public:
  RowActivation(const std::string& name, const std::string& layer);

  // y = f(x) on `rows` rows of `width`; x and y may be the same.
  template <class Real>
  void forward(const Real* x, int64_t rows, int64_t width, Real* y) const {
    activate_rows(kind_, {rows, width, width}, x, y);
  }
  // dx from x, y = f(x) and dy; dx and dy may be the same.
  template <class Real>
  void backward(const Real* x, const Real* y, const Real* dy, int64_t rows, int64_t width,
                Real* dx) const {
    activate_rows_backward(kind_, {rows, width, width}, x, y, dy, dx);
  }

  bool is_linear() const { return kind_ == ActivationKind::linear; }
  // "sigmoid" or "softmax": losses know a stable form from the logits; else "".
  const char* stable_name() const;

 private:
  ActivationKind kind_;
};

}  // namespace eddy
