// SPDX-License-Identifier: MIT
// Compiled once per instruction set; the last time also for double.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "training/update_rules.cc"
#include "kernels/simd.h"
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include <memory>

#include "training/update_rule.h"
#include "training/update_rules-inl.h"

EDDY_SIMD_BEGIN

template <class Real>
std::unique_ptr<UpdateRule<Real>> rule_of(const Optimizer& o) {
  if (o.name == "sgd") return std::make_unique<SGDRule<Real>>(o.values);
  if (o.name == "rmsprop") return std::make_unique<RMSpropRule<Real>>(o.values);
  if (o.name == "nadam") return std::make_unique<NadamRule<Real>>(o.values);
  if (o.name == "adagrad") return std::make_unique<AdagradRule<Real>>(o.values);
  if (o.name == "adadelta") return std::make_unique<AdadeltaRule<Real>>(o.values);
  if (o.name == "adamax") return std::make_unique<AdamaxRule<Real>>(o.values);
  if (o.name == "lion") return std::make_unique<LionRule<Real>>(o.values);
  if (o.name == "ftrl") return std::make_unique<FtrlRule<Real>>(o.values);
  return std::make_unique<AdamRule<Real>>(o.values);
}

[[maybe_unused]] std::unique_ptr<UpdateRule<float>> float_rule(const Optimizer& optimizer) {
  return rule_of<float>(optimizer);
}
#if HWY_ONCE
std::unique_ptr<UpdateRule<double>> double_rule(const Optimizer& optimizer) {
  return rule_of<double>(optimizer);
}
#endif
EDDY_SIMD_END;

#if HWY_ONCE
#include "kernels/table.h"

namespace eddy {
HWY_EXPORT(float_rule);

template <>
std::unique_ptr<UpdateRule<float>> make_update_rule<float>(const Optimizer& optimizer) {
  return HWY_DISPATCH_TABLE(float_rule)[simd_table_index()](optimizer);
}
template <>
std::unique_ptr<UpdateRule<double>> make_update_rule<double>(const Optimizer& optimizer) {
  return HWY_NAMESPACE::double_rule(optimizer);
}
}  // namespace eddy
#endif
