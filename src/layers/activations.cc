// SPDX-License-Identifier: MIT
#include "layers/activations.h"

#include <fmt/format.h>

#include "core/nearest.h"

namespace eddy {

ActivationKind activation_of(const std::string& name, const char* option,
                             const std::string& layer) {
  if (const auto kind = find_activation(name)) return *kind;
  if (name == "glu" || name == "threshold") {
    throw Error(ErrorCode::not_supported, layer,
                fmt::format("{}: expected one that keeps the number of features and needs no "
                            "numbers of its own, got '{}'.",
                            option, name),
                name == "glu" ? "put Activation(\"glu\") behind a linear layer."
                              : "use relu or hard_shrink; Keras cannot call threshold by name.");
  }
  throw Error(ErrorCode::invalid_argument, layer,
              fmt::format("{}: expected a known activation, got '{}'.", option, name),
              suggest(name, activation_names()));
}

RowActivation::RowActivation(const std::string& name, const std::string& layer)
    : kind_(activation_of(name, "activation", layer)) {}

const char* RowActivation::stable_name() const {
  if (kind_ == ActivationKind::softmax) return "softmax";
  return kind_ == ActivationKind::sigmoid ? "sigmoid" : "";
}

}  // namespace eddy
