// SPDX-License-Identifier: MIT
#include "core/utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <utility>

namespace eddy {
namespace {

constexpr const char* kReplacement = "\xef\xbf\xbd";

// Bytes of the character that begins here; 0: none does.
size_t character(const std::string& text, size_t at) {
  if (static_cast<unsigned char>(text[at]) < 0x80) return 1;
  utf8proc_int32_t value = -1;
  const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                  static_cast<utf8proc_ssize_t>(text.size() - at), &value);
  return n > 0 ? static_cast<size_t>(n) : 0;
}

// Where the first byte stands that belongs to no character.
size_t first_invalid(const std::string& text) {
  size_t at = 0;
  for (size_t n = 0; at < text.size() && (n = character(text, at)) > 0;) at += n;
  return at;
}

}  // namespace

bool is_utf8(const std::string& text) { return first_invalid(text) == text.size(); }

uint64_t repair_utf8(std::string& text) {
  size_t at = first_invalid(text);
  if (at == text.size()) return 0;
  uint64_t invalid = 0;
  std::string repaired = text.substr(0, at);
  while (at < text.size()) {
    const size_t n = character(text, at);
    if (n > 0) {
      repaired.append(text, at, n);
    } else {
      repaired += kReplacement;
      ++invalid;
    }
    at += std::max<size_t>(n, 1);
  }
  text = std::move(repaired);
  return invalid;
}

std::string shown(const std::string& text) {
  constexpr size_t kMost = 40;
  size_t end = std::min(text.size(), kMost);
  const auto goes_on = [&](size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80;
  };
  while (end > 0 && goes_on(end)) --end;
  std::string part = text.substr(0, end);
  repair_utf8(part);
  return part;
}

std::string trimmed(const std::string& text) {
  const char* const blanks = " \t\n\v\f\r";
  const size_t first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace eddy
