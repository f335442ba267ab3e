// SPDX-License-Identifier: MIT
// The pictures of the IMDB article: training as dots, validation as a line.
#include "eddy/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/figure.h"
#include "report/gnuplot.h"

namespace eddy {
namespace {

using std::filesystem::path;

// matplotlib's colours ("tab10"), told apart by most people with colour-blind eyes as well.
constexpr std::array kColors = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
                                "#8c564b", "#e377c2", "#17becf", "#bcbd22", "#7f7f7f"};
constexpr std::array kTextDots = {"o", "x", "+", "@", "%", "&", "s", "v", "z", "n"};

const char* color_of(size_t run) { return kColors[run % kColors.size()]; }

std::string data_blocks(const Figure& figure) {
  std::string script;
  for (size_t run = 0; run < figure.series.size(); ++run) {
    const Series& series = figure.series[run];
    script += fmt::format("$run{} << EDDY_END\n", run);
    for (size_t i = 0; i < series.epoch.size(); ++i) {
      const double validation = series.validation.empty() ? std::nan("") : series.validation[i];
      script += fmt::format(
          "{} {} {}\n", series.epoch[i],
          std::isnan(series.training[i]) ? "NaN" : fmt::format("{}", series.training[i]),
          std::isnan(validation) ? "NaN" : fmt::format("{}", validation));
    }
    script += "EDDY_END\n";
  }
  return script;
}

// Multiples of a round number, and the first epoch.
std::string epoch_ticks(const Figure& figure) {
  const int64_t step = epoch_tick(figure);
  const std::string ticks = fmt::format("set xtics {0},{0}\n", step);
  return step == 1 || epoch_range(figure).low > 1 ? ticks : ticks + "set xtics add ('1' 1)\n";
}

std::string axes(const Figure& figure) {
  const Range x = epoch_range(figure), y = value_range(figure);
  return fmt::format(
      "set encoding utf8\nset datafile missing 'NaN'\nset xlabel 'Epoch'\n"
      "set format '%g'\n"  // gnuplot's own begins with a blank: numbers beside their ticks
      "set xrange [{}:{}]\nset yrange [{}:{}]\n{}",
      x.low, x.high, y.low, y.high, epoch_ticks(figure));
}

// The legend's words: the metric for one run, the run's name for several.
struct Label {
  std::string training, validation;  // "": not in the legend
};

Label label_of(const Figure& figure, const Series& series) {
  if (figure.series.size() == 1) return {"Training " + series.key, "Validation " + series.key};
  return series.validation.empty() ? Label{series.name, ""} : Label{"", series.name};
}

std::string titled(const std::string& label) {
  return label.empty() ? "notitle" : "title " + gnuplot_quoted(label) + " noenhanced";
}

// Legend rows and the longest label, in characters.
struct LegendSize {
  size_t rows = 0, characters = 0;
};

LegendSize legend_size(const Figure& figure) {
  LegendSize size;
  for (const Series& series : figure.series) {
    const Label label = label_of(figure, series);
    for (const std::string& text : {label.training, label.validation}) {
      if (text.empty()) continue;
      ++size.rows;
      size.characters = std::max(size.characters, text.size());
    }
  }
  if (figure.series.size() > 1) {
    size.rows += 2;
    size.characters = std::max<size_t>(size.characters, 10);
  }
  return size;
}

std::string legend(const Figure& figure) {
  const LegendSize size = legend_size(figure);
  // Measured on pictures of 800 x 600 at the font sizes below.
  const double width = 0.15 + 0.015 * static_cast<double>(size.characters);
  const double height = 0.08 + 0.068 * static_cast<double>(size.rows);
  const std::string corner = free_corner(figure, width, height);
  const std::string look = "Left reverse samplen 2 spacing 1.25";
  if (corner.empty()) return fmt::format("set key below center horizontal height 1.5 {}\n", look);
  return fmt::format(
      "set key inside {} vertical {} opaque box linecolor rgb '#cccccc' width 1 height 0.6\n",
      corner, look);
}

std::string plot_command(const Figure& figure, const Surface& surface) {
  const std::string line = "lines linewidth 2.5";
  const double point_size = surface.is_png ? 1.2 : 0.65;  // that look alike
  const std::string dots = fmt::format("points pointtype 7 pointsize {}", point_size);
  // One epoch makes no line.
  const std::string circle =
      fmt::format("points pointtype 6 linewidth 2 pointsize {}", 1.4 * point_size);
  std::string parts;
  for (size_t run = 0; run < figure.series.size(); ++run) {
    const Series& series = figure.series[run];
    const Label label = label_of(figure, series);
    if (run > 0) parts += ", ";
    parts += fmt::format("$run{} using 1:2 with {} linecolor rgb '{}' {}", run, dots, color_of(run),
                         titled(label.training));
    if (series.validation.empty()) continue;
    parts += fmt::format(", $run{} using 1:3 with {} linecolor rgb '{}' {}", run,
                         series.epoch.size() > 1 ? line : circle, color_of(run),
                         titled(label.validation));
  }
  if (figure.series.size() > 1) {
    parts += fmt::format(
        ", keyentry with {} linecolor rgb '#777777' title 'training'"
        ", keyentry with {} linecolor rgb '#777777' title 'validation'",
        dots, line);
  }
  return "plot " + parts + "\n";
}

std::string picture_script(const Figure& figure, const Surface& surface) {
  std::string script = fmt::format("set terminal {}\n", surface.terminal) + axes(figure);
  script += fmt::format("set title {} font ',{}' noenhanced\n", gnuplot_quoted(figure.title()),
                        surface.title_size);
  script +=
      "set border 15 linecolor rgb '#444444' linewidth 1\nset tics nomirror out scale 0.6\n"
      "set rmargin 4\nset grid ytics linetype 1 dashtype solid linewidth 1 linecolor rgb "
      "'#e2e2e2'\n";
  return script + legend(figure) + data_blocks(figure) + plot_command(figure, surface);
}

std::string text_script(const Figure& figure, const TextPlotOptions& options) {
  std::string script = fmt::format("set terminal dumb noenhanced size {},{} {}\n", options.width,
                                   options.height, options.color ? "ansi256" : "mono");
  script += axes(figure) + fmt::format("set title {}\n", gnuplot_quoted(figure.title()));
  script += "set tics nomirror scale 0\nset key below center horizontal\n" + data_blocks(figure) +
            "plot ";
  const bool one = figure.series.size() == 1;
  std::string parts;
  for (size_t run = 0; run < figure.series.size(); ++run) {
    const Series& series = figure.series[run];
    // Lines first: a dot on a line stays visible.
    const std::string color =
        options.color ? fmt::format("linecolor rgb '{}'", color_of(run)) : std::string();
    if (run > 0) parts += ", ";
    if (!series.validation.empty()) {
      parts += fmt::format("$run{} using 1:3 with lines linetype {} {} {}, ", run, run + 1, color,
                           titled(one ? "Validation " + series.key : series.name + " (line)"));
    }
    parts += fmt::format("$run{} using 1:2 with points pointtype '{}' {} {}", run,
                         kTextDots[run % kTextDots.size()], color,
                         titled(one ? "Training " + series.key : series.name));
  }
  return script + parts + "\n";
}

// Without the blanks that fill gnuplot's lines and page.
std::string trimmed_page(const std::string& page) {
  std::string text;
  for (size_t begin = 0; begin < page.size();) {
    const size_t end = std::min(page.find('\n', begin), page.size());
    std::string line = page.substr(begin, end - begin);
    line.erase(line.find_last_not_of(" \f\r") + 1);
    if (!text.empty() || !line.empty()) text += line + '\n';
    begin = end + 1;
  }
  text.erase(text.find_last_not_of('\n') + 1);
  return text + '\n';
}

std::vector<Figure> figures_of(const std::vector<NamedHistory>& runs) {
  std::vector<Figure> figures = make_figures(runs);
  const bool finished = std::any_of(
      runs.begin(), runs.end(), [](const NamedHistory& run) { return !run.history.epoch.empty(); });
  if (figures.empty() || !finished) {
    throw Error(ErrorCode::invalid_argument, "plot",
                "history: expected at least one finished epoch, got none.",
                "train for at least one epoch.");
  }
  return figures;
}

}  // namespace

std::vector<path> plot(const History& history, const std::string& prefix) {
  return plot(std::vector<NamedHistory>{{"", history}}, prefix);
}

std::vector<path> plot(const std::vector<NamedHistory>& runs, const std::string& prefix) {
  std::vector<path> written;
  for (const Figure& figure : figures_of(runs)) {
    const auto pictures =
        write_pictures(picture_stem(prefix, figure.name), surfaces(800, 600, 17, 13),
                       [&](const Surface& surface) { return picture_script(figure, surface); });
    written.insert(written.end(), pictures.begin(), pictures.end());
  }
  return written;
}

std::string plot_text(const std::vector<NamedHistory>& runs, const TextPlotOptions& options) {
  if (options.width < 40 || options.height < 10) {
    throw Error(ErrorCode::invalid_argument, "plot_text",
                fmt::format("size: expected at least 40 columns and 10 rows, got {} and {}.",
                            options.width, options.height),
                "use a larger window.");
  }
  std::string text;
  for (const Figure& figure : figures_of(runs)) {
    if (!text.empty()) text += '\n';
    text += trimmed_page(run_gnuplot(text_script(figure, options)));
  }
  return text;
}

bool can_plot() {
  try {
    run_gnuplot("set terminal pngcairo\nset print '-'\nprint 'ready'\n");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace eddy
