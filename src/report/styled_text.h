// SPDX-License-Identifier: MIT
// Text with a look per byte, and the word wrap of Python's rich, which draws Keras' tables.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eddy {

enum class Look : char { plain, bold, class_name, number, none };  // colours of Keras' summary

class StyledText {
 public:
  StyledText() = default;
  StyledText(std::string_view text, Look look) { append(text, look); }

  StyledText& append(std::string_view text, Look look = Look::plain);
  StyledText& append(const StyledText& other);
  int64_t cells() const;  // columns that it fills: its characters

  // Breaks at blanks; a word longer than `width` is cut and ends in an ellipsis.
  std::vector<StyledText> wrap(int64_t width) const;
  // Exactly `width` cells, blanks before (right) or after it.
  StyledText justified(int64_t width, bool right) const;

  // With escape codes for 256 colours, or bare.
  std::string render(bool color) const;

 private:
  StyledText part(size_t begin, size_t end) const;
  StyledText cut(int64_t width) const;

  std::string text_;
  std::vector<Look> looks_;  // one a byte of text_
};

}  // namespace eddy
