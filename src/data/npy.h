// SPDX-License-Identifier: MIT
// The .npy format (numpy/lib/format.py): header, and arrays of numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/byte_reader.h"

namespace eddy::data {

struct NpyHeader {
  std::string descr;  // "|O", "<i8", ">u4", ...
  bool fortran_order = false;
  std::vector<int64_t> shape;
};

// Reads the magic string and the header, versions 1.0 to 3.0. Throws Error{bad_file}.
NpyHeader read_npy_header(ByteReader& in);

// Reads a 1-D array of integers (8 to 64 bits, either byte order) or booleans of values 0 to
// `most`, to the end of the stream. Throws Error{bad_file}, or Error{bad_data} for another value.
std::vector<uint8_t> read_npy_labels(ByteReader& in, uint8_t most = 1);

// Reads [N] or [N, 1] integers, booleans, floats (32 or 64 bits) or text (U or S), either byte
// order, to the end of the stream, as text: whole numbers without a point, others in the fewest
// digits that give them back. Throws Error{bad_file}, or Error{bad_data} for an empty text, NaN or
// infinity.
std::vector<std::string> read_npy_texts(ByteReader& in);

// An array of any real or whole numbers or booleans as floats, row-major.
struct NpyNumbers {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

// Reads 1 to `most_axes` axes of integers, booleans or floats (16 to 64 bits), either byte order,
// C or Fortran order, to the end of the stream. Memory follows the bytes that are there, whatever
// the header promises. Throws Error{bad_file}.
NpyNumbers read_npy_numbers(ByteReader& in, size_t most_axes);

// "(25000,)", for errors.
std::string shape_text(const std::vector<int64_t>& shape);

}  // namespace eddy::data
