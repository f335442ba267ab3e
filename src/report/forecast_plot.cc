// SPDX-License-Identifier: MIT
// Pictures of forecasts: the truth as a dark line, forecasts in colour.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "eddy/error.h"
#include "eddy/plot.h"
#include "report/gnuplot.h"

namespace eddy {
namespace {

using std::filesystem::path;

constexpr const char* kTruth = "#555555";
constexpr std::array kForecastColors = {"#d1590b", "#1f77b4", "#2ca02c", "#9467bd", "#8c564b"};

std::string number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : std::string("NaN");
}

// What both pictures have in common; the legend stands above the plot, where nothing is covered.
std::string frame(const Surface& surface, const std::string& title, const std::string& x,
                  const std::string& y) {
  return fmt::format(
      "set terminal {}\nset encoding utf8\nset datafile missing 'NaN'\n"
      "set title {} font ',{}' noenhanced\nset xlabel {} noenhanced\nset ylabel {} noenhanced\n"
      "set format '%g'\nset border 15 linecolor rgb '#444444' linewidth 1\n"
      "set tics nomirror out scale 0.6\nset rmargin 4\n"
      "set grid ytics linetype 1 dashtype solid linewidth 1 linecolor rgb '#e2e2e2'\n"
      "set key above center horizontal Left reverse samplen 2\n",
      surface.terminal, gnuplot_quoted(title), surface.title_size, gnuplot_quoted(x),
      gnuplot_quoted(y));
}

std::array<Surface, 2> forecast_surfaces() { return surfaces(1000, 500, 16, 12); }

[[noreturn]] void refuse_empty() {
  throw Error(ErrorCode::invalid_argument, "plot",
              "values: expected at least one finite number, got none.", "draw some forecasts.");
}

// As many labels as fit side by side.
std::string label_ticks(const ForecastPicture& picture) {
  size_t longest = 1;
  for (const std::string& label : picture.labels) longest = std::max(longest, label.size());
  const size_t count = std::clamp<size_t>(84 / (longest + 2), 2, 8);
  const size_t step = std::max<size_t>(1, picture.labels.size() / count);
  std::string ticks;
  for (size_t i = 0; i < picture.labels.size(); i += step) {
    ticks += fmt::format("{}{} {}", ticks.empty() ? "" : ", ", gnuplot_quoted(picture.labels[i]),
                         picture.first + static_cast<int64_t>(i));
  }
  return fmt::format("set xtics ({}) noenhanced\n", ticks);
}

std::string forecast_data(const ForecastPicture& picture) {
  std::string script = "$truth << EDDY_END\n";
  for (size_t i = 0; i < picture.truth.size(); ++i) {
    script +=
        fmt::format("{} {}\n", picture.first + static_cast<int64_t>(i), number(picture.truth[i]));
  }
  script += "EDDY_END\n$forecast << EDDY_END\n";
  // A blank line parts what was not foretold at once; forecasts of one step make one line.
  const bool parted = std::any_of(picture.forecasts.begin(), picture.forecasts.end(),
                                  [](const auto& part) { return part.values.size() > 1; });
  for (const ForecastPicture::Part& part : picture.forecasts) {
    for (size_t i = 0; i < part.values.size(); ++i) {
      script +=
          fmt::format("{} {}\n", part.first + static_cast<int64_t>(i), number(part.values[i]));
    }
    if (parted) script += '\n';
  }
  return script + "EDDY_END\n";
}

}  // namespace

std::vector<path> plot_forecast(const ForecastPicture& picture, const std::string& prefix) {
  const auto finite = [](double value) { return std::isfinite(value); };
  bool any = std::any_of(picture.truth.begin(), picture.truth.end(), finite);
  size_t foretold = 0;
  for (const auto& part : picture.forecasts) {
    any = any || std::any_of(part.values.begin(), part.values.end(), finite);
    foretold += part.values.size();
  }
  if (!any) refuse_empty();
  // A forecast of a single step is a point.
  const char* look = foretold == 1 ? "points pointtype 7 pointsize 1" : "lines linewidth 2";
  return write_pictures(
      picture_stem(prefix, "forecast"), forecast_surfaces(), [&](const Surface& surface) {
        std::string script = frame(surface, picture.title, picture.time, picture.quantity);
        if (!picture.labels.empty()) script += label_ticks(picture);
        script += "set autoscale xfix\nset offsets 0, 0, graph 0.05, graph 0.05\n";
        return script + forecast_data(picture) +
               fmt::format(
                   "plot $truth using 1:2 with lines linewidth 2 linecolor rgb '{}' title 'truth', "
                   "$forecast using 1:2 with {} linecolor rgb '{}' title 'forecast'\n",
                   kTruth, look, kForecastColors[0]);
      });
}

std::vector<path> plot_forecast_errors(const std::vector<NamedErrors>& errors,
                                       const std::string& title, const std::string& quantity,
                                       const std::string& prefix) {
  bool any = false;
  size_t longest = 0;
  for (const NamedErrors& one : errors) {
    longest = std::max(longest, one.errors.size());
    for (const double value : one.errors) any = any || std::isfinite(value);
  }
  if (!any) refuse_empty();
  return write_pictures(
      picture_stem(prefix, "errors"), forecast_surfaces(), [&](const Surface& surface) {
        std::string script = frame(surface, title, "Steps ahead", quantity), parts;
        script += fmt::format("set xrange [{}:{}]\nset yrange [0:*]\n", 0.5,
                              static_cast<double>(longest) + 0.5);
        if (longest <= 12) script += "set xtics 1,1\n";
        for (size_t k = 0; k < errors.size(); ++k) {
          script += fmt::format("$errors{} << EDDY_END\n", k);
          for (size_t h = 0; h < errors[k].errors.size(); ++h) {
            script += fmt::format("{} {}\n", h + 1, number(errors[k].errors[h]));
          }
          script += "EDDY_END\n";
          parts += fmt::format(
              "{}$errors{} using 1:2 with linespoints pointtype 7 pointsize 0.5 linewidth 2 "
              "linecolor "
              "rgb '{}' title {} noenhanced",
              k == 0 ? "" : ", ", k, kForecastColors[k % kForecastColors.size()],
              gnuplot_quoted(errors[k].name));
        }
        return script + "plot " + parts + "\n";
      });
}

}  // namespace eddy
