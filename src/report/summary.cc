// SPDX-License-Identifier: MIT
// The table of keras/src/utils/summary_utils.py as rich draws it.
#include "report/summary.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <variant>
#include <vector>

#include "eddy/report.h"
#include "layers/options.h"
#include "model/network.h"
#include "report/styled_text.h"

namespace eddy {
namespace {

constexpr size_t kColumns = 3;
using Row = std::array<StyledText, kColumns>;
using Widths = std::array<int64_t, kColumns>;  // of the text, without the blank on either side

// Edges at 0.45, 0.8 and 1 of the line; rich then takes 3, 4 and 3 columns away again for borders.
Widths column_widths(int64_t terminal_width) {
  const int64_t line = std::clamp<int64_t>(terminal_width - 4, 28, 88);
  const int64_t first = line * 45 / 100, second = line * 80 / 100;
  return {first - 3, second - first - 4, line - second - 3};
}

std::string with_commas(int64_t value) { return fmt::format("{}", fmt::group_digits(value)); }

std::string readable_size(double bytes) {
  for (const char* unit : {"B", "KB", "MB", "GB", "TB"}) {
    if (bytes < 1024) return fmt::format("{:.2f} {}", bytes, unit);
    bytes /= 1024;
  }
  return fmt::format("{:.2f} PB", bytes);
}

StyledText shape_text(const Shape& shape) {
  StyledText text("(", Look::plain);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis > 0) text.append(", ");
    if (shape[axis] == kNone) {
      text.append("None", Look::none);
    } else {
      text.append(std::to_string(shape[axis]), Look::number);
    }
  }
  return text.append(")");
}

// As Keras shows them: these layers count as built from the start.
bool built_at_once(const LayerSpec& spec) {
  return std::holds_alternative<DropoutOptions>(spec) ||
         std::holds_alternative<ActivationOptions>(spec) ||
         std::holds_alternative<MaskingOptions>(spec) ||
         std::holds_alternative<SpatialDropout1DOptions>(spec) ||
         std::holds_alternative<PoolingOptions>(spec) ||
         std::holds_alternative<GlobalPoolingOptions>(spec) ||
         std::holds_alternative<ReshapeOptions>(spec);
}

std::vector<Row> layer_rows(const Network& network) {
  std::vector<Row> rows;
  for (size_t layer = 0; layer < network.specs.size(); ++layer) {
    const LayerSpec& spec = network.specs[layer];
    StyledText title(layer_name(spec) + " (", Look::plain);
    title.append(class_name(spec), Look::class_name).append(")");
    StyledText shape("?", Look::plain), parameters;
    if (network.graph == nullptr) {
      parameters.append("0", Look::number).append(built_at_once(spec) ? "" : " (unbuilt)");
    } else {
      int64_t count = 0;
      if (network.layer(layer) != nullptr) {
        for (const auto* weight : network.layer(layer)->weights()) count += weight->size();
      }
      shape = shape_text(network.output_shape(layer));
      parameters.append(with_commas(count), Look::number);
    }
    rows.push_back({title, shape, parameters});
  }
  return rows;
}

std::string rule(const Widths& widths, const char* left, const char* dash, const char* middle,
                 const char* right) {
  std::string line = left;
  for (size_t column = 0; column < kColumns; ++column) {
    for (int64_t i = 0; i < widths[column] + 2; ++i) line += dash;
    line += column + 1 < kColumns ? middle : right;
  }
  return line + '\n';
}

// The header's cells stand at the bottom of its row, the others' at the top.
std::string table_row(const Row& row, const Widths& widths, bool header, bool color) {
  std::array<std::vector<StyledText>, kColumns> lines;
  size_t height = 1;
  for (size_t column = 0; column < kColumns; ++column) {
    lines[column] = row[column].wrap(widths[column]);
    height = std::max(height, lines[column].size());
  }
  const char* border = header ? "┃" : "│";
  std::string text;
  for (size_t line = 0; line < height; ++line) {
    text += border;
    for (size_t column = 0; column < kColumns; ++column) {
      const size_t above = header ? height - lines[column].size() : 0;
      const bool filled = line >= above && line - above < lines[column].size();
      StyledText cell = filled ? lines[column][line - above] : StyledText();
      cell = cell.justified(widths[column], column == 2);
      if (header) {
        const std::string bare = cell.render(false);
        cell = StyledText(' ' + bare + ' ', Look::bold);
      } else {
        cell = StyledText(" ", Look::plain).append(cell).append(" ");
      }
      text += cell.render(color) + border;
    }
    text += '\n';
  }
  return text;
}

std::string total_line(const char* title, int64_t count, double bytes, bool color) {
  StyledText line(fmt::format(" {} params: ", title), Look::bold);
  line.append(with_commas(count), Look::number);
  return line.append(fmt::format(" ({})", readable_size(bytes))).render(color) + '\n';
}

std::string totals(const Network& network, bool color) {
  int64_t trainable = 0, fixed = 0, counts = 0, slots = 0;
  if (network.graph != nullptr) {
    for (const auto* weight : network.graph->weights()) {
      (weight->trainable ? trainable : fixed) += weight->size();
      if (weight->whole) counts += weight->size();  // 8 bytes each
    }
  }
  if (network.optimizer != nullptr) {
    for (const auto& slot : network.optimizer->listed()) slots += element_count(slot.shape);
  }
  const double trainable_bytes = 4.0 * static_cast<double>(trainable);
  const double fixed_bytes = 4.0 * static_cast<double>(fixed + counts);
  // Besides its slots an optimizer of Keras holds its iterations (8 bytes) and learning rate (4).
  const int64_t kept = network.optimizer != nullptr ? slots + 2 : 0;
  const double kept_bytes = kept > 0 ? 4.0 * static_cast<double>(slots) + 12 : 0;
  std::string text = total_line("Total", trainable + fixed + kept,
                                trainable_bytes + fixed_bytes + kept_bytes, color);
  text += total_line("Trainable", trainable, trainable_bytes, color);
  text += total_line("Non-trainable", fixed, fixed_bytes, color);
  if (kept > 0) text += total_line("Optimizer", kept, kept_bytes, color);
  return text;
}

}  // namespace

std::string render_summary(const Network& network, int64_t width, bool color) {
  const Widths widths = column_widths(width);
  const Row header = {StyledText("Layer (type)", Look::bold),
                      StyledText("Output Shape", Look::bold), StyledText("Param #", Look::bold)};
  std::string text =
      StyledText(fmt::format("Model: \"{}\"", network.name), Look::bold).render(color) + '\n';
  text += rule(widths, "┏", "━", "┳", "┓");
  text += table_row(header, widths, true, color);
  text += rule(widths, "┡", "━", "╇", "┩");
  bool first = true;
  for (const Row& row : layer_rows(network)) {
    if (!first) text += rule(widths, "├", "─", "┼", "┤");
    text += table_row(row, widths, false, color);
    first = false;
  }
  text += rule(widths, "└", "─", "┴", "┘");
  return text + totals(network, color);
}

std::string Model::summary_text(int64_t width) const {
  return render_summary(*network_, width, false);
}

void Model::summary() const {
  const Terminal screen = terminal(STDOUT_FILENO);
  std::cout << render_summary(*network_, screen.width, screen.color);
  std::cout.flush();
}

void Model::summary(std::ostream& out) const { out << summary_text(); }

}  // namespace eddy
