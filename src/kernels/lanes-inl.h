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
#include "kernels/tangents.h"

EDDY_SIMD_BEGIN
namespace hn = hwy::HWY_NAMESPACE;

struct FloatLanes {
  using Real = float;
  using Tag = hn::ScalableTag<float>;
  using Vector = hn::Vec<Tag>;
  static constexpr int kLanes = HWY_LANES(float);
  // Accumulators of one tile: all registers but those for one row of the panel and a broadcast.
  static constexpr int kAccumulators = HWY_TARGET == HWY_AVX3 ? 24 : 12;
  // Whether loads and stores can leave numbers out, and touch no memory there.
  static constexpr bool kHasMasks = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

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
  // The first `count` numbers of p, the others from `fill`; and the first `count` numbers to p.
  static HWY_INLINE Reg load_first(const float* p, int64_t count, Reg fill) {
    if constexpr (kHasMasks) {
      const auto mask = hn::FirstN(Tag(), static_cast<size_t>(count));
      return {hn::IfThenElse(mask, hn::MaskedLoad(mask, Tag(), p), fill.v)};
    } else {
      HWY_ALIGN float edge[kLanes];
      store(fill, edge);
      for (int64_t i = 0; i < count; ++i) edge[i] = p[i];
      return load(edge);
    }
  }
  static HWY_INLINE void store_first(Reg a, float* p, int64_t count) {
    if constexpr (kHasMasks) {
      hn::BlendedStore(a.v, hn::FirstN(Tag(), static_cast<size_t>(count)), Tag(), p);
    } else {
      HWY_ALIGN float edge[kLanes];
      store(a, edge);
      for (int64_t i = 0; i < count; ++i) p[i] = edge[i];
    }
  }
  static HWY_INLINE float sum_of_lanes(Reg a) { return hn::GetLane(hn::SumOfLanes(Tag(), a.v)); }
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
  static HWY_INLINE Reg clamp(Reg x, Reg low, Reg high) {
    const auto y = hn::Min(high.v, hn::Max(low.v, x.v));
    if constexpr (HWY_TARGET == HWY_SCALAR) {
      return {hn::IfThenElse(hn::IsNaN(x.v), x.v, y)};
    } else {
      return {y};
    }
  }

  // 1 / x for x in [1, 2^126]: the CPU's estimate (12 or 14 bits) and one Newton step.
  static HWY_INLINE Reg reciprocal(Reg x) {
    const auto r = hn::ApproximateReciprocal(x.v);
    return {hn::Mul(r, hn::NegMulAdd(x.v, r, set(2.0f).v))};
  }

  // e^x = power * (1 + tail) with power = 2^n: x = n ln 2 + r, a polynomial for e^r - 1 (least
  // maximum error on |r| <= ln(2)/2, degree 5). x is clamped to [-87, 87].
  struct Exponential {
    Reg power, tail;
  };
  static HWY_INLINE Exponential exponential(Reg x) {
    const Tag d;
    const hn::RebindToSigned<Tag> di;
    const auto clamped = clamp(x, set(-87.0f), set(87.0f)).v;
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

  // Of tanh and of gates. With sixteen registers the sums of a tile leave none for constants: there
  // `fresh` gives them as memory that the compiler does not know, or it would load some of them
  // before the sums, which then go to memory. With more registers they stay in them.
  static constexpr bool kConstantsInMemory = kAccumulators <= 12;
  struct Constants {
    const Tangents* at = &kTangents;
    HWY_INLINE const Tangents& operator()() const { return kConstantsInMemory ? *at : kTangents; }
  };
  static HWY_INLINE Constants fresh(Constants constants) {
    if constexpr (kConstantsInMemory) asm volatile("" : "+r"(constants.at));
    return constants;
  }
  static HWY_INLINE Reg get(const Constant& constant) {
    if constexpr (kConstantsInMemory) {
      return load(constant.lanes);
    } else {
      return set(constant.lanes[0]);
    }
  }

  // Its value is the product of the three: numerator, the CPU's estimate of 1 / denominator, and
  // what a Newton step multiplies that by. The last comes later than the product of the others.
  struct Quotient {
    Reg above, estimate, correction;
  };
  static HWY_INLINE Quotient tangent(Reg x, const Tangent& of) {
    const Reg c = clamp(x, get(of.least), get(of.most));
    const Reg u = c * c;
    Reg p = fma(u, get(of.p[4]), get(of.p[3]));
    p = fma(p, u, get(of.p[2]));
    p = fma(p, u, get(of.p[1]));
    p = fma(p, u, get(of.p[0]));
    Reg q = fma(u, get(of.q[3]), get(of.q[2]));
    q = fma(q, u, get(of.q[1]));
    q = fma(q, u, get(of.q[0]));
    return quotient(c * p, q, of);
  }
  static HWY_INLINE Quotient quotient(Reg above, Reg below, const Tangent& of) {
    const Reg estimate = {hn::ApproximateReciprocal(below.v)};
    return {above, estimate, {hn::NegMulAdd(below.v, estimate.v, get(of.two).v)}};
  }

  // Relative error below 6e-7.
  static HWY_INLINE Reg tanh(Reg x) { return tanh(x, {}); }
  static HWY_INLINE Reg tanh(Reg x, Constants constants) {
    const Quotient y = tangent(x, constants().tanh);
    return y.above * y.estimate * y.correction;
  }

  // 1 / (1 + e^-x) from the tangent, for gates: absolute error below 3e-7, fewer instructions. With
  // constants from memory it has its own; else it shares those of tanh.
  static HWY_INLINE Reg sigmoid_of_gate(Reg x, Constants constants) {
    if constexpr (!kConstantsInMemory) {
      const Quotient y = tangent(x * set(0.5f), constants().tanh);
      return fma(y.above * set(0.5f) * y.estimate, y.correction, set(0.5f));
    }
    const Quotient y = tangent(x, constants().gate);
    return fma(y.above * y.estimate, y.correction, get(constants().gate.half));
  }

  // Both for a row alone, which waits for them: fewer instructions one behind the other, and more
  // of them. The same errors, not the same bits.
  static HWY_INLINE Quotient tangent_soon(Reg x, const Tangent& of) {
    const Reg most = get(of.most);
    const Reg c = clamp(x, get(of.least), most), u = min(x * x, most * most), u2 = u * u;
    Reg p = fma(fma(u, get(of.p[4]), get(of.p[3])), u, get(of.p[2]));
    p = fma(p, u2, fma(u, get(of.p[1]), get(of.p[0])));
    const Reg q = fma(fma(u, get(of.q[3]), get(of.q[2])), u2, fma(u, get(of.q[1]), get(of.q[0])));
    return quotient(c * p, q, of);
  }
  static HWY_INLINE Reg tanh_soon(Reg x, Constants constants) {
    const Quotient y = tangent_soon(x, constants().tanh);
    return y.above * y.estimate * y.correction;
  }
  static HWY_INLINE Reg sigmoid_soon(Reg x, Constants constants) {
    const Quotient y = tangent_soon(x, constants().gate);
    return fma(y.above * y.estimate, y.correction, get(constants().gate.half));
  }
};
EDDY_SIMD_END;

#endif
