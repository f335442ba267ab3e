// SPDX-License-Identifier: MIT
// Labels from .npy: whole numbers, other numbers or text, all as text.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

#include "core/utf8.h"
#include "data/npy.h"

namespace eddy::data {
namespace {

constexpr int64_t kMaxLabels = 10'000'000;
constexpr size_t kMaxItem = 4096;  // bytes of one label

struct LabelType {
  char kind = 0;  // i, u, b, f, U (four bytes a character) or S
  size_t bytes = 0;
  bool swapped = false;
};

LabelType label_type(const Where& where, const std::string& descr) {
  LabelType type;
  size_t size = 0;
  const char* const end = descr.data() + descr.size();
  if (descr.size() >= 3 && std::string_view("<>|=").find(descr[0]) != std::string_view::npos &&
      std::from_chars(descr.data() + 2, end, size).ptr == end) {
    type = {descr[1], descr[1] == 'U' ? 4 * size : size, descr[0] == '>'};
  }
  const bool text = (type.kind == 'U' || type.kind == 'S') && size >= 1 && size <= kMaxItem / 4;
  const bool whole =
      (type.kind == 'i' || type.kind == 'u') && std::has_single_bit(size) && size <= 8;
  const bool other =
      (type.kind == 'b' && size == 1) || (type.kind == 'f' && (size == 4 || size == 8));
  if (text || whole || other) return type;
  bad_file(where, "labels that are numbers or text", fmt::format("dtype '{}'", descr),
           "save them as whole numbers, float32 or text: numpy.array(labels, dtype=str).");
}

uint64_t bits_of(const uint8_t* from, size_t bytes, bool swapped) {
  uint64_t bits = 0;
  for (size_t i = 0; i < bytes; ++i) {
    bits |= uint64_t{from[swapped ? bytes - 1 - i : i]} << (8 * i);
  }
  return bits;
}

// A character that is none leaves a byte that repair_utf8() replaces.
void add_utf8(std::string& text, uint64_t c) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | c >> 12);
    tail(6), tail(0);
  } else if (c < 0x110000) {
    text += static_cast<char>(0xF0 | c >> 18);
    tail(12), tail(6), tail(0);
  } else {
    text += '\xFF';
  }
}

std::string text_of(const uint8_t* item, const LabelType& type) {
  std::string text;
  if (type.kind == 'S') {
    text.assign(reinterpret_cast<const char*>(item), type.bytes);
  } else {
    for (size_t i = 0; i < type.bytes; i += 4) add_utf8(text, bits_of(item + i, 4, type.swapped));
  }
  text.erase(std::find(text.begin(), text.end(), '\0'), text.end());
  repair_utf8(text);
  return trimmed(text);
}

std::string number_of(const uint8_t* item, const LabelType& type) {
  const uint64_t bits = bits_of(item, type.bytes, type.swapped);
  if (type.kind == 'f' && type.bytes == 4) {
    return fmt::format("{}", std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  if (type.kind == 'f') return fmt::format("{}", std::bit_cast<double>(bits));
  if (type.kind != 'i') return fmt::format("{}", bits);
  const size_t unused = 64 - 8 * type.bytes;
  return fmt::format("{}", std::bit_cast<int64_t>(bits << unused) >> unused);
}

}  // namespace

std::vector<std::string> read_npy_texts(ByteReader& in) {
  const Where& where = in.where();
  const NpyHeader header = read_npy_header(in);
  const auto& shape = header.shape;
  const bool one_axis = shape.size() == 1 || (shape.size() == 2 && shape[1] == 1);
  if (!one_axis || shape[0] > kMaxLabels) {
    bad_file(where, fmt::format("one axis of at most {} labels", kMaxLabels),
             "shape " + shape_text(shape), "save one label for every sequence.");
  }
  const LabelType type = label_type(where, header.descr);
  const bool text = type.kind == 'U' || type.kind == 'S';
  std::vector<std::string> labels;
  std::array<uint8_t, kMaxItem> item{};
  for (int64_t i = 0; i < shape[0]; ++i) {
    if (!in.read(item.data(), type.bytes)) {
      bad_file(where, fmt::format("{} labels", shape[0]), "the end of the file",
               "save the array again.");
    }
    std::string label = text ? text_of(item.data(), type) : number_of(item.data(), type);
    const bool finite = text || (label.find("nan") == std::string::npos && !label.ends_with("inf"));
    if (label.empty() || !finite) {
      bad_data(where, "a label", fmt::format("{} at index {}", label.empty() ? "none" : label, i),
               "label every sequence, or leave it out.");
    }
    labels.push_back(std::move(label));
  }
  if (!in.at_end()) {
    bad_file(where, fmt::format("{} labels", shape[0]), "more bytes after them",
             "save the array again.");
  }
  return labels;
}

}  // namespace eddy::data
