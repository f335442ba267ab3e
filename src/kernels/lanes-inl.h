// SPDX-License-Identifier: MIT
// One SIMD register of floats as a number: + - * and the functions that cells need.
#if defined(EDDY_KERNELS_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef EDDY_KERNELS_LANES_INL_H_
#undef EDDY_KERNELS_LANES_INL_H_
#else
#define EDDY_KERNELS_LANES_INL_H_
#endif

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "kernels/simd.h"

EDDY_SIMD_BEGIN
namespace hn = hwy::HWY_NAMESPACE;

struct FloatLanes {
  using Real = float;
  using Tag = hn::ScalableTag<float>;
  using Vector = hn::Vec<Tag>;
  static constexpr int kLanes = HWY_LANES(float);
  // Accumulators of one tile: all registers but those for one row of the panel and a broadcast.
  static constexpr int kAccumulators = HWY_TARGET == HWY_AVX3 ? 24 : 12;

  struct Reg {
    Vector v;
    friend HWY_INLINE Reg operator+(Reg a, Reg b) { return {hn::Add(a.v, b.v)}; }
    friend HWY_INLINE Reg operator-(Reg a, Reg b) { return {hn::Sub(a.v, b.v)}; }
    friend HWY_INLINE Reg operator*(Reg a, Reg b) { return {hn::Mul(a.v, b.v)}; }
    friend HWY_INLINE Reg operator-(Reg a) { return {hn::Neg(a.v)}; }
  };

  static HWY_INLINE Reg load(const float* p) { return {hn::Load(Tag(), p)}; }
  static HWY_INLINE Reg load_unaligned(const float* p) { return {hn::LoadU(Tag(), p)}; }
  static HWY_INLINE void store(Reg a, float* p) { hn::Store(a.v, Tag(), p); }
  static HWY_INLINE void store_unaligned(Reg a, float* p) { hn::StoreU(a.v, Tag(), p); }
  static HWY_INLINE Reg set(float x) { return {hn::Set(Tag(), x)}; }
  static HWY_INLINE Reg zero() { return {hn::Zero(Tag())}; }
  // a * b + c in one rounding
  static HWY_INLINE Reg fma(Reg a, Reg b, Reg c) { return {hn::MulAdd(a.v, b.v, c.v)}; }
  static HWY_INLINE Reg min(Reg a, Reg b) { return {hn::Min(a.v, b.v)}; }
  static HWY_INLINE Reg max(Reg a, Reg b) { return {hn::Max(a.v, b.v)}; }
  static HWY_INLINE Reg if_less(Reg a, Reg b, Reg yes, Reg no) {
    return {hn::IfThenElse(hn::Lt(a.v, b.v), yes.v, no.v)};
  }
  // x limited to [low, high]; NaN stays NaN, which x86's instructions give for the second operand.
  static HWY_INLINE Reg clamp(Reg x, float low, float high) {
    const auto y = hn::Min(hn::Set(Tag(), high), hn::Max(hn::Set(Tag(), low), x.v));
    if constexpr (HWY_TARGET == HWY_SCALAR) {
      return {hn::IfThenElse(hn::IsNaN(x.v), x.v, y)};
    } else {
      return {y};
    }
  }

  // 1 / x for x in [1, 2^126]: the CPU's estimate (12 or 14 bits) and one Newton step.
  static HWY_INLINE Reg reciprocal(Reg x) {
    const auto r = hn::ApproximateReciprocal(x.v);
    return {hn::Mul(r, hn::NegMulAdd(x.v, r, hn::Set(Tag(), 2.0f)))};
  }

  // e^x = power * (1 + tail) with power = 2^n: x = n ln 2 + r, a polynomial for e^r - 1 (least
  // maximum error on |r| <= ln(2)/2, degree 5). x is clamped to [-87, 87].
  struct Exponential {
    Reg power, tail;
  };
  static HWY_INLINE Exponential exponential(Reg x) {
    const Tag d;
    const hn::RebindToSigned<Tag> di;
    const auto clamped = clamp(x, -87.0f, 87.0f).v;
    const auto n = hn::NearestInt(hn::Mul(clamped, hn::Set(d, 1.44269504f)));
    const auto nf = hn::ConvertTo(d, n);
    auto r = hn::NegMulAdd(nf, hn::Set(d, 0.693145752f), clamped);  // ln 2 in two parts
    r = hn::NegMulAdd(nf, hn::Set(d, 1.42860677e-6f), r);
    auto p = hn::MulAdd(r, hn::Set(d, 0.00831252057f), hn::Set(d, 0.0418901555f));
    p = hn::MulAdd(p, r, hn::Set(d, 0.166671142f));
    p = hn::MulAdd(p, r, hn::Set(d, 0.499992311f));
    const auto power = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127))));
    return {{power}, {hn::MulAdd(hn::Mul(r, r), p, r)}};
  }

  // e^x, relative error below 3e-7.
  static HWY_INLINE Reg exp(Reg x) {
    const Exponential e = exponential(x);
    return fma(e.tail, e.power, e.power);
  }

  // e^x - 1, which keeps its digits near 0: relative error below 2e-6 for x < 0.
  static HWY_INLINE Reg exp_minus_one(Reg x) {
    const Exponential e = exponential(x);
    return fma(e.tail, e.power, e.power - set(1.0f));
  }

  // 1 / (1 + e^-x), relative error below 5e-7 for x > -87.
  static HWY_INLINE Reg sigmoid(Reg x) { return reciprocal(set(1.0f) + exp(-x)); }

  // tanh(x / 2) / 2 with t = 1/4, tanh(x) with t = 1, as x P(x^2) and 1 / Q(x^2): least maximum
  // error of the ratio on |tanh's argument| <= 8, beyond which tanh is 1 within 2.3e-7. Powers of t
  // scale the coefficients without rounding.
  struct Tangent {
    Reg above, one_below;
  };
  static HWY_INLINE Tangent tangent(Reg x, float t, float most) {
    const Reg c = clamp(x, -most, most);
    const Reg u = c * c;
    Reg p = fma(u, set(-6.14229068e-9f * t * t * t * t * t), set(7.16249315e-6f * t * t * t * t));
    p = fma(p, u, set(2.69640819e-3f * t * t * t));
    p = fma(p, u, set(0.127123088f * t * t));
    p = fma(p, u, set(0.999999762f * t));
    Reg q = fma(u, set(1.96745037e-4f * t * t * t), set(2.28502937e-2f * t * t));
    q = fma(q, u, set(0.460454702f * t));
    q = fma(q, u, set(1.0f));
    return {c * p, reciprocal(q)};
  }

  // Relative error below 6e-7.
  static HWY_INLINE Reg tanh(Reg x) {
    const Tangent y = tangent(x, 1.0f, 8.0f);
    return y.above * y.one_below;
  }

  // 1 / (1 + e^-x) from the tangent, for gates: absolute error below 3e-7, fewer instructions.
  // Where the sums of a tile fill the registers constants come from memory in any case; else both
  // share those of the tangent, which stay in registers beside the sums.
  static HWY_INLINE Reg sigmoid_of_gate(Reg x) {
    if constexpr (kAccumulators > 12) return fma(tanh(x * set(0.5f)), set(0.5f), set(0.5f));
    const Tangent y = tangent(x, 0.25f, 16.0f);
    return fma(y.above, y.one_below, set(0.5f));
  }
};
EDDY_SIMD_END;

#endif
