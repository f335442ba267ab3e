// SPDX-License-Identifier: MIT
// What a recurrent layer keeps from one inference to the next, so that an answer costs its own
// steps alone: the weights as they were packed, x W + b of the table rows met so far, and the
// states that left padding walks through. All of it is compared with the weights and rows of every
// call and forgotten where a bit differs: whoever changes a weight need not know of this memory.
// Letters: P positions, V rows of a table, X features, Hp padded units, S states.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/buffer.h"
#include "layers/layer.h"

namespace eddy {

template <class Real>
class InferenceMemory {
 public:
  // Whether these are, bit for bit, the weights of the latest remember(). Reads all of them, on all
  // threads, unless the pass says that they are those of the pass before.
  bool knows(const std::vector<Weight<Real>>& weights, const Pass& pass) const;
  // Copies the weights; the rows and states of others are forgotten.
  void remember(const std::vector<Weight<Real>>& weights);
  void forget();

  // Finds the projected row of lookup.ids[cells[p]] for p = 0 ... positions - 1.
  //   row_bytes  of a row and its projection; more than kMostBytes of them are kept only if this
  //              call needs them
  // Rows first_new() ... rows() - 1 are to be projected now, and confirmed by rows_are_there(); the
  // others are so from before.
  void look_up(const Lookup<Real>& lookup, const int32_t* cells, int64_t positions,
               int64_t features, int64_t row_bytes);
  void rows_are_there() { first_new_ = rows_; }
  int64_t first_new() const { return first_new_; }
  int64_t rows() const { return rows_; }
  int64_t capacity() const { return capacity_; }          // rows that there must be place for
  const Real* inputs() const { return inputs_.data(); }   // [rows, X]
  const int32_t* index() const { return index_.data(); }  // [P]

  // Place for the states before each of `steps` steps of padding and after the last, [S][room, Hp]
  // at states(). The first known_steps() are there from earlier calls if all of these positions
  // hold the id that they held then.
  void prepare_padding(int64_t first_position, int64_t steps, int64_t states, int64_t padded);
  // The same for padding whose content is not known.
  void prepare_other_padding(int64_t steps, int64_t states, int64_t padded);
  void states_are_there(int64_t steps) { walked_ = std::max(walked_, steps); }
  int64_t known_steps() const { return known_steps_; }
  int64_t room() const { return room_; }
  Real* states() { return states_.data(); }

  static constexpr int64_t kMostBytes = int64_t{1} << 26;

 private:
  bool find_rows(const Lookup<Real>& lookup, const int32_t* cells, int64_t positions,
                 int64_t features);
  void forget_rows();
  void make_room(int64_t steps, int64_t states, int64_t padded);

  std::vector<Buffer<Real>> weights_;
  bool remembers_ = false;
  int64_t first_new_ = 0, rows_ = 0, capacity_ = 0;
  std::vector<int32_t> row_of_id_;    // [V]  -1: not projected
  std::vector<int32_t> id_of_row_;    // [capacity]
  std::vector<uint32_t> checked_in_;  // [capacity]  the call that compared the row
  uint32_t call_ = 0;
  Buffer<Real> inputs_;
  Buffer<int32_t> index_;
  int32_t padding_row_ = -1;
  int64_t known_steps_ = 0, walked_ = 0, room_ = 0;
  Buffer<Real> states_, grown_;
};

}  // namespace eddy
