// SPDX-License-Identifier: MIT
#include "report/styled_text.h"

#include <algorithm>

namespace eddy {
namespace {

bool starts_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

int64_t count_cells(std::string_view text) {
  return std::count_if(text.begin(), text.end(), starts_character);
}

const char* escape_code(Look look) {
  switch (look) {
    case Look::plain:
      return "";
    case Look::bold:
      return "\x1b[1m";
    case Look::class_name:
      return "\x1b[38;5;33m";
    case Look::number:
      return "\x1b[38;5;34m";
    case Look::none:
      return "\x1b[38;5;45m";
  }
  return "";
}

}  // namespace

StyledText& StyledText::append(std::string_view text, Look look) {
  text_ += text;
  looks_.insert(looks_.end(), text.size(), look);
  return *this;
}

StyledText& StyledText::append(const StyledText& other) {
  text_ += other.text_;
  looks_.insert(looks_.end(), other.looks_.begin(), other.looks_.end());
  return *this;
}

int64_t StyledText::cells() const { return count_cells(text_); }

StyledText StyledText::part(size_t begin, size_t end) const {
  StyledText result;
  result.text_ = text_.substr(begin, end - begin);
  result.looks_.assign(looks_.begin() + static_cast<int64_t>(begin),
                       looks_.begin() + static_cast<int64_t>(end));
  return result;
}

StyledText StyledText::cut(int64_t width) const {
  if (cells() <= width) return *this;
  size_t end = 0;
  for (int64_t kept = 0; end < text_.size(); ++end) {
    if (starts_character(text_[end]) && kept++ == width - 1) break;
  }
  return part(0, end).append("…", end > 0 ? looks_[end - 1] : Look::plain);
}

std::vector<StyledText> StyledText::wrap(int64_t width) const {
  std::vector<StyledText> lines;
  size_t line_begin = 0;
  int64_t used = 0;
  const auto finish_line = [&](size_t end) {
    size_t trimmed = end;
    while (trimmed > line_begin && text_[trimmed - 1] == ' ') --trimmed;
    lines.push_back(part(line_begin, trimmed).cut(width));
    line_begin = end;
    used = 0;
  };
  for (size_t begin = 0; begin < text_.size();) {
    const size_t word_end = std::min(text_.find(' ', begin), text_.size());
    const size_t next = std::min(text_.find_first_not_of(' ', word_end), text_.size());
    const int64_t word = count_cells(std::string_view(text_).substr(begin, word_end - begin));
    if (word > width - used && begin > line_begin) finish_line(begin);
    used += word + static_cast<int64_t>(next - word_end);
    begin = next;
  }
  finish_line(text_.size());
  return lines;
}

StyledText StyledText::justified(int64_t width, bool right) const {
  const std::string blanks(static_cast<size_t>(std::max<int64_t>(0, width - cells())), ' ');
  if (!right) return StyledText(*this).append(blanks);
  return StyledText(blanks, Look::plain).append(*this);
}

std::string StyledText::render(bool color) const {
  if (!color) return text_;
  std::string result;
  for (size_t begin = 0; begin < text_.size();) {
    size_t end = begin;
    while (end < text_.size() && looks_[end] == looks_[begin]) ++end;
    const std::string run = text_.substr(begin, end - begin);
    result += looks_[begin] == Look::plain ? run : escape_code(looks_[begin]) + run + "\x1b[0m";
    begin = end;
  }
  return result;
}

}  // namespace eddy
