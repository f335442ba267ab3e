// SPDX-License-Identifier: MIT
// Weights between Keras' order, in which they are kept, and gate order, in which steps read them.
#include <algorithm>
#include <cstring>

#include "layers/products.h"
#include "layers/recurrent.h"

namespace eddy {
namespace {

// A register or less; calls of memmove for so little take longer than the copies.
template <class Real>
void copy_lanes(const Real* from, int64_t count, Real* to) {
  constexpr int64_t kPiece = 4;
  for (; count >= kPiece; count -= kPiece, from += kPiece, to += kPiece) {
    std::memcpy(to, from, kPiece * sizeof(Real));
  }
  for (int64_t i = 0; i < count; ++i) to[i] = from[i];
}

}  // namespace

// [G*H] in Keras' order: `gate` to its place in gate order, whole registers of units, the last one
// filled up with zeros.
template <class Real>
void RecurrentLayer<Real>::spread_gate(const Real* keras, int64_t gate, Real* gate_order) const {
  const int64_t lanes = cell_.lanes;
  keras += gate * units_;
  gate_order += gate * lanes;
  for (int64_t unit = 0; unit < units_; unit += lanes, gate_order += spec_.gates * lanes) {
    const int64_t real = std::min(lanes, units_ - unit);
    copy_lanes(keras + unit, real, gate_order);
    std::fill(gate_order + real, gate_order + lanes, Real{0});
  }
}

// The way back: numbers [first, first + count) of a row in gate order, whole registers of them, to
// their places in one of Keras' order. Of `gate` alone, or of all.
template <class Real>
void RecurrentLayer<Real>::put_columns(const Real* gate_order, int64_t first, int64_t count,
                                       int64_t gate, Real* keras) const {
  const int64_t lanes = cell_.lanes, vector = first / lanes;
  int64_t g = vector % spec_.gates, unit = vector / spec_.gates * lanes;
  for (int64_t i = 0; i < count; i += lanes) {
    if (gate == kAllGates || gate == g) {
      copy_lanes(gate_order + i, std::min(lanes, units_ - unit), keras + g * units_ + unit);
    }
    if (++g == spec_.gates) {
      g = 0;
      unit += lanes;
    }
  }
}

// Rows [first, first + count) of panel `p`, from a matrix [count, G*H] in Keras' order; of `gate`
// alone, with zeros for the others, or of all.
template <class Real>
void RecurrentLayer<Real>::pack_rows(const Real* keras, int64_t gate, int64_t p, int64_t first,
                                     int64_t count, PackedMatrix<Real>& packed) const {
  const int64_t lanes = cell_.lanes, columns = spec_.gates * units_;
  const int64_t vectors = packed.vectors_of(p), width = vectors * lanes;
  for (int64_t j = 0; j < vectors; ++j) {
    const int64_t vector = p * packed.panel_vectors + j, g = vector % spec_.gates;
    const int64_t unit = vector / spec_.gates * lanes;
    const int64_t real = gate == kAllGates || gate == g ? std::min(lanes, units_ - unit) : 0;
    const Real* from = keras + g * units_ + unit;
    Real* to = packed.row(p, first) + j * lanes;
    for (int64_t k = 0; k < count; ++k, from += columns, to += width) {
      // The next panel's, from rows that stand far apart.
      __builtin_prefetch(from + blocks_per_panel(spec_.gates) * lanes, 0, 2);
      copy_lanes(from, real, to);
      for (int64_t i = real; i < lanes; ++i) to[i] = 0;
    }
  }
}

// A matrix [rows, G*H] and, unless null, its transpose. By bands of rows that make one panel of the
// transpose, on all threads where that is worth their start: a piece is turned while it is near.
//   copies  of the matrix, one below the other; copy g reaches gate g alone, a single one all
template <class Real>
void RecurrentLayer<Real>::pack_gates(const Real* keras, int64_t rows, int64_t copies,
                                      int64_t panel_vectors, PackedMatrix<Real>& packed,
                                      PackedMatrix<Real>* transposed) const {
  constexpr int64_t kWorthwhile = 1 << 15;
  const int64_t lanes = cell_.lanes, all = copies * rows, turned = suitable_panel(all, lanes);
  packed.shape(all, gate_width(), lanes, panel_vectors);
  if (transposed != nullptr) transposed->shape(gate_width(), all, lanes, turned);
  const auto pack_band = [&](int64_t band, int64_t) {
    const int64_t first = band * turned * lanes, end = std::min(all, first + turned * lanes);
    for (int64_t p = 0; p < packed.panels(); ++p) {
      for (int64_t k = first, next = 0; k < end; k = next) {
        const int64_t copy = k / rows;
        next = std::min(end, (copy + 1) * rows);
        pack_rows(keras + (k - copy * rows) * spec_.gates * units_, copies == 1 ? kAllGates : copy,
                  p, k, next - k, packed);
      }
      if (transposed != nullptr) turn_rows(packed, p, band, *transposed);
    }
  };
  const int64_t bands = (all + turned * lanes - 1) / (turned * lanes);
  if (all * gate_width() >= kWorthwhile) return parallel_for(bands, pack_band);
  for (int64_t band = 0; band < bands; ++band) pack_band(band, 0);
}

template <class Real>
void RecurrentLayer<Real>::pack_biases() {
  bias_columns_.resize_zeroed(static_cast<size_t>(gate_width()));
  recurrent_bias_.resize_zeroed(static_cast<size_t>(gate_width()));
  if (!options_.use_bias) return;
  const Real* bias = this->weights_[kBias].value.data();
  for (int64_t g = 0; g < spec_.gates; ++g) {
    spread_gate(bias, g, bias_columns_.data());
    if (!spec_.has_recurrent_bias) continue;
    // Gates whose products are added anyway take both biases with the input.
    spread_gate(bias + spec_.gates * units_, g, recurrent_bias_.data());
    if (g >= spec_.apart) continue;
    const int64_t lanes = cell_.lanes;
    for (int64_t at = g * lanes; at < gate_width(); at += spec_.gates * lanes) {
      kernel_->add(lanes, recurrent_bias_.data() + at, bias_columns_.data() + at);
      std::fill_n(recurrent_bias_.data() + at, lanes, Real{0});
    }
  }
}

template <class Real>
void RecurrentLayer<Real>::pack_weights(bool training) {
  auto& weights = this->weights_;
  const Real* recurrent = weights[kRecurrent].value.data();
  const int64_t step_panel = spec_.gates * blocks_per_panel(spec_.gates);
  pack_gates(weights[kKernel].value.data(), features_, copies_,
             walk_multiplies_input_ ? step_panel : suitable_panel(gate_width(), cell_.lanes), w_,
             training ? &w_transposed_ : nullptr);
  pack_gates(recurrent, units_, 1, step_panel, u_, training ? &u_transposed_ : nullptr);
  u_transposed_.columns = padded_;  // states stand in whole registers
  pack_biases();
  const Real* carry =
      weights.size() > carry_index() ? weights[carry_index()].value.data() : nullptr;
  vectors_.resize_zeroed(static_cast<size_t>(kMostPeepholes * padded_));
  for (int p = 0; spec_.has_vectors && p < kMostPeepholes; ++p) {
    std::copy_n(carry + p * units_, units_, vectors_.data() + p * padded_);
  }
  if (by_gates_) {
    products_.pack(spec_, units_, padded_, recurrent, spec_.has_vectors ? nullptr : carry,
                   training);
  }
}

template class RecurrentLayer<float>;
template class RecurrentLayer<double>;

}  // namespace eddy
