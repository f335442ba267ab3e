// SPDX-License-Identifier: MIT
// Arrays of any numbers from .npy.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "data/npy.h"

namespace eddy::data {
namespace {

constexpr int64_t kMaxValues = int64_t{1} << 34;

template <class T>
T in_order(const uint8_t* from, bool swapped) {
  std::array<uint8_t, sizeof(T)> bytes{};
  std::copy_n(from, sizeof(T), bytes.begin());
  if (swapped) std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<T>(bytes);
}

float half(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float size = exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                     : exponent == 0
                         ? std::ldexp(static_cast<float>(fraction), -24)
                         : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

template <class T>
float as_float(const uint8_t* from, bool swapped) {
  return static_cast<float>(in_order<T>(from, swapped));
}
float half_as_float(const uint8_t* from, bool swapped) {
  return half(in_order<uint16_t>(from, swapped));
}
float bool_as_float(const uint8_t* from, bool) { return *from != 0 ? 1.0F : 0.0F; }

struct NumberType {
  std::string_view name;
  size_t bytes;
  float (*read)(const uint8_t*, bool swapped);
};
constexpr NumberType kTypes[] = {
    {"f4", 4, as_float<float>},    {"f8", 8, as_float<double>},   {"f2", 2, half_as_float},
    {"i1", 1, as_float<int8_t>},   {"i2", 2, as_float<int16_t>},  {"i4", 4, as_float<int32_t>},
    {"i8", 8, as_float<int64_t>},  {"u1", 1, as_float<uint8_t>},  {"u2", 2, as_float<uint16_t>},
    {"u4", 4, as_float<uint32_t>}, {"u8", 8, as_float<uint64_t>}, {"b1", 1, bool_as_float}};

const NumberType& number_type(const Where& where, const std::string& descr) {
  constexpr std::string_view kOrders = "<>|=";
  if (descr.size() == 3 && kOrders.find(descr[0]) != std::string_view::npos) {
    for (const NumberType& type : kTypes) {
      if (type.name == std::string_view(descr).substr(1)) return type;
    }
  }
  bad_file(where, "an array of numbers", fmt::format("dtype '{}'", descr),
           "save it as float32: numpy.save(path, array.astype('float32')).");
}

// Fortran's order into C's.
std::vector<float> row_major(const std::vector<float>& values, const std::vector<int64_t>& shape) {
  std::vector<float> ordered(values.size());
  std::vector<int64_t> index(shape.size());
  for (const float value : values) {
    int64_t at = 0;
    for (size_t k = 0; k < shape.size(); ++k) at = at * shape[k] + index[k];
    ordered[static_cast<size_t>(at)] = value;
    for (size_t k = 0; k < shape.size() && ++index[k] == shape[k]; ++k) index[k] = 0;
  }
  return ordered;
}

}  // namespace

NpyNumbers read_npy_numbers(ByteReader& in, size_t most_axes) {
  const Where& where = in.where();
  const NpyHeader header = read_npy_header(in);
  const NumberType& type = number_type(where, header.descr);
  if (header.shape.empty() || header.shape.size() > most_axes) {
    bad_file(where, fmt::format("1 to {} axes", most_axes), "shape " + shape_text(header.shape),
             "save an array [steps, columns].");
  }
  int64_t count = 1;
  for (const int64_t length : header.shape) {
    if (length > 0 && count > kMaxValues / length) {
      bad_file(where, fmt::format("at most {} numbers", kMaxValues),
               "shape " + shape_text(header.shape), "save a part of it.");
    }
    count *= length;
  }
  NpyNumbers numbers{header.shape, {}};
  const bool swapped = header.descr[0] == '>';
  std::array<uint8_t, size_t{1} << 15> block{};
  for (int64_t left = count; left > 0;) {
    const int64_t now = std::min(left, static_cast<int64_t>(block.size() / type.bytes));
    if (!in.read(block.data(), static_cast<size_t>(now) * type.bytes)) {
      bad_file(where, fmt::format("{} numbers", count), "the end of the file",
               "save the array again.");
    }
    for (int64_t i = 0; i < now; ++i) {
      numbers.values.push_back(
          type.read(block.data() + static_cast<size_t>(i) * type.bytes, swapped));
    }
    left -= now;
  }
  if (!in.at_end()) {
    bad_file(where, fmt::format("{} numbers", count), "more bytes after them",
             "save the array again.");
  }
  if (header.fortran_order && header.shape.size() > 1) {
    numbers.values = row_major(numbers.values, header.shape);
  }
  return numbers;
}

}  // namespace eddy::data
