// SPDX-License-Identifier: MIT
// What an optimizer's formula is to those that call it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/buffer.h"
#include "eddy/model.h"

namespace eddy {

// The formula of one optimizer for a run of elements of one weight.
template <class Real>
class UpdateRule {
 public:
  virtual ~UpdateRule() = default;
  // Names of the slots in Keras' order; `interleaved` of them are stored weight by weight
  // (m0, v0, m1, v1), the rest slot by slot. At most kMostSlots.
  virtual std::vector<std::string> slot_names() const = 0;
  virtual size_t interleaved() const { return 0; }
  virtual Real initial(size_t /*slot*/) const { return 0; }
  // True when elements without gradient keep their weight, and their slots only change by decay():
  // then rows may wait.
  virtual bool rows_may_wait() const { return false; }
  virtual void decay(Real* const* /*slots*/, int64_t /*n*/, int64_t /*steps*/) const {}
  // Before the updates of step t = 1, 2, ...
  virtual void begin_step(int64_t t, double learning_rate) = 0;
  //   w, g, slots[k]  [n]
  virtual void update(Real* w, const Real* g, Real* const* slots, int64_t n) const = 0;
  // decay() by `waited` steps, if any, and update().
  virtual void update_waiting(Real* w, const Real* g, Real* const* slots, int64_t n,
                              int64_t waited) const {
    if (waited > 0) decay(slots, n, waited);
    update(w, g, slots, n);
  }
  // State that belongs to no weight, saved after all slots; null: none.
  virtual Buffer<Real>* scalar() { return nullptr; }
};

constexpr size_t kMostSlots = 3;

// Of a description with all defaults filled in (resolve_optimizer), for the instruction set in use.
template <class Real>
std::unique_ptr<UpdateRule<Real>> make_update_rule(const Optimizer& optimizer);

}  // namespace eddy
