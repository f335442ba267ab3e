// SPDX-License-Identifier: MIT
// The pictures of a report, by gnuplot.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "report/evaluated.h"
#include "report/explained.h"
#include "report/gnuplot.h"

namespace eddy {
namespace {

constexpr std::array kCurveColors = {"#1f77b4", "#d1590b", "#2ca02c", "#9467bd",
                                     "#8c564b", "#e377c2", "#17becf", "#7f7f7f"};
constexpr size_t kMostNumbers = 12;  // classes whose confusion is told in figures
constexpr size_t kMostNames = 40;    // classes that have their names at the axes
constexpr size_t kMostCurve = 2000;  // points of a curve

std::string report_axes(const Surface& surface, const std::string& title, const std::string& x,
                        const std::string& y) {
  return fmt::format(
      "set terminal {}\nset encoding utf8\nset title {} font ',{}' noenhanced\n"
      "set xlabel {} noenhanced\nset ylabel {} noenhanced\nset border 3 linecolor rgb '#444444'\n"
      "set tics nomirror out scale 0.6\nset grid linetype 1 linecolor rgb '#e6e6e6'\n",
      surface.terminal, gnuplot_quoted(title), surface.title_size, gnuplot_quoted(x),
      gnuplot_quoted(y));
}

// Long names would leave no room for the picture.
std::string short_name(const std::string& name) { return first_characters(name, 18); }

std::string confusion_script(const Surface& surface, const Evaluated& evaluated) {
  const auto& classes = evaluated.answers.classes;
  std::string script = report_axes(surface, "Confusion", "answer", "truth");
  script +=
      "unset grid\nset border 15 linecolor rgb '#444444'\nunset key\nset cbrange [0:1]\n"
      "set palette defined (0 '#f4f7fb', 0.5 '#7fb0de', 1 '#12508f')\n"
      "set cblabel 'share of the true class'\nset yrange [*:*] reverse\n"
      "set autoscale xfix\nset autoscale yfix\nset tics scale 0\n";
  if (classes.size() <= kMostNames) {
    std::string names;
    for (size_t i = 0; i < classes.size(); ++i) {
      names +=
          fmt::format("{}{} {}", i == 0 ? "" : ", ", gnuplot_quoted(short_name(classes[i])), i);
    }
    script +=
        fmt::format("set xtics rotate by {} right ({}) noenhanced\nset ytics ({}) noenhanced\n",
                    classes.size() > 3 ? 45 : 0, names, names);
    if (classes.size() <= 3)
      script += fmt::format("set xtics norotate center ({}) noenhanced\n", names);
    if (classes.size() > kMostNumbers) script += "set xtics font ',8'\nset ytics font ',8'\n";
  }
  script += "$cells << EDDY_END\n";
  for (size_t truth = 0; truth < classes.size(); ++truth) {
    const auto& row = evaluated.confusion[truth];
    const auto all = std::accumulate(row.begin(), row.end(), int64_t{0});
    for (size_t answer = 0; answer < classes.size(); ++answer) {
      const double share =
          all == 0 ? 0 : static_cast<double>(row[answer]) / static_cast<double>(all);
      script += fmt::format("{} {} {:.6f} {}\n", answer, truth, share, row[answer]);
    }
  }
  script += "EDDY_END\nplot $cells using 1:2:3 with image pixels";
  if (classes.size() <= kMostNumbers) {
    script +=
        ", $cells using 1:2:(sprintf('%d', int($4))):($3 > 0.5 ? 0xffffff : 0x1c1f23) with labels "
        "textcolor rgb variable";
  }
  return script + "\n";
}

// The classes with the most samples, for a picture that can be read.
std::vector<size_t> shown_classes(const Evaluated& evaluated,
                                  const std::vector<std::optional<Curve>>& curves) {
  std::vector<size_t> shown;
  for (size_t i = 0; i < curves.size(); ++i) {
    if (curves[i]) shown.push_back(i);
  }
  std::stable_sort(shown.begin(), shown.end(), [&](size_t a, size_t b) {
    return evaluated.scores[a].support > evaluated.scores[b].support;
  });
  shown.resize(std::min(shown.size(), kCurveColors.size()));
  return shown;
}

std::string curve_data(const Curve& curve, size_t number) {
  std::string data = fmt::format("$curve{} << EDDY_END\n", number);
  const size_t step = std::max<size_t>(1, curve.points.size() / kMostCurve);
  for (size_t i = 0; i < curve.points.size(); i += step) {
    data += fmt::format("{:.6g} {:.6g}\n", curve.points[i].x, curve.points[i].y);
  }
  const CurvePoint& last = curve.points.back();
  return data + fmt::format("{:.6g} {:.6g}\nEDDY_END\n", last.x, last.y);
}

std::string curves_script(const Surface& surface, const Evaluated& evaluated,
                          const std::vector<std::optional<Curve>>& curves, bool roc) {
  std::string script =
      roc ? report_axes(surface, "ROC curve", "false positive rate", "true positive rate")
          : report_axes(surface, "Precision and recall", "recall", "precision");
  const std::vector<size_t> shown = shown_classes(evaluated, curves);
  // Of many precisions every corner is taken.
  const bool below = !roc && shown.size() > 2;
  script +=
      fmt::format("set xrange [0:1]\nset yrange [0:1.02]\nset key {} Left reverse samplen 2\n",
                  below ? "below center maxrows 4 height 1.5"
                  : roc ? "bottom right opaque box linecolor rgb '#dddddd'"
                        : "bottom left opaque box linecolor rgb '#dddddd'");
  std::string parts;
  size_t number = 0;
  for (const size_t label : shown) {
    script += curve_data(*curves[label], number);
    parts += fmt::format(
        ", $curve{} using 1:2 with {} linewidth 2.5 linecolor rgb '{}' title {} noenhanced", number,
        roc ? "lines" : "steps", kCurveColors[number],
        gnuplot_quoted(fmt::format("{}: {} {:.3f}", short_name(evaluated.answers.classes[label]),
                                   roc ? "AUC" : "AP", curves[label]->area)));
    ++number;
  }
  const std::string chance =
      roc ? "x with lines dashtype 2 linecolor rgb '#999999' notitle" : "NaN notitle";
  return script + "plot " + chance + parts + "\n";
}

std::string calibration_script(const Surface& surface, const Evaluated& evaluated) {
  std::string script = report_axes(
      surface, fmt::format("Calibration (expected error {:.3f})", evaluated.calibration.error),
      evaluated.two() ? fmt::format("probability of '{}'", short_name(evaluated.answers.classes[1]))
                      : "probability of the answer",
      "share that came true");
  script +=
      "set xrange [0:1]\nset yrange [0:1.02]\nset key top left Left reverse samplen 2\n$bins << "
      "EDDY_END\n";
  for (const CalibrationBin& bin : evaluated.calibration.bins) {
    script += fmt::format(
        "{:.6f} {:.6f} {:.6f}\n", bin.predicted, bin.observed,
        std::sqrt(static_cast<double>(bin.count) / static_cast<double>(evaluated.samples())));
  }
  return script +
         "EDDY_END\nplot x with lines dashtype 2 linecolor rgb '#999999' title 'as it should be', "
         "$bins using 1:2 with lines linewidth 2 linecolor rgb '#1f77b4' notitle, "
         "$bins using 1:2:(0.6 + 3.2 * $3) with points pointtype 7 pointsize variable linecolor "
         "rgb "
         "'#1f77b4' title 'the model; area: share of all'\n";
}

std::string lengths_script(const Surface& surface, const Evaluated& evaluated,
                           const ReportView& view) {
  std::string script = report_axes(
      surface, fmt::format("Accuracy by number of {}", view.unit),
      fmt::format("{} (each bar: about as many {})", view.unit, view.samples), "accuracy");
  std::string names, data;
  for (size_t i = 0; i < evaluated.lengths.size(); ++i) {
    const LengthBin& bin = evaluated.lengths[i];
    const std::string name =
        bin.from == bin.to ? fmt::format("{}", bin.from) : fmt::format("{}–{}", bin.from, bin.to);
    names += fmt::format("{}'{}' {}", i == 0 ? "" : ", ", name, i);
    data += fmt::format("{} {:.6f}\n", i, bin.accuracy());
  }
  script += fmt::format(
      "set xtics rotate by 30 right ({})\nset yrange [0:1.08]\nset boxwidth 0.7\nset style fill "
      "solid\nunset "
      "key\nset xrange [-0.6:{}]\n$bins << EDDY_END\n{}EDDY_END\n",
      names, static_cast<double>(evaluated.lengths.size()) - 0.4, data);
  return script +
         "plot $bins using 1:2 with boxes linecolor rgb '#7fb0de', $bins using "
         "1:($2 + 0.03):(sprintf('%.3f', $2)) with labels textcolor rgb '#1c1f23'\n";
}

template <class Script>
ReportPicture drawn(const char* name, const char* title, const std::string& description,
                    const Script& script) {
  const auto [svg, png] = surfaces(640, 560, 15, 11);
  return {name, title, description, run_gnuplot(script(svg)), run_gnuplot(script(png))};
}

}  // namespace

std::vector<ReportPicture> report_pictures(const Evaluated& evaluated, const ReportView& view) {
  std::vector<ReportPicture> pictures;
  pictures.push_back(
      drawn("confusion", "Confusion", "What was answered, by what was true.",
            [&](const Surface& surface) { return confusion_script(surface, evaluated); }));
  const bool any = std::any_of(evaluated.roc.begin(), evaluated.roc.end(),
                               [](const auto& c) { return c.has_value(); });
  if (any) {
    const std::string whose =
        evaluated.two() ? fmt::format("Of '{}'.", evaluated.answers.classes[1])
                        : "Each class against all others; the eight with the most samples.";
    pictures.push_back(drawn(
        "roc", "ROC curve",
        whose + " The area is the chance that a sample of the class scores above another one.",
        [&](const Surface& surface) {
          return curves_script(surface, evaluated, evaluated.roc, true);
        }));
    pictures.push_back(
        drawn("precision_recall", "Precision and recall",
              whose + " The area is the average precision.", [&](const Surface& surface) {
                return curves_script(surface, evaluated, evaluated.precision_recall, false);
              }));
  }
  pictures.push_back(
      drawn("calibration", "Calibration", "Whether a probability can be taken at its word.",
            [&](const Surface& surface) { return calibration_script(surface, evaluated); }));
  if (!evaluated.lengths.empty()) {
    pictures.push_back(
        drawn("lengths", "Accuracy by length", "Whether long ones are harder.",
              [&](const Surface& surface) { return lengths_script(surface, evaluated, view); }));
  }
  return pictures;
}

}  // namespace eddy
