// SPDX-License-Identifier: MIT
// Rows of different lengths one after another, in memory and then in a scratch file.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>

#include "core/scratch_file.h"
#include "core/threads.h"
#include "data/pad_side.h"
#include "eddy/error.h"

namespace eddy::data {

template <class T>
class SpooledRows {
 public:
  // `where` names who asks, in messages. Throws Error{invalid_argument} for a negative memory.
  SpooledRows(std::string where, const ScratchOptions& scratch)
      : where_(std::move(where)), memory_(scratch.memory), values_(scratch) {
    if (memory_ >= 0) return;
    throw Error(ErrorCode::invalid_argument, where_,
                fmt::format("memory: expected 0 or more bytes, got {}.", memory_),
                "0 sets no bound.");
  }

  // Throws Error{invalid_argument} when the memory is too little for the places of all rows.
  void add(std::span<const T> row) {
    share_memory();
    if (!row.empty()) values_.append(row.data(), row.size_bytes());
    ends_.push_back(values_.size() / kValueBytes);
  }

  // Fills rows of `width` values, each as fill_row(), in parallel.
  void gather(std::span<const int64_t> rows, int64_t width, bool pads_front, T filling,
              T* out) const {
    constexpr int64_t kValuesPerTask = 1 << 15;
    const int64_t count = std::ssize(rows);
    const int64_t rows_per_task =
        std::max<int64_t>(1, kValuesPerTask / std::max<int64_t>(1, width));
    parallel_for((count + rows_per_task - 1) / rows_per_task, [&](int64_t task, int64_t) {
      const int64_t end = std::min(count, (task + 1) * rows_per_task);
      for (int64_t i = task * rows_per_task; i < end; ++i) {
        const int64_t row = rows[static_cast<size_t>(i)], from = begin(row);
        const int64_t length = begin(row + 1) - from;
        fill_row(out + i * width, width, length, pads_front, filling, [&](T* first) {
          values_.read(from * kValueBytes, first, static_cast<size_t>(length * kValueBytes));
        });
      }
    });
  }

  int64_t scratch_bytes() const { return values_.scratch_bytes(); }

 private:
  static constexpr int64_t kValueBytes = sizeof(T), kEndBytes = sizeof(int64_t);

  int64_t begin(int64_t row) const { return row == 0 ? 0 : ends_[static_cast<size_t>(row) - 1]; }

  // What the ends leave of the bound goes to the values.
  void share_memory() {
    if (memory_ == 0) return;
    const int64_t left = memory_ - static_cast<int64_t>(ends_.size() + 1) * kEndBytes;
    if (left >= static_cast<int64_t>(Spool::kPiece)) return values_.set_memory(left);
    throw Error(ErrorCode::invalid_argument, where_,
                fmt::format("sequences: expected at most {}, for {} bytes of memory, got more.",
                            ends_.size(), memory_),
                "raise memory: each sequence takes 8 bytes, wherever its values are.");
  }

  std::string where_;
  int64_t memory_;
  Spool values_;
  std::deque<int64_t> ends_;  // of every row, in values_
};

}  // namespace eddy::data
