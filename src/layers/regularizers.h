// SPDX-License-Identifier: MIT
// Keras' regularizers: penalties on weights and on outputs of layers.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "layers/layer.h"
#include "layers/spec_table.h"
#include "layers/weight.h"

namespace eddy {

const std::vector<SpecRow>& regularizer_rows();

// With the row's name and all defaults. Throws Error{invalid_argument}.
Regularizer resolve_regularizer(const Regularizer& regularizer);
inline std::optional<Regularizer> resolved(const std::optional<Regularizer>& regularizer) {
  return regularizer ? std::optional(resolve_regularizer(*regularizer)) : std::nullopt;
}

// The penalty of values [product of shape]; adds `scale` times its gradient to `gradient` when that
// is not null. Throws Error{invalid_argument} when the shape does not suit.
template <class Real>
double penalty(const Regularizer& regularizer, const Shape& shape, const Real* values,
               double scale = 1, Real* gradient = nullptr);

// The sum of the weights' penalties. With `into_gradients` their gradients join those of the
// weights; a gradient by rows then gets all rows.
template <class Real>
double weight_penalties(const std::vector<Weight<Real>*>& weights, bool into_gradients);

// The penalty of a layer's output, divided by the batch size as Keras 3.14 and later.
template <class Real>
double activity_penalty_of(const Regularizer& regularizer, const Signal<Real>& out);
// Adds its gradient to that of the output, which may be one with respect to the logits.
template <class Real>
void add_activity_gradient(const Regularizer& regularizer, const Signal<Real>& out,
                           Gradient<Real>& dout);

}  // namespace eddy
