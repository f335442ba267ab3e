// SPDX-License-Identifier: MIT
// Dropout inside a recurrent layer, as Keras 3.8 and later: a mask for the inputs and one for the
// state, each the same at every step of a row (Gal and Ghahramani 2016); with recurrent_dropout
// both are drawn for every gate apart.
#include <algorithm>

#include "core/threads.h"
#include "layers/dropout_mask.h"
#include "layers/products.h"
#include "layers/recurrent.h"

namespace eddy {

template <class Real>
void RecurrentLayer<Real>::choose_masks(const Signal<Real>& in, const Pass& pass) {
  const int64_t B = in.shape[0];
  const auto seed = options_.seed ? static_cast<uint64_t>(*options_.seed) : pass.seed;
  const uint64_t stream = (stream_ << 48) ^ static_cast<uint64_t>(pass.step);
  if (input_dropout_) {
    input_masks_.resize(static_cast<size_t>(B * copies_ * features_));
    draw_dropout_mask(options_.dropout, Random(seed, stream), input_masks_.size(),
                      input_masks_.data());
  }
  if (!recurrent_dropout_) return;
  drawn_.resize(static_cast<size_t>(B * spec_.gates * units_));
  draw_dropout_mask(options_.recurrent_dropout, Random(seed, stream ^ (uint64_t{1} << 47)),
                    drawn_.size(), drawn_.data());
  recurrent_masks_.resize_zeroed(static_cast<size_t>(spec_.gates * B * padded_));
  for (int64_t i = 0; i < B; ++i) {
    for (int64_t g = 0; g < spec_.gates; ++g) {
      std::copy_n(drawn_.data() + (plan_.batch_row(i) * spec_.gates + g) * units_, units_,
                  recurrent_masks_.data() + (g * B + i) * padded_);
    }
  }
}

template <class Real>
typename GateProducts<Real>::Masks RecurrentLayer<Real>::masks_of(const PlanBlock& block) const {
  if (!recurrent_dropout_) return {};
  return {recurrent_masks_.data() + block.first_row * padded_, plan_.rows() * padded_};
}

// `cell` as in the plan; to [copies, X]
template <class Real>
void RecurrentLayer<Real>::write_masked_input(int64_t cell, Real* to) const {
  const auto& lookup = input_->lookup;
  const Real* from =
      lookup ? lookup->table + lookup->ids[cell] * features_ : input_->value + cell * features_;
  const Real* mask = input_masks_.data() + cell / plan_.steps() * copies_ * features_;
  for (int64_t c = 0; c < copies_; ++c) {
    for (int64_t k = 0; k < features_; ++k) *to++ = from[k] * *mask++;
  }
}

// The gradients [copies, X] of the input of every position, all but their place, added up under
// their masks: dx [B, T, X], zeros before.
template <class Real>
void RecurrentLayer<Real>::add_masked_input_gradients(const ProductArgs<Real>& all, Real* dx) {
  const int64_t inputs = copies_ * features_;
  dinput_.resize(static_cast<size_t>(max_workers() * kRowsPerTask * inputs));
  parallel_for((all.rows + kRowsPerTask - 1) / kRowsPerTask, [&](int64_t task, int64_t worker) {
    ProductArgs<Real> part = all;
    const int64_t first = task * kRowsPerTask;
    part.rows = std::min(kRowsPerTask, all.rows - first);
    part.a += first * part.a_stride;
    part.c = dinput_.data() + worker * kRowsPerTask * inputs;
    kernel_->product(part);
    const Real* from = part.c;
    for (int64_t i = first; i < first + part.rows; ++i) {
      const int64_t cell = plan_.cells()[static_cast<size_t>(i)];
      const Real* mask = input_masks_.data() + cell / plan_.steps() * inputs;
      Real* to = dx + cell * features_;
      for (int64_t c = 0; c < copies_; ++c) {
        for (int64_t k = 0; k < features_; ++k) to[k] += *from++ * *mask++;
      }
    }
  });
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
