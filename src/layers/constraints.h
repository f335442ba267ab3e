// SPDX-License-Identifier: MIT
// Keras' weight constraints.
#pragma once

#include <optional>
#include <vector>

#include "layers/spec_table.h"
#include "layers/weight.h"

namespace eddy {

const std::vector<SpecRow>& constraint_rows();

// With the row's name and all defaults. Throws Error{invalid_argument}.
Constraint resolve_constraint(const Constraint& constraint);
inline std::optional<Constraint> resolved(const std::optional<Constraint>& constraint) {
  return constraint ? std::optional(resolve_constraint(*constraint)) : std::nullopt;
}

// Makes the values [product of shape] keep a resolved constraint. Throws Error{invalid_argument}
// when the shape does not have the constraint's axis.
template <class Real>
void constrain(const Constraint& constraint, const Shape& shape, Real* values);

}  // namespace eddy
