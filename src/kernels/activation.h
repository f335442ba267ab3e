// SPDX-License-Identifier: MIT
// The activations of one number whose derivative follows from their value, by Keras' names;
// hard_sigmoid_v2 is what Keras 2 called hard_sigmoid: clip(0.2 x + 0.5, 0, 1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eddy {

// clang-format off
#define EDDY_ACTIVATIONS(X)                                                         \
  X(linear) X(relu) X(leaky_relu) X(relu6) X(elu) X(selu) X(exponential) X(sigmoid) \
  X(tanh) X(softsign) X(hard_sigmoid) X(hard_tanh) X(hard_sigmoid_v2)
// clang-format on

enum class ActivationKind {
#define EDDY_ENUMERATOR(name) name,
  EDDY_ACTIVATIONS(EDDY_ENUMERATOR)
#undef EDDY_ENUMERATOR
};

inline const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = {
#define EDDY_NAME(name) #name,
      EDDY_ACTIVATIONS(EDDY_NAME)
#undef EDDY_NAME
  };
  return names;
}

inline std::optional<ActivationKind> find_activation(std::string_view name) {
  for (size_t i = 0; i < activation_names().size(); ++i) {
    if (activation_names()[i] == name) return static_cast<ActivationKind>(i);
  }
  return std::nullopt;
}

}  // namespace eddy
