// SPDX-License-Identifier: MIT
#include "layers/inference_memory.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "core/threads.h"

namespace eddy {
namespace {

template <class Real>
bool same(const Real* a, const Real* b, int64_t n) {
  return std::memcmp(a, b, static_cast<size_t>(n) * sizeof(Real)) == 0;
}

template <class Real>
bool same_on_all_threads(const Real* a, const Real* b, int64_t n) {
  constexpr int64_t kPiece = 1 << 15;
  std::atomic<bool> all_same{true};
  parallel_for((n + kPiece - 1) / kPiece, [&](int64_t piece, int64_t) {
    const int64_t first = piece * kPiece;
    if (!all_same.load(std::memory_order_relaxed)) return;
    if (!same(a + first, b + first, std::min(kPiece, n - first))) all_same = false;
  });
  return all_same;
}

}  // namespace

template <class Real>
bool InferenceMemory<Real>::knows(const std::vector<Weight<Real>>& weights,
                                  const Pass& pass) const {
  if (!remembers_ || weights.size() != weights_.size()) return false;
  if (pass.same_weights) return true;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].size() != static_cast<int64_t>(weights_[i].size()) ||
        !same_on_all_threads(weights[i].value.data(), weights_[i].data(), weights[i].size())) {
      return false;
    }
  }
  return true;
}

template <class Real>
void InferenceMemory<Real>::remember(const std::vector<Weight<Real>>& weights) {
  forget();
  weights_.resize(weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    weights_[i].resize(weights[i].value.size());
    std::copy(weights[i].value.begin(), weights[i].value.end(), weights_[i].begin());
  }
  remembers_ = true;
}

template <class Real>
void InferenceMemory<Real>::forget() {
  remembers_ = false;
  forget_rows();
}

// Costs the rows that are known, not those of the table.
template <class Real>
void InferenceMemory<Real>::forget_rows() {
  for (int64_t row = 0; row < rows_; ++row) {
    row_of_id_[static_cast<size_t>(id_of_row_[static_cast<size_t>(row)])] = -1;
  }
  rows_ = first_new_ = 0;
  padding_row_ = -1;
}

template <class Real>
void InferenceMemory<Real>::look_up(const Lookup<Real>& lookup, const int32_t* cells,
                                    int64_t positions, int64_t features, int64_t row_bytes) {
  index_.resize(static_cast<size_t>(positions));
  // After a call that failed before its rows were there nothing is known of them.
  if (first_new_ != rows_) forget_rows();
  row_of_id_.resize(static_cast<size_t>(lookup.rows), -1);
  if (++call_ == 0) {
    std::fill(checked_in_.begin(), checked_in_.end(), 0);
    call_ = 1;
  }
  if (find_rows(lookup, cells, positions, features)) return;
  forget_rows();
  const int64_t kept = kMostBytes / row_bytes;
  const int64_t capacity = std::min(lookup.rows, std::max(positions, kept));
  if (capacity > capacity_) {
    capacity_ = 0;  // until all of it is there
    checked_in_.resize(static_cast<size_t>(capacity));
    id_of_row_.resize(static_cast<size_t>(capacity));
    inputs_.resize(static_cast<size_t>(capacity * features));
    capacity_ = capacity;
  }
  find_rows(lookup, cells, positions, features);
}

// False: a row of the table has changed, or there is no place for all.
template <class Real>
bool InferenceMemory<Real>::find_rows(const Lookup<Real>& lookup, const int32_t* cells,
                                      int64_t positions, int64_t features) {
  first_new_ = rows_;
  for (int64_t p = 0; p < positions; ++p) {
    const int32_t id = lookup.ids[cells[p]];
    const Real* from = lookup.table + int64_t{id} * features;
    int32_t& row = row_of_id_[static_cast<size_t>(id)];
    if (row < 0) {
      if (rows_ == capacity_) return false;
      row = static_cast<int32_t>(rows_++);
      id_of_row_[static_cast<size_t>(row)] = id;
      std::copy_n(from, features, inputs_.data() + row * features);
      checked_in_[static_cast<size_t>(row)] = call_;
    } else if (checked_in_[static_cast<size_t>(row)] != call_) {
      if (!same(from, inputs_.data() + row * features, features)) return false;
      checked_in_[static_cast<size_t>(row)] = call_;
    }
    index_[static_cast<size_t>(p)] = row;
  }
  return true;
}

template <class Real>
void InferenceMemory<Real>::make_room(int64_t steps, int64_t states, int64_t padded) {
  if (steps < room_) return;
  const int64_t old = std::exchange(room_, std::max(steps + 1, 2 * room_));
  grown_.resize(static_cast<size_t>(states * room_ * padded));
  for (int64_t s = 0; s < states && walked_ > 0; ++s) {
    std::copy_n(states_.data() + s * old * padded, (walked_ + 1) * padded,
                grown_.data() + s * room_ * padded);
  }
  std::swap(states_, grown_);
  grown_ = {};
}

template <class Real>
void InferenceMemory<Real>::prepare_padding(int64_t first_position, int64_t steps, int64_t states,
                                            int64_t padded) {
  const int32_t* index = index_.data() + first_position;
  const bool one_id = std::all_of(index, index + steps, [&](int32_t i) { return i == *index; });
  if (!one_id) return prepare_other_padding(steps, states, padded);
  if (padding_row_ != *index) walked_ = 0;
  padding_row_ = *index;
  make_room(steps, states, padded);
  known_steps_ = std::min(walked_, steps);
}

template <class Real>
void InferenceMemory<Real>::prepare_other_padding(int64_t steps, int64_t states, int64_t padded) {
  padding_row_ = -1;
  walked_ = known_steps_ = 0;
  make_room(steps, states, padded);
}

template class InferenceMemory<float>;
template class InferenceMemory<double>;

}  // namespace eddy
