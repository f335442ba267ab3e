// SPDX-License-Identifier: MIT
// Pictures of gates and states: one plot above another, for one unit as curves or for all units as
// heat maps.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "eddy/error.h"
#include "eddy/explain.h"
#include "report/explained.h"
#include "report/gnuplot.h"

namespace eddy {
namespace {

using std::filesystem::path;

constexpr int kRowHeight = 150, kHead = 50, kFoot = 110;  // pixels

struct Panel {
  std::string title;
  bool state;  // from -1 to 1 or beyond, not from 0 to 1
  const Tensor* values;
};

std::vector<Panel> panels_of(const LayerTrace& trace) {
  std::vector<Panel> panels;
  const auto candidate = [&](const std::string& name) {  // named as the state that it becomes
    return std::any_of(trace.states.begin(), trace.states.end(),
                       [&](const auto& state) { return state.name == name; });
  };
  for (const auto& gate : trace.gates) {
    const bool also_state = candidate(gate.name);
    panels.push_back(
        {also_state ? "candidate " + gate.name : "gate " + gate.name, also_state, &gate.values});
  }
  for (const auto& state : trace.states)
    panels.push_back({"state " + state.name, true, &state.values});
  return panels;
}

void check(const LayerTrace& trace, const TracePicture& picture) {
  const auto refuse = [](const std::string& what, const char* fix) {
    throw Error(ErrorCode::invalid_argument, "plot_trace", what, fix);
  };
  if (trace.states.empty() || picture.steps.empty() ||
      picture.steps.size() != picture.labels.size()) {
    refuse(fmt::format("steps: expected at least one, with a label each, got {} and {}.",
                       picture.steps.size(), picture.labels.size()),
           "draw the steps of a trace.");
  }
  const Shape& shape = trace.states[0].values.shape();
  for (const int64_t step : picture.steps) {
    if (step >= 0 && step < shape[0]) continue;
    refuse(fmt::format("steps: expected 0 to {}, got {}.", shape[0] - 1, step),
           "draw steps of the trace.");
  }
  if (picture.unit < -1 || picture.unit >= shape[1]) {
    refuse(fmt::format("unit: expected 0 to {} of layer '{}', got {}.", shape[1] - 1, trace.layer,
                       picture.unit),
           "name one of the layer's units.");
  }
}

std::string number(float value) {
  return std::isfinite(value) ? fmt::format("{:.5g}", value) : std::string("NaN");
}

// The largest size of a panel's values that are shown; 1 at least for what a tanh bounds.
double bound_of(const Panel& panel, const TracePicture& picture) {
  const int64_t H = panel.values->dim(1);
  double bound = 0;
  for (const int64_t step : picture.steps) {
    for (int64_t j = 0; j < H; ++j) {
      if (picture.unit >= 0 && j != picture.unit) continue;
      const float value = (*panel.values)[step * H + j];
      if (std::isfinite(value)) bound = std::max(bound, std::abs(static_cast<double>(value)));
    }
  }
  return bound;
}

std::string data_of(const std::vector<Panel>& panels, const TracePicture& picture) {
  std::string script;
  for (size_t p = 0; p < panels.size(); ++p) {
    const Tensor& values = *panels[p].values;
    const int64_t H = values.dim(1);
    script += fmt::format("$data{} << EDDY_END\n", p);
    if (picture.unit >= 0) {
      for (size_t i = 0; i < picture.steps.size(); ++i) {
        script += fmt::format("{} {}\n", i, number(values[picture.steps[i] * H + picture.unit]));
      }
    } else {
      for (int64_t j = 0; j < H; ++j) {
        for (const int64_t step : picture.steps) script += number(values[step * H + j]) + " ";
        script += '\n';
      }
    }
    script += "EDDY_END\n";
  }
  return script;
}

// Labels as long as there is room, every n-th of many.
std::string ticks_of(const TracePicture& picture) {
  constexpr size_t kMostLabels = 75, kMostCharacters = 14;
  const size_t every = (picture.labels.size() + kMostLabels - 1) / kMostLabels;
  std::string ticks;
  for (size_t i = 0; i < picture.labels.size(); i += every) {
    ticks += fmt::format("{}{} {}", ticks.empty() ? "" : ", ",
                         gnuplot_quoted(first_characters(picture.labels[i], kMostCharacters)), i);
  }
  return fmt::format("({})", ticks);
}

int height_of(const LayerTrace& trace) {
  return kHead + kFoot + static_cast<int>(panels_of(trace).size()) * kRowHeight;
}

std::string script_of(const Surface& surface, const LayerTrace& trace,
                      const TracePicture& picture) {
  const std::vector<Panel> panels = panels_of(trace);
  const auto rows = static_cast<int>(panels.size());
  const int height = height_of(trace);
  const std::string title = picture.unit >= 0
                                ? fmt::format("{}, unit {}", trace.layer, picture.unit)
                                : fmt::format("{}: units over time", trace.layer);
  std::string script = fmt::format(
      "set terminal {}\nset encoding utf8\nset datafile missing 'NaN'\n", surface.terminal);
  script += data_of(panels, picture);
  script += fmt::format(
      "set multiplot\nset label 1 {} at screen 0.5,{} center font ',{}' noenhanced\n"
      "set lmargin at screen 0.09\nset rmargin at screen {}\nset border 15 linecolor rgb "
      "'#444444'\n"
      "set tics nomirror out scale 0.5\nset xrange [-0.5:{}]\nunset key\nset format '%g'\n",
      gnuplot_quoted(title), 1 - 22.0 / height, surface.title_size, picture.unit >= 0 ? 0.97 : 0.9,
      static_cast<double>(picture.steps.size()) - 0.5);
  for (int p = 0; p < rows; ++p) {
    const Panel& panel = panels[static_cast<size_t>(p)];
    const double top = 1 - static_cast<double>(kHead + p * kRowHeight) / height;
    const double bottom = top - (kRowHeight - 38.0) / height;
    const double bound = bound_of(panel, picture);
    const double high = panel.state ? std::max(bound, 1e-3) : std::max(bound, 1.0);
    script +=
        fmt::format("set tmargin at screen {}\nset bmargin at screen {}\n", top - 0.002, bottom);
    script += fmt::format("set title {} offset 0,-0.7 noenhanced\n", gnuplot_quoted(panel.title));
    script += p + 1 == rows
                  ? fmt::format("set xtics rotate by 60 right {} noenhanced\n", ticks_of(picture))
                  : std::string("set xtics format '' \n");
    if (picture.unit >= 0) {
      script += fmt::format(
          "set yrange [{}:{}]\nset grid ytics linetype 1 linewidth 1 linecolor rgb '#e2e2e2'\n"
          "plot $data{} using 1:2 with linespoints pointtype 7 pointsize 0.4 linewidth 2 linecolor "
          "rgb '{}'\n",
          panel.state ? -1.05 * high : -0.03, 1.05 * high, p, panel.state ? "#1f77b4" : "#d1590b");
    } else {
      script += panel.state ? "set palette defined (-1 '#c2570c', 0 '#ffffff', 1 '#1a5fb4')\n"
                            : "set palette defined (0 '#ffffff', 0.5 '#fdb462', 1 '#7f2704')\n";
      script += fmt::format(
          "set cbrange [{}:{}]\nset yrange [{}:-0.5]\nset ylabel 'unit' offset -1,0\n"
          "plot $data{} matrix using 1:2:3 with {}\n",
          panel.state ? -high : 0, high, static_cast<double>(panel.values->dim(1)) - 0.5, p,
          surface.is_png ? "image" : "image pixels");  // without lines between the squares
    }
    script += "unset label 1\n";
  }
  return script + "unset multiplot\n";
}

}  // namespace

std::vector<path> plot_trace(const LayerTrace& trace, const TracePicture& picture,
                             const std::string& prefix) {
  check(trace, picture);
  std::string name = trace.layer;
  for (char& c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    if (!plain) c = '-';
  }
  return write_pictures(picture_stem(prefix, name), surfaces(1100, height_of(trace), 14, 10),
                        [&](const Surface& surface) { return script_of(surface, trace, picture); });
}

}  // namespace eddy
