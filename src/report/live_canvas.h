// SPDX-License-Identifier: MIT
// What a live picture is drawn with: rows of a terminal that never grow too long, and curves of
// Braille dots.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eddy {

// How a text looks: an escape sequence's numbers, "" for plain.
inline constexpr const char *kLiveBold = "1", *kLiveDim = "2", *kLiveTraining = "36",
                            *kLiveValidation = "33", *kLiveGood = "32", *kLiveBad = "31";

// One row of at most `width` columns. What comes from files is made harmless: no control
// characters.
class LiveRow {
 public:
  LiveRow(int64_t width, bool color) : left_(width), color_(color) {}
  LiveRow& add(std::string_view text, const char* look = "");
  LiveRow& fill() { return add(std::string(static_cast<size_t>(left_), ' ')); }
  int64_t left() const { return left_; }  // columns
  const std::string& text() const { return text_; }

 private:
  int64_t left_;
  bool color_;
  std::string text_;
};

// Columns that a text takes, as LiveRow counts.
int64_t live_columns(std::string_view text);

struct LiveCurve {
  std::string key;                                              // "loss"
  std::vector<std::pair<double, double>> training, validation;  // by epoch, finite
};

struct LiveChartSize {
  int64_t width, height;  // columns; rows, the title and the axis among them
  bool color, unicode;
};

// Exactly `height` rows, each filled to `width`.
std::vector<std::string> draw_live_curve(const LiveCurve& curve, const LiveChartSize& size);

}  // namespace eddy
