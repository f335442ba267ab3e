// SPDX-License-Identifier: MIT
// Products cut into tasks for the pool. Cuts depend on the sizes alone, and no sum is ever cut, so
// results do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "core/buffer.h"
#include "core/processor.h"
#include "core/threads.h"
#include "kernels/kernels.h"

namespace eddy {

inline constexpr int64_t kRowsPerTask = 192;

// body(first, count) for all rows, on all threads where the matrix is worth their start.
template <class Body>
void for_row_pieces(int64_t rows, int64_t columns, const Body& body) {
  constexpr int64_t kWorthwhile = 1 << 15, kRows = 32;
  if (rows * columns < kWorthwhile) return body(0, rows);
  parallel_for((rows + kRows - 1) / kRows, [&](int64_t task, int64_t) {
    body(task * kRows, std::min(kRows, rows - task * kRows));
  });
}

// before(first, rows) prepares the rows of a task, so that they are still near when they are read.
template <class Real, class Before>
void parallel_product(const Kernels<Real>& kernel, const ProductArgs<Real>& args,
                      const Before& before) {
  const int64_t tasks = (args.rows + kRowsPerTask - 1) / kRowsPerTask;
  parallel_for(tasks, [&](int64_t task, int64_t) {
    ProductArgs<Real> part = args;
    const int64_t first = task * kRowsPerTask;
    part.rows = std::min(kRowsPerTask, args.rows - first);
    part.a += first * args.a_stride;
    if (args.c_rows == nullptr) {
      part.c += first * args.c_stride;
    } else {
      part.c_rows += first;
    }
    before(first, part.rows);
    kernel.product(part);
  });
}

template <class Real>
void parallel_product(const Kernels<Real>& kernel, const ProductArgs<Real>& args) {
  parallel_product(kernel, args, [](int64_t, int64_t) {});
}

// Rows of the two factors of an outer product.
template <class Real>
struct OuterRows {
  int64_t rows;
  const Real* a;  // [rows, a_columns]
  const Real* d;  // [rows, d_columns]
};

// The rows of `pieces`, put one below the other, from `first` to `end`.
template <class Real>
void outer_of_rows(const Kernels<Real>& kernel, OuterArgs<Real> args,
                   std::span<const OuterRows<Real>> pieces, int64_t first, int64_t end) {
  int64_t start = 0;
  for (const OuterRows<Real>& piece : pieces) {
    const int64_t from = std::max(first - start, int64_t{0});
    args.rows = std::min(piece.rows, end - start) - from;
    args.a = piece.a + from * args.a_stride;
    args.d = piece.d + from * args.d_stride;
    if (args.rows > 0) kernel.outer(args);
    start += piece.rows;
  }
}

// Every task has a share of the rows and sums of its own, which are added in their order at the
// end: the factors are read once. For c small enough that many of them are near.
template <class Real, class Put>
void outer_by_rows(const Kernels<Real>& kernel, const OuterArgs<Real>& args,
                   std::span<const OuterRows<Real>> pieces, int64_t rows, int64_t shares,
                   Buffer<Real>& memory, const Put& put) {
  const int64_t columns = args.d_columns, size = (args.a_columns + 1) * columns;
  memory.resize(static_cast<size_t>(shares * size));
  parallel_for(shares, [&](int64_t share, int64_t) {
    OuterArgs<Real> part = args;
    part.c = memory.data() + share * size;
    part.c_stride = columns;
    part.sums = args.sums == nullptr ? nullptr : part.c + args.a_columns * columns;
    std::fill_n(part.c, size, Real{0});
    outer_of_rows(kernel, part, pieces, share * rows / shares, (share + 1) * rows / shares);
  });
  constexpr int64_t kRowsOfC = 8;
  parallel_for((args.a_columns + kRowsOfC) / kRowsOfC, [&](int64_t task, int64_t) {
    const int64_t end = std::min((task + 1) * kRowsOfC, args.a_columns + 1);
    for (int64_t m = task * kRowsOfC; m < end; ++m) {
      if (m == args.a_columns && args.sums == nullptr) continue;
      Real* row = memory.data() + m * columns;
      for (int64_t share = 1; share < shares; ++share) kernel.add(columns, row + share * size, row);
      if (m < args.a_columns) {
        put(m, 0, columns, row);
      } else {
        std::copy_n(row, columns, args.sums);
      }
    }
  });
}

struct Rectangle {
  int64_t height, width;
};

// How to cut c, a_columns x d_columns, so that threads that take a rectangle each at a time are
// done soonest. One takes the time of its products and of copying its columns of both factors,
// which is that of so many columns more. The second cache holds the largest beside the factors.
inline Rectangle rectangle_for(int64_t a_columns, int64_t d_columns, int64_t threads) {
  constexpr int64_t kTile = 12, kHeight = 240, kStrip = 32, kLargeCache = 2 << 20;
  constexpr int64_t kOfCopyingA = 22, kOfCopyingD = 5;
  const int64_t most_width = second_cache_bytes() < kLargeCache ? 256 : 512;
  const auto ceil_of = [](int64_t n, int64_t by) { return (n + by - 1) / by; };
  Rectangle best{};
  int64_t least_time = INT64_MAX;
  for (int64_t height = kTile; height <= kHeight && height < a_columns + kTile; height += kTile) {
    for (int64_t width = kStrip; width <= most_width && width < d_columns + kStrip;
         width += kStrip) {
      const int64_t tasks = ceil_of(a_columns, height) * ceil_of(d_columns, width);
      const int64_t time = ceil_of(tasks, threads) * (height + kOfCopyingD) * (width + kOfCopyingA);
      if (time >= least_time) continue;
      least_time = time;
      best = {height, width};
    }
  }
  return best;
}

// c and its sums cut into rectangles, each over all rows. A task sums in memory of its own: in c,
// rows of a rectangle stand a power of two apart, a few sets of the second cache would hold them
// all.
template <class Real, class Put>
void outer_by_rectangles(const Kernels<Real>& kernel, const OuterArgs<Real>& args,
                         std::span<const OuterRows<Real>> pieces, Buffer<Real>& memory,
                         const Put& put) {
  const Rectangle cut = rectangle_for(args.a_columns, args.d_columns, max_workers());
  const int64_t height = cut.height, width = cut.width;
  const int64_t down = (args.a_columns + height - 1) / height;
  const int64_t across = (args.d_columns + width - 1) / width, stride = width + 16;
  memory.resize(static_cast<size_t>(max_workers() * height * stride));
  parallel_for(across * down, [&](int64_t task, int64_t worker) {
    const int64_t top = task / across * height, left = task % across * width;
    OuterArgs<Real> part = args;
    part.a_columns = std::min(height, args.a_columns - top);
    part.d_columns = std::min(width, args.d_columns - left);
    part.c = memory.data() + worker * height * stride;
    part.c_stride = stride;
    part.sums = args.sums == nullptr || top > 0 ? nullptr : args.sums + left;
    std::fill_n(part.c, part.a_columns * stride, Real{0});
    if (part.sums != nullptr) std::fill_n(part.sums, part.d_columns, Real{0});
    for (const OuterRows<Real>& piece : pieces) {
      part.rows = piece.rows;
      part.a = piece.a + top;
      part.d = piece.d + left;
      kernel.outer(part);
    }
    for (int64_t m = 0; m < part.a_columns; ++m) {
      put(top + m, left, part.d_columns, part.c + m * stride);
    }
  });
}

// c = a^T d over all pieces, in their order. put(m, first, count, from) takes the columns [first,
// first + count) of row m of c, where `first` is a multiple of every register's lanes; each is
// given once, and several threads give at a time. The sums of d's columns are overwritten, where
// args.sums is given. `args` has neither rows nor c.
template <class Real, class Put>
void parallel_outer(const Kernels<Real>& kernel, const OuterArgs<Real>& args,
                    std::span<const OuterRows<Real>> pieces, Buffer<Real>& memory, const Put& put) {
  constexpr int64_t kLeastRows = 384, kMostShares = 16, kNear = 1 << 16;
  int64_t rows = 0;
  for (const OuterRows<Real>& piece : pieces) rows += piece.rows;
  const int64_t shares = std::min(rows / kLeastRows, kMostShares);
  if (shares > 1 && args.a_columns * args.d_columns <= kNear) {
    outer_by_rows(kernel, args, pieces, rows, shares, memory, put);
  } else {
    outer_by_rectangles(kernel, args, pieces, memory, put);
  }
}

template <class Real, class Put>
void parallel_outer(const Kernels<Real>& kernel, const OuterArgs<Real>& args, Buffer<Real>& memory,
                    const Put& put) {
  const OuterRows<Real> all{args.rows, args.a, args.d};
  parallel_outer<Real>(kernel, args, {&all, 1}, memory, put);
}

// sums[j] = sum of x[i, j] over the rows, in order.
template <class Real>
void column_sums(const Kernels<Real>& kernel, const Real* x, int64_t rows, int64_t columns,
                 Real* sums) {
  constexpr int64_t kColumns = 128;
  std::fill_n(sums, columns, Real{0});
  parallel_for((columns + kColumns - 1) / kColumns, [&](int64_t task, int64_t) {
    const int64_t first = task * kColumns;
    kernel.column_sums(x + first, columns, rows, std::min(kColumns, columns - first), sums + first);
  });
}

// `pack` on all threads, where that is worth their start.
template <class Real>
void parallel_pack(const MatrixView<Real>& matrix, int64_t rows, int64_t columns, int64_t lanes,
                   int64_t panel_vectors, PackedMatrix<Real>& packed) {
  constexpr int64_t kWorthwhile = 1 << 15;
  if (rows * columns < kWorthwhile) {
    return pack(matrix, rows, columns, lanes, panel_vectors, packed);
  }
  packed.shape(rows, columns, lanes, panel_vectors);
  parallel_for(packed.panels(), [&](int64_t p, int64_t) { pack_panel(matrix, p, packed); });
}

}  // namespace eddy
