// SPDX-License-Identifier: MIT
// A matrix cut into panels of a few registers of columns, so that a product reads it in one stream.
// Letters: K rows of the matrix (the summed axis), N lanes of a register, P registers of a panel.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/buffer.h"
#include "core/processor.h"

namespace eddy {

// Where element (k, column) of a matrix stands in memory.
template <class Real>
struct MatrixView {
  const Real* data;
  int64_t row_stride, column_stride;  // one of them 1; swap them for the transposed matrix
};

// panels[p][k][lane], p-th panel covering columns [p*P*N, ...), zeros beyond the last column. The
// last panel is as narrow as the columns that are left.
template <class Real>
struct PackedMatrix {
  Buffer<Real> data;
  int64_t rows = 0;  // K
  int64_t columns = 0;
  int64_t lanes = 1;          // N
  int64_t panel_vectors = 1;  // P
  int64_t vector_count = 0, panel_count = 0;
  int64_t panel_size = 0;  // K P N

  void shape(int64_t rows_, int64_t columns_, int64_t lanes_, int64_t panel_vectors_) {
    rows = rows_;
    columns = columns_;
    lanes = lanes_;
    panel_vectors = panel_vectors_;
    vector_count = (columns + lanes - 1) / lanes;
    panel_count = (vector_count + panel_vectors - 1) / panel_vectors;
    panel_size = rows * panel_vectors * lanes;
    data.resize(static_cast<size_t>(vector_count * lanes * rows));
  }
  int64_t vectors() const { return vector_count; }
  int64_t panels() const { return panel_count; }
  int64_t vectors_of(int64_t panel) const {
    return std::min(panel_vectors, vectors() - panel * panel_vectors);
  }
  // Whether next to nothing of it is still in the second cache when it is read again.
  bool is_far() const {
    return static_cast<int64_t>(data.size() * sizeof(Real)) > 2 * second_cache_bytes();
  }
  const Real* panel(int64_t p) const { return data.data() + p * panel_size; }
  Real* row(int64_t p, int64_t k) {
    return data.data() + (p * panel_vectors * rows + k * vectors_of(p)) * lanes;
  }
};

// Registers of a panel that suit a product with this many columns: at most four.
inline int64_t suitable_panel(int64_t columns, int64_t lanes) {
  const int64_t vectors = (columns + lanes - 1) / lanes;
  return vectors <= 4 ? std::max<int64_t>(vectors, 1) : 4;
}

// One panel; `packed` has its shape already. What comes `kRows` later is fetched: rows of a panel
// are short and stand far apart.
template <class Real>
void pack_panel(const MatrixView<Real>& matrix, int64_t panel, PackedMatrix<Real>& packed) {
  constexpr int64_t kRows = 16, kLine = static_cast<int64_t>(kAlignment / sizeof(Real));
  const int64_t first = panel * packed.panel_vectors * packed.lanes;
  const int64_t width = packed.vectors_of(panel) * packed.lanes;
  const int64_t real = std::min(width, packed.columns - first);
  const Real* from = matrix.data + first * matrix.column_stride;
  Real* out = packed.data.data() + first * packed.rows;
  if (matrix.column_stride == 1) {
    for (int64_t k = 0; k < packed.rows; ++k, from += matrix.row_stride) {
      for (int64_t j = 0; j < real; j += kLine) {
        __builtin_prefetch(from + kRows * matrix.row_stride + j);
      }
      std::copy_n(from, real, out + k * width);
    }
  } else {
    // A few rows at a time: of a transposed matrix they stand side by side, in one line of the
    // cache.
    for (int64_t top = 0; top < packed.rows; top += kRows) {
      const int64_t rows = std::min(kRows, packed.rows - top);
      for (int64_t j = 0; j < real; ++j) {
        const Real* column = from + j * matrix.column_stride + top;
        __builtin_prefetch(column + kRows);
        for (int64_t k = 0; k < rows; ++k) out[(top + k) * width + j] = column[k];
      }
    }
  }
  for (int64_t k = 0; real < width && k < packed.rows; ++k) {
    std::fill(out + k * width + real, out + (k + 1) * width, Real{0});
  }
}

// What panel `p` of `packed` has for panel `q` of the transposed matrix, which has its shape
// already and whose columns are the rows of `packed`; zeros beyond the last of them.
template <class Real>
void turn_rows(PackedMatrix<Real>& packed, int64_t p, int64_t q, PackedMatrix<Real>& transposed) {
  const int64_t first = q * transposed.panel_vectors * transposed.lanes;
  const int64_t columns = transposed.vectors_of(q) * transposed.lanes;
  const int64_t real = std::min(columns, packed.rows - first);
  const int64_t width = packed.vectors_of(p) * packed.lanes;
  const Real* from = packed.row(p, first);
  Real* to = transposed.row(q, p * packed.panel_vectors * packed.lanes);
  for (int64_t j = 0; j < width; ++j, to += columns) {
    for (int64_t k = 0; k < real; ++k) to[k] = from[k * width + j];
    for (int64_t k = real; k < columns; ++k) to[k] = 0;
  }
}

template <class Real>
void pack(const MatrixView<Real>& matrix, int64_t rows, int64_t columns, int64_t lanes,
          int64_t panel_vectors, PackedMatrix<Real>& packed) {
  packed.shape(rows, columns, lanes, panel_vectors);
  for (int64_t p = 0; p < packed.panels(); ++p) pack_panel(matrix, p, packed);
}

}  // namespace eddy
