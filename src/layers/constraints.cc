// SPDX-License-Identifier: MIT
#include "layers/constraints.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace eddy {
namespace {

constexpr double kEpsilon = 1e-7;

// What the norm of a vector becomes.
double wanted_norm(const Constraint& constraint, double norm) {
  const auto at = [&](const char* key) { return constraint.values.at(key); };
  if (constraint.name == "max_norm") return std::clamp(norm, 0.0, at("max_value"));
  if (constraint.name == "unit_norm") return 1;
  return at("rate") * std::min(std::max(norm, at("min_value")), at("max_value")) +
         (1 - at("rate")) * norm;
}

}  // namespace

const std::vector<SpecRow>& constraint_rows() {
  static const NumberRow axis = {"axis", 0, -8, 8, NumberRow::Kind::integer};
  static const std::vector<SpecRow> rows = {
      {"max_norm", "MaxNorm", {}, {{"max_value", 2}, axis}},
      {"non_neg", "NonNeg"},
      {"unit_norm", "UnitNorm", {}, {axis}},
      {"min_max_norm",
       "MinMaxNorm",
       {},
       {{"min_value", 0}, {"max_value", 1}, {"rate", 1, 0, 1}, axis}},
  };
  return rows;
}

Constraint resolve_constraint(const Constraint& constraint) {
  const auto& rows = constraint_rows();
  Constraint resolved;
  static_cast<Spec&>(resolved) =
      resolve_spec(rows[find_row(rows, constraint.name, "layer", "constraint")], constraint);
  return resolved;
}

template <class Real>
void constrain(const Constraint& constraint, const Shape& shape, Real* values) {
  const int64_t size = element_count(shape);
  if (constraint.name == "non_neg") {
    for (int64_t i = 0; i < size; ++i) values[i] = std::max(values[i], Real{0});
    return;
  }
  const auto rank = static_cast<int64_t>(shape.size());
  auto axis = static_cast<int64_t>(constraint.values.at("axis"));
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) {
    throw Error(ErrorCode::invalid_argument, constraint.name,
                fmt::format("axis: expected one of the axes of {}, got {}.", to_string(shape),
                            constraint.values.at("axis")),
                "use axis 0 for the columns of a kernel.");
  }
  int64_t inner = 1;
  for (int64_t k = axis + 1; k < rank; ++k) inner *= shape[static_cast<size_t>(k)];
  const int64_t along = shape[static_cast<size_t>(axis)];
  const int64_t outer = size / std::max<int64_t>(along * inner, 1);
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      Real* vector = values + o * along * inner + i;
      double squares = 0;
      for (int64_t k = 0; k < along; ++k) {
        squares += static_cast<double>(vector[k * inner]) * vector[k * inner];
      }
      const double norm = std::sqrt(squares);
      const auto factor = static_cast<Real>(wanted_norm(constraint, norm) / (kEpsilon + norm));
      for (int64_t k = 0; k < along; ++k) vector[k * inner] *= factor;
    }
  }
}

template void constrain<float>(const Constraint&, const Shape&, float*);
template void constrain<double>(const Constraint&, const Shape&, double*);

}  // namespace eddy
