// SPDX-License-Identifier: MIT
#include "data/python_lower.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <vector>

namespace eddy::data {
namespace {

constexpr utf8proc_int32_t kSigma = 0x3a3, kSmall = 0x3c3, kFinal = 0x3c2;

struct Range {
  utf8proc_int32_t first, last;
};

template <size_t N>
bool is_in(const std::array<Range, N>& ranges, utf8proc_int32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const Range& range) { return range.first <= c && c <= range.last; });
}

// Unicode's Cased: the letters by category, then Other_Uppercase and Other_Lowercase.
bool is_cased(utf8proc_int32_t c) {
  constexpr std::array<Range, 8> kOthers = {{{0xaa, 0xaa},
                                             {0xba, 0xba},
                                             {0x2160, 0x217f},
                                             {0x24b6, 0x24e9},
                                             {0x1f130, 0x1f149},
                                             {0x1f150, 0x1f169},
                                             {0x1f170, 0x1f189},
                                             {0x2071, 0x2071}}};
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
      return true;
    default:
      return is_in(kOthers, c);
  }
}

// Unicode's Case_Ignorable: by category, then the MidLetter, MidNumLet and Single_Quote of
// WordBreakProperty.txt.
bool is_case_ignorable(utf8proc_int32_t c) {
  constexpr std::array<Range, 16> kMiddle = {{{0x27, 0x27},
                                              {0x2e, 0x2e},
                                              {0x3a, 0x3a},
                                              {0xb7, 0xb7},
                                              {0x387, 0x387},
                                              {0x55f, 0x55f},
                                              {0x5f4, 0x5f4},
                                              {0x2018, 0x2019},
                                              {0x2024, 0x2024},
                                              {0x2027, 0x2027},
                                              {0xfe13, 0xfe13},
                                              {0xfe52, 0xfe52},
                                              {0xfe55, 0xfe55},
                                              {0xff07, 0xff07},
                                              {0xff0e, 0xff0e},
                                              {0xff1a, 0xff1a}}};
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return is_in(kMiddle, c);
  }
}

// Behind a cased letter and before none, whatever is ignorable between.
bool ends_a_word(const std::vector<utf8proc_int32_t>& letters, size_t at) {
  size_t before = at;
  while (before > 0 && is_case_ignorable(letters[before - 1])) --before;
  if (before == 0 || !is_cased(letters[before - 1])) return false;
  size_t behind = at + 1;
  while (behind < letters.size() && is_case_ignorable(letters[behind])) ++behind;
  return behind == letters.size() || !is_cased(letters[behind]);
}

void append(utf8proc_int32_t c, std::string& text) {
  utf8proc_uint8_t bytes[4];
  const auto n = utf8proc_encode_char(c, bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(n));
}

}  // namespace

std::string python_lower(std::string_view text) {
  std::vector<utf8proc_int32_t> letters;
  letters.reserve(text.size());
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (auto rest = static_cast<utf8proc_ssize_t>(text.size()); rest > 0;) {
    utf8proc_int32_t c = -1;
    const auto n = std::max<utf8proc_ssize_t>(utf8proc_iterate(at, rest, &c), 1);
    if (c >= 0) letters.push_back(c);
    at += n;
    rest -= n;
  }
  std::string lowered;
  lowered.reserve(text.size());
  for (size_t i = 0; i < letters.size(); ++i) {
    if (letters[i] == kSigma) {
      append(ends_a_word(letters, i) ? kFinal : kSmall, lowered);
    } else if (letters[i] == 0x130) {  // the one letter that becomes two (SpecialCasing.txt)
      lowered += "i\u0307";
    } else {
      append(utf8proc_tolower(letters[i]), lowered);
    }
  }
  return lowered;
}

}  // namespace eddy::data
