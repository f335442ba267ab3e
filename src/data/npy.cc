// SPDX-License-Identifier: MIT
#include "data/npy.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "data/ragged.h"

namespace eddy::data {
namespace {

constexpr size_t kMaxHeader = 10'000;  // numpy's own bound
constexpr size_t kMaxAxes = 32;        // numpy's own bound

// The header is the literal of a Python dictionary with three keys; this reads just that.
class HeaderParser {
 public:
  HeaderParser(const Where& where, std::string_view text) : where_(where), rest_(text) {}

  NpyHeader parse() {
    NpyHeader header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!take('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        header.descr = string();
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = true;
        header.shape = tuple();
      } else {
        fail(fmt::format("the key '{}'", key));
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    blanks();
    if (!rest_.empty()) fail("text after the dictionary");
    if (!descr || !order || !shape) fail("a missing key");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& got) const {
    bad_file(where_, "a .npy header with descr, fortran_order and shape", got);
  }
  void blanks() {
    const size_t first = rest_.find_first_not_of(" \n\t");
    rest_.remove_prefix(first == std::string_view::npos ? rest_.size() : first);
  }
  bool take(char c) {
    blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (take(c)) return;
    fail(rest_.empty() ? fmt::format("its end where '{}' should stand", c)
                       : fmt::format("byte {:#04x} where '{}' should stand",
                                     static_cast<uint8_t>(rest_.front()), c));
  }
  std::string string() {
    const char quote = take('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    const size_t end = rest_.find(quote);
    if (end == std::string_view::npos || end > 64) fail("a string without an end");
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool boolean() {
    blanks();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (rest_.substr(0, word.size()) != word) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    fail("a fortran_order that is neither True nor False");
  }
  std::vector<int64_t> tuple() {
    std::vector<int64_t> axes;
    expect('(');
    while (!take(')')) {
      blanks();
      int64_t axis = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), axis);
      if (error != std::errc() || axis < 0 || axes.size() == kMaxAxes) fail("an unusable shape");
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      if (take('L')) blanks();  // Python 2 wrote long integers as 25000L
      axes.push_back(axis);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return axes;
  }

  const Where& where_;
  std::string_view rest_;
};

struct IntegerType {
  size_t bytes = 0;
  bool big_endian = false;
};

std::optional<IntegerType> integer_type(std::string_view descr) {
  if (descr.size() != 3 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos) {
    return std::nullopt;
  }
  const auto bytes = static_cast<size_t>(descr[2] - '0');
  const bool integer = descr[1] == 'i' || descr[1] == 'u';
  const bool boolean = descr[1] == 'b' && bytes == 1;
  if (!boolean && !(integer && (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8))) {
    return std::nullopt;
  }
  return IntegerType{bytes, descr[0] == '>'};
}

// 0 to `most`, or `most` + 1 for any other value of `type.bytes` bytes.
uint8_t label_of(const uint8_t* value, IntegerType type, uint8_t most) {
  const auto other = static_cast<uint8_t>(most + 1);
  const size_t low = type.big_endian ? type.bytes - 1 : 0;
  for (size_t i = 0; i < type.bytes; ++i) {
    if (i != low && value[i] != 0) return other;
  }
  return std::min(value[low], other);
}

}  // namespace

std::string shape_text(const std::vector<int64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

NpyHeader read_npy_header(ByteReader& in) {
  const Where& where = in.where();
  uint8_t start[8] = {};
  constexpr std::string_view kMagic = "\x93NUMPY";
  if (!in.read(start, sizeof start) ||
      !std::equal(kMagic.begin(), kMagic.end(), start,
                  [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; })) {
    bad_file(where, "a .npy array", "other bytes at its start");
  }
  const int major = start[6];
  if (major < 1 || major > 3 || start[7] != 0) {
    bad_file(where, ".npy version 1.0, 2.0 or 3.0", fmt::format("{}.{}", major, start[7]));
  }
  const size_t length_bytes = major == 1 ? 2 : 4;
  uint8_t raw[4] = {};
  size_t length = 0;
  const bool complete = in.read(raw, length_bytes);
  for (size_t i = length_bytes; i-- > 0;) length = length << 8 | raw[i];
  if (!complete || length > kMaxHeader) {
    bad_file(where, fmt::format("a .npy header of at most {} bytes", kMaxHeader),
             complete ? fmt::format("{}", length) : "the end of the file");
  }
  std::string text(length, '\0');
  if (!in.read(text.data(), length)) bad_file(where, "a whole .npy header", "the end of the file");
  return HeaderParser(where, text).parse();
}

std::vector<uint8_t> read_npy_labels(ByteReader& in, uint8_t most) {
  const Where& where = in.where();
  const NpyHeader header = read_npy_header(in);
  const auto type = integer_type(header.descr);
  if (!type) bad_file(where, "integers", fmt::format("dtype '{}'", header.descr));
  if (header.shape.size() != 1 || static_cast<uint64_t>(header.shape[0]) > kMaxLists) {
    bad_file(where, fmt::format("one axis of at most {} labels", kMaxLists),
             "shape " + shape_text(header.shape));
  }
  const auto count = static_cast<size_t>(header.shape[0]);
  std::vector<uint8_t> bytes(count * type->bytes);
  if (!in.read(bytes.data(), bytes.size())) {
    bad_file(where, fmt::format("{} labels", count), "the end of the file");
  }
  if (!in.at_end()) bad_file(where, fmt::format("{} labels", count), "more bytes after them");
  std::vector<uint8_t> labels(count);
  for (size_t i = 0; i < count; ++i) {
    labels[i] = label_of(bytes.data() + i * type->bytes, *type, most);
    if (labels[i] <= most) continue;
    bad_data(where, fmt::format("labels 0 {} {}", most == 1 ? "and" : "to", most),
             fmt::format("another one at index {}", i));
  }
  return labels;
}

}  // namespace eddy::data
