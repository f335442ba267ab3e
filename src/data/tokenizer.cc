// SPDX-License-Identifier: MIT
#include "data/tokenizer.h"

#include <utf8proc.h>

#include <array>

namespace eddy::data {
namespace {

// What an ASCII byte becomes.
constexpr std::array<char, 128> ascii_table() {
  std::array<char, 128> table{};
  for (size_t c = 0; c < table.size(); ++c) {
    table[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  for (const char c :
       std::string_view("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n\v\f\r\x1c\x1d\x1e\x1f")) {
    table[static_cast<unsigned char>(c)] = ' ';
  }
  return table;
}
constexpr std::array<char, 128> kAscii = ascii_table();

// Python's str.isspace() beyond ASCII.
bool is_blank(utf8proc_int32_t c) {
  return c == 0x85 || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS || c == 0x2028 || c == 0x2029;
}

struct CodePoint {
  utf8proc_int32_t value;  // -1: an invalid byte
  size_t bytes;
};

CodePoint decode(std::string_view text) {
  utf8proc_int32_t value = -1;
  const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                  static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (n <= 0) return {-1, 1};
  return {value, static_cast<size_t>(n)};
}

void append_lower(utf8proc_int32_t c, std::string& text) {
  if (c == 0x130) {  // the one letter whose lower case is two characters (SpecialCasing.txt)
    text += "i\u0307";
    return;
  }
  utf8proc_uint8_t bytes[4];
  const auto n = utf8proc_encode_char(utf8proc_tolower(c), bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(n));
}

}  // namespace

// One character beyond ASCII; the number of bytes it took.
size_t Tokenizer::append_beyond_ascii(std::string_view rest) {
  const CodePoint c = decode(rest);
  if (c.value < 0 || is_blank(c.value)) {
    text_ += ' ';
  } else {
    append_lower(c.value, text_);
  }
  return c.bytes;
}

void Tokenizer::start(std::string_view text) {
  text_.clear();
  text_.reserve(text.size() + 8);
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 128) {
      text_ += kAscii[byte];
      ++i;
    } else {
      i += append_beyond_ascii(text.substr(i));
    }
  }
  at_ = text_.data();
}

void append_lower_case(std::string_view text, std::string& lowered) {
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = decode(text.substr(i));
    append_lower(c.value < 0 ? 0xFFFD : c.value, lowered);
    i += c.bytes;
  }
}

bool has_letter_or_digit(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const CodePoint c = decode(text.substr(i));
    i += c.bytes;
    if (c.value < 0) continue;
    const auto category = utf8proc_category(c.value);
    const bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
    const bool digit = category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
    if (letter || digit) return true;
  }
  return false;
}

}  // namespace eddy::data
