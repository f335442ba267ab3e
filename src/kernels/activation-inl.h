// SPDX-License-Identifier: MIT
// Activations on one register, chosen at run time (Keras' formulas).
#if defined(EDDY_KERNELS_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_KERNELS_ACTIVATION_INL_H_
#undef EDDY_KERNELS_ACTIVATION_INL_H_
#else
#define EDDY_KERNELS_ACTIVATION_INL_H_
#endif

#include "kernels/activation.h"
#include "kernels/lanes-inl.h"
#include "kernels/plain_activation.h"

EDDY_SIMD_BEGIN

inline constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543772;

// x below 0 -> negative, else positive; NaN gives `positive`, which carries it.
template <class L>
HWY_INLINE typename L::Reg by_sign(typename L::Reg x, typename L::Reg negative,
                                   typename L::Reg positive) {
  return L::if_less(x, L::zero(), negative, positive);
}

template <class L>
HWY_INLINE typename L::Reg exp_minus_one(typename L::Reg x) {
  return L::exp_minus_one(L::min(x, L::zero()));
}

template <class L>
HWY_NOINLINE typename L::Reg by_numbers(double (*f)(ActivationKind, double), ActivationKind kind,
                                        typename L::Reg x) {
  HWY_ALIGN typename L::Real numbers[L::kLanes];
  L::store(x, numbers);
  for (auto& number : numbers) number = static_cast<typename L::Real>(f(kind, number));
  return L::load(numbers);
}

template <class L>
HWY_INLINE typename L::Reg apply_activation(ActivationKind kind, typename L::Reg x) {
  using Real = typename L::Real;
  const auto set = [](double v) HWY_ATTR { return L::set(static_cast<Real>(v)); };
  switch (kind) {
    case ActivationKind::linear:
      return x;
    case ActivationKind::relu:
      return by_sign<L>(x, L::zero(), x);
    case ActivationKind::leaky_relu:
      return by_sign<L>(x, set(0.2) * x, x);
    case ActivationKind::relu6:
      return L::if_less(set(6), x, set(6), by_sign<L>(x, L::zero(), x));
    case ActivationKind::elu:
      return by_sign<L>(x, exp_minus_one<L>(x), x);
    case ActivationKind::selu:
      return by_sign<L>(x, set(kSeluScale * kSeluAlpha) * exp_minus_one<L>(x), set(kSeluScale) * x);
    case ActivationKind::exponential:
      return L::exp(x);
    case ActivationKind::sigmoid:
      return L::sigmoid(x);
    case ActivationKind::tanh:
      return L::tanh(x);
    case ActivationKind::softsign:
      return by_sign<L>(x, x * L::reciprocal(set(1) - x), x * L::reciprocal(set(1) + x));
    case ActivationKind::hard_sigmoid:
    case ActivationKind::hard_sigmoid_v2: {
      const double slope = kind == ActivationKind::hard_sigmoid ? 1.0 / 6 : 0.2;
      const auto y = L::fma(x, set(slope), set(0.5));
      return L::if_less(set(1), y, set(1), by_sign<L>(y, L::zero(), y));
    }
    case ActivationKind::hard_tanh:
      return L::if_less(set(1), x, set(1), L::if_less(x, set(-1), set(-1), x));
    default:
      return by_numbers<L>(plain_activation, kind, x);
  }
}

// f'(x) written with y = f(x), for the kinds that need the argument with y = x.
template <class L>
HWY_INLINE typename L::Reg activation_slope(ActivationKind kind, typename L::Reg y) {
  using Real = typename L::Real;
  const auto set = [](double v) HWY_ATTR { return L::set(static_cast<Real>(v)); };
  const auto between = [&](double low, double high, typename L::Reg inside) HWY_ATTR {
    return L::if_less(set(low), y, L::if_less(y, set(high), inside, L::zero()), L::zero());
  };
  switch (kind) {
    case ActivationKind::linear:
      return set(1);
    case ActivationKind::relu:
      return L::if_less(L::zero(), y, set(1), L::zero());
    case ActivationKind::leaky_relu:
      return L::if_less(L::zero(), y, set(1), set(0.2));
    case ActivationKind::relu6:
      return between(0, 6, set(1));
    case ActivationKind::elu:
      return by_sign<L>(y, y + set(1), set(1));
    case ActivationKind::selu:
      return by_sign<L>(y, y + set(kSeluScale * kSeluAlpha), set(kSeluScale));
    case ActivationKind::exponential:
      return y;
    case ActivationKind::sigmoid:
      return y * (set(1) - y);
    case ActivationKind::tanh:
      return set(1) - y * y;
    case ActivationKind::softsign: {
      const auto rest = set(1) - L::max(y, -y);  // y = x / (1 + |x|)
      return rest * rest;
    }
    case ActivationKind::hard_sigmoid:
      return between(0, 1, set(1.0 / 6));
    case ActivationKind::hard_sigmoid_v2:
      return between(0, 1, set(0.2));
    case ActivationKind::hard_tanh:
      return between(-1, 1, set(1));
    default:
      return by_numbers<L>(plain_slope, kind, y);
  }
}
EDDY_SIMD_END;

#endif
