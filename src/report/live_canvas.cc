// SPDX-License-Identifier: MIT
#include "report/live_canvas.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace eddy {
namespace {

constexpr int64_t kLabelWidth = 8;  // of the numbers at the left, with their gap

// The character at text[at], and where the next one begins. Bad bytes are '?'.
struct Glyph {
  std::string_view bytes = "?";
  char32_t code = '?';
  size_t next = 0;
};

Glyph glyph_at(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  const size_t length = first < 0x80       ? 1
                        : first >> 5 == 6  ? 2
                        : first >> 4 == 14 ? 3
                        : first >> 3 == 30 ? 4
                                           : 0;
  Glyph glyph;
  glyph.next = at + 1;
  if (length == 0 || at + length > text.size()) return glyph;
  char32_t code = length == 1 ? first : first & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return glyph;
    code = code << 6 | (byte(at + i) & 0x3FU);
  }
  glyph.next = at + length;
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return glyph;  // no escape codes out of files
  glyph.bytes = text.substr(at, length);
  glyph.code = code;
  return glyph;
}

// East Asian characters and emoji take two columns, accents none.
int64_t columns_of(char32_t code) {
  if (code >= 0x300 && code < 0x370) return 0;
  const bool wide = (code >= 0x1100 && code < 0x1160) || (code >= 0x2E80 && code < 0xA4D0) ||
                    (code >= 0xAC00 && code < 0xD7A4) || (code >= 0xF900 && code < 0xFB00) ||
                    (code >= 0xFE30 && code < 0xFE70) || (code >= 0xFF00 && code < 0xFF61) ||
                    (code >= 0x1F300 && code < 0x1FB00);
  return wide ? 2 : 1;
}

struct LiveRange {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void widen(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void make_wide(double least) {
    if (high - low > least) return;
    const double middle = (low + high) / 2;
    low = middle - least / 2;
    high = middle + least / 2;
  }
};

// Two curves as dots, two by four of them a character; without Unicode a dot is a character.
class LiveCanvas {
 public:
  LiveCanvas(int64_t width, int64_t height, bool unicode)
      : width_(width),
        height_(height),
        across_(unicode ? 2 : 1),
        down_(unicode ? 4 : 1),
        cells_(static_cast<size_t>(width * height)) {}

  // x and y from 0 to 1, from the lower left corner.
  void line(std::pair<double, double> from, std::pair<double, double> to, bool validation) {
    const auto [x0, y0] = place(from);
    const auto [x1, y1] = place(to);
    const int64_t steps = std::max<int64_t>({std::abs(x1 - x0), std::abs(y1 - y0), 1});
    for (int64_t i = 0; i <= steps; ++i) {
      const double t = static_cast<double>(i) / static_cast<double>(steps);
      dot(std::llround(std::lerp(static_cast<double>(x0), static_cast<double>(x1), t)),
          std::llround(std::lerp(static_cast<double>(y0), static_cast<double>(y1), t)), validation);
    }
  }
  void mark(std::pair<double, double> at) {
    const auto [x, y] = place(at);
    cell(x, y).marked = true;
  }

  void draw(int64_t row, LiveRow& out) const {
    for (int64_t i = 0; i < width_; ++i) {
      const Cell& at = cells_[static_cast<size_t>(row * width_ + i)];
      const char* look = at.marked || at.validation != 0 ? kLiveValidation : kLiveTraining;
      if (at.marked) {
        out.add("o", look);
      } else if ((at.training | at.validation) == 0) {
        out.add(" ");
      } else {
        out.add(
            across_ == 1 ? (at.training != 0 ? "*" : ".") : braille(at.training | at.validation),
            look);
      }
    }
  }

 private:
  struct Cell {
    unsigned training = 0, validation = 0;  // bits of Braille's dots
    bool marked = false;
  };

  static std::string braille(unsigned bits) {
    const unsigned code = 0x2800 + bits;
    return {static_cast<char>(0xE0U | code >> 12), static_cast<char>(0x80U | (code >> 6 & 0x3FU)),
            static_cast<char>(0x80U | (code & 0x3FU))};
  }
  std::pair<int64_t, int64_t> place(std::pair<double, double> at) const {
    const auto most_x = static_cast<double>(width_ * across_ - 1);
    const auto most_y = static_cast<double>(height_ * down_ - 1);
    return {std::llround(std::clamp(at.first, 0.0, 1.0) * most_x),
            std::llround((1 - std::clamp(at.second, 0.0, 1.0)) * most_y)};
  }
  Cell& cell(int64_t x, int64_t y) {
    return cells_[static_cast<size_t>(y / down_ * width_ + x / across_)];
  }
  void dot(int64_t x, int64_t y, bool validation) {
    constexpr std::array<std::array<unsigned, 2>, 4> kDots = {
        {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    Cell& at = cell(x, y);
    (validation ? at.validation : at.training) |=
        kDots[static_cast<size_t>(y % down_)][static_cast<size_t>(x % across_)];
  }

  int64_t width_, height_, across_, down_;
  std::vector<Cell> cells_;
};

// Whether less, -1, or more, 1, of a metric is better; 0: unknown.
int direction_of_key(const std::string& key) {
  for (const char* word : {"loss", "error", "mae", "mse", "perplexity", "bits_per"}) {
    if (key.find(word) != std::string::npos) return -1;
  }
  for (const char* word : {"acc", "auc", "f1", "precision", "recall"}) {
    if (key.find(word) != std::string::npos) return 1;
  }
  return 0;
}

void draw_title(const LiveCurve& curve, LiveRow& row) {
  row.add(curve.key, kLiveBold);
  if (!curve.training.empty()) {
    row.add(fmt::format(" {:.4g}", curve.training.back().second), kLiveTraining);
  }
  if (curve.validation.empty()) return;
  row.add(fmt::format("  val {:.4g}", curve.validation.back().second), kLiveValidation);
  const int direction = direction_of_key(curve.key);
  if (direction == 0) return;
  const auto best = std::max_element(
      curve.validation.begin(), curve.validation.end(),
      [&](const auto& a, const auto& b) { return direction * a.second < direction * b.second; });
  const std::string value = fmt::format("  best {:.4g}", best->second);
  const std::string epoch = fmt::format(", epoch {:.0f}", best->first);
  if (live_columns(value) > row.left()) return;
  row.add(value, kLiveDim);
  if (live_columns(epoch) <= row.left()) row.add(epoch, kLiveDim);
}

std::string axis_number(double value) {
  std::string text = fmt::format("{:.3g}", value);
  if (text.size() >= static_cast<size_t>(kLabelWidth)) text = fmt::format("{:.1e}", value);
  return fmt::format("{:>{}} ", text, kLabelWidth - 1);
}

// A running mean begins anew with every epoch: no line joins the two.
bool is_new_mean(double before, double epoch) {
  return epoch - before < 1 && std::ceil(before) != std::ceil(epoch);
}

void draw_curve(const std::vector<std::pair<double, double>>& points, const LiveRange& x,
                const LiveRange& y, bool validation, LiveCanvas& canvas) {
  const auto fraction = [](double value, const LiveRange& range) {
    const double share = (value - range.low) / (range.high - range.low);
    return std::isfinite(share) ? share : 0.5;  // the range is beyond what doubles hold
  };
  const auto share = [&](const std::pair<double, double>& point) {
    return std::make_pair(fraction(point.first, x), fraction(point.second, y));
  };
  for (size_t i = 0; i < points.size(); ++i) {
    const size_t before = i > 0 && !is_new_mean(points[i - 1].first, points[i].first) ? i - 1 : i;
    canvas.line(share(points[before]), share(points[i]), validation);
  }
  // A mark an epoch, unless they would hide the line.
  constexpr size_t kMostMarks = 30;
  for (size_t i = 0; validation && points.size() <= kMostMarks && i < points.size(); ++i) {
    canvas.mark(share(points[i]));
  }
}

}  // namespace

LiveRow& LiveRow::add(std::string_view text, const char* look) {
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    const Glyph glyph = glyph_at(text, at);
    const int64_t columns = columns_of(glyph.code);
    if (columns > left_) break;
    left_ -= columns;
    shown += glyph.bytes;
    at = glyph.next;
  }
  const bool styled = color_ && *look != '\0' && !shown.empty();
  text_ += styled ? fmt::format("\x1b[{}m{}\x1b[0m", look, shown) : shown;
  return *this;
}

int64_t live_columns(std::string_view text) {
  int64_t columns = 0;
  for (size_t at = 0; at < text.size();) {
    const Glyph glyph = glyph_at(text, at);
    columns += columns_of(glyph.code);
    at = glyph.next;
  }
  return columns;
}

std::vector<std::string> draw_live_curve(const LiveCurve& curve, const LiveChartSize& size) {
  LiveRange x, y;
  for (const auto* points : {&curve.training, &curve.validation}) {
    for (const auto& [epoch, value] : *points) {
      x.widen(epoch);
      y.widen(value);
    }
  }
  if (x.low < 1) x.widen(0);
  x.make_wide(1e-9);
  y.make_wide(1e-9);
  const int64_t rows = size.height - 2;
  LiveCanvas canvas(std::max<int64_t>(size.width - kLabelWidth, 1), rows, size.unicode);
  draw_curve(curve.training, x, y, false, canvas);
  draw_curve(curve.validation, x, y, true, canvas);
  std::vector<std::string> lines;
  const auto keep = [&](LiveRow& row) { lines.push_back(row.fill().text()); };
  LiveRow title(size.width, size.color);
  draw_title(curve, title);
  keep(title);
  for (int64_t i = 0; i < rows; ++i) {
    LiveRow row(size.width, size.color);
    row.add(i == 0          ? axis_number(y.high)
            : i + 1 == rows ? axis_number(y.low)
                            : std::string(kLabelWidth, ' '),
            kLiveDim);
    canvas.draw(i, row);
    keep(row);
  }
  const std::string first = fmt::format("{}epoch {:.3g}", std::string(kLabelWidth, ' '), x.low);
  const std::string last = fmt::format("{:.3g}", x.high);
  const auto gap = size.width - static_cast<int64_t>(first.size() + last.size());
  LiveRow axis(size.width, size.color);
  axis.add(first, kLiveDim);
  if (gap > 0) axis.add(std::string(static_cast<size_t>(gap), ' ') + last, kLiveDim);
  keep(axis);
  return lines;
}

}  // namespace eddy
