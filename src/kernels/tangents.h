// SPDX-License-Identifier: MIT
// The constants of tanh and of the sigmoid that gates take.
#pragma once

namespace eddy {

// Lanes of the widest register that loads a constant whole (AVX2); wider ones repeat one number.
inline constexpr int kConstantLanes = 8;

struct alignas(32) Constant {
  float lanes[kConstantLanes] = {};
};
constexpr Constant constant_of(float x) { return {{x, x, x, x, x, x, x, x}}; }

// tanh(x / 2) / 2 with t = 1/4, tanh(x) with t = 1, as x P(x^2) / Q(x^2): least maximum error of
// the ratio on |tanh's argument| <= 8, beyond which tanh is 1 within 2.3e-7. Powers of t scale the
// coefficients without rounding.
struct Tangent {
  Constant least, most;  // x is limited to
  Constant p[5], q[4];
  Constant half = constant_of(0.5f), two = constant_of(2.0f);
};
constexpr Tangent tangent_of(float t, float most) {
  const float t2 = t * t, t3 = t2 * t, t4 = t3 * t, t5 = t4 * t;
  return {.least = constant_of(-most),
          .most = constant_of(most),
          .p = {constant_of(0.999999762f * t), constant_of(0.127123088f * t2),
                constant_of(2.69640819e-3f * t3), constant_of(7.16249315e-6f * t4),
                constant_of(-6.14229068e-9f * t5)},
          .q = {constant_of(1.0f), constant_of(0.460454702f * t), constant_of(2.28502937e-2f * t2),
                constant_of(1.96745037e-4f * t3)}};
}

struct Tangents {
  Tangent tanh = tangent_of(1.0f, 8.0f), gate = tangent_of(0.25f, 16.0f);
};
inline constexpr Tangents kTangents;

}  // namespace eddy
