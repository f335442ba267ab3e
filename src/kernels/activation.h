// SPDX-License-Identifier: MIT
// Activations by Keras' names; hard_sigmoid_v2 is what Keras 2 called
// hard_sigmoid: clip(0.2 x + 0.5, 0, 1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eddy {

// By registers; their slopes follow from their values.
// clang-format off
#define EDDY_REGISTER_ACTIVATIONS(X)                                                \
  X(linear) X(relu) X(leaky_relu) X(relu6) X(elu) X(selu) X(exponential) X(sigmoid) \
  X(tanh) X(softsign) X(hard_sigmoid) X(hard_tanh) X(hard_sigmoid_v2)
// One number at a time, in double; the slopes of those of the second list need the argument.
#define EDDY_PLAIN_ACTIVATIONS(X)                                                   \
  X(softplus) X(log_sigmoid) X(squareplus) X(sparse_plus) X(sparse_sigmoid)         \
  X(soft_shrink) X(hard_shrink)
#define EDDY_ARGUMENT_ACTIVATIONS(X) X(gelu) X(silu) X(hard_silu) X(mish) X(tanh_shrink)
// Of a whole row, that is over the last axis (row_activation.h).
#define EDDY_ROW_ACTIVATIONS(X) X(softmax) X(log_softmax) X(sparsemax)
// clang-format on
#define EDDY_ACTIVATIONS(X)    \
  EDDY_REGISTER_ACTIVATIONS(X) \
  EDDY_PLAIN_ACTIVATIONS(X) EDDY_ARGUMENT_ACTIVATIONS(X) EDDY_ROW_ACTIVATIONS(X)

enum class ActivationKind {
#define EDDY_ENUMERATOR(name) name,
  EDDY_ACTIVATIONS(EDDY_ENUMERATOR)
#undef EDDY_ENUMERATOR
};

// Whether f'(x) is computed from x; otherwise from f(x).
constexpr bool slope_needs_argument(ActivationKind kind) { return kind >= ActivationKind::gelu; }

// Whether a value depends on the whole row; the kernels that go number by number know the others.
constexpr bool is_over_rows(ActivationKind kind) { return kind >= ActivationKind::softmax; }

inline const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = {
#define EDDY_NAME(name) #name,
      EDDY_ACTIVATIONS(EDDY_NAME)
#undef EDDY_NAME
  };
  return names;
}

// By name; "swish", "hard_swish" and "celu" (with Keras' alpha of 1) are welcome, too.
inline std::optional<ActivationKind> find_activation(std::string_view name) {
  if (name == "swish") return ActivationKind::silu;
  if (name == "hard_swish") return ActivationKind::hard_silu;
  if (name == "celu") return ActivationKind::elu;
  for (size_t i = 0; i < activation_names().size(); ++i) {
    if (activation_names()[i] == name) return static_cast<ActivationKind>(i);
  }
  return std::nullopt;
}

}  // namespace eddy
