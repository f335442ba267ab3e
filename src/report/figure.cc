// SPDX-License-Identifier: MIT
#include "report/figure.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string_view>

namespace eddy {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool is_accuracy(const std::string& key) { return key == "acc" || key.ends_with("accuracy"); }

// The part of a file's name that stands for a key.
std::string figure_name(const std::string& key) {
  if (is_accuracy(key)) return "accuracy";
  std::string name = key;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-') c = '_';
  }
  return name;
}

std::vector<double> padded(std::vector<double> values, size_t size) {
  values.resize(size, kNaN);
  return values;
}

Series make_series(const NamedHistory& run, const std::string& key) {
  Series series{.name = run.name, .key = key, .epoch = {}, .training = {}, .validation = {}};
  series.epoch.reserve(run.history.epoch.size());
  for (const int64_t epoch : run.history.epoch) {
    series.epoch.push_back(static_cast<double>(epoch + 1));
  }
  series.training = padded(run.history.history.at(key), series.epoch.size());
  const auto validation = run.history.history.find("val_" + key);
  if (validation != run.history.history.end()) {
    series.validation = padded(validation->second, series.epoch.size());
  }
  return series;
}

// Calls visit(epoch, value) for every finite value.
template <class Visit>
void for_values(const Series& series, const std::vector<double>& values, Visit&& visit) {
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) visit(series.epoch[i], values[i]);
  }
}

Range with_margin(double low, double high, double least) {
  if (!(low <= high)) return {};
  const double margin = high > low ? 0.05 * (high - low) : least;
  return {low - margin, high + margin};
}

}  // namespace

std::string Figure::title() const {
  const bool validated = std::any_of(series.begin(), series.end(),
                                     [](const Series& s) { return !s.validation.empty(); });
  return (validated ? "Training and validation " : "Training ") + name;
}

std::vector<Figure> make_figures(const std::vector<NamedHistory>& runs) {
  std::map<std::pair<int, std::string>, Figure> figures;
  for (const NamedHistory& run : runs) {
    std::set<std::string> shown;  // of a run with acc and binary_accuracy: the first
    for (const auto& [key, values] : run.history.history) {
      if (key.starts_with("val_")) continue;
      const std::string name = figure_name(key);
      if (!shown.insert(name).second) continue;
      const int rank = name == "accuracy" ? 0 : name == "loss" ? 1 : 2;
      Figure& figure = figures[{rank, name}];
      figure.name = name;
      figure.series.push_back(make_series(run, key));
    }
  }
  std::vector<Figure> result;
  result.reserve(figures.size());
  for (auto& [order, figure] : figures) result.push_back(std::move(figure));
  return result;
}

Range epoch_range(const Figure& figure) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Series& series : figure.series) {
    for (const double epoch : series.epoch) {
      low = std::min(low, epoch);
      high = std::max(high, epoch);
    }
  }
  return with_margin(low, high, 0.5);
}

Range value_range(const Figure& figure) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const auto widen = [&](double, double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  };
  for (const Series& series : figure.series) {
    for_values(series, series.training, widen);
    for_values(series, series.validation, widen);
  }
  return with_margin(low, high, std::max(0.05 * std::fabs(high), 0.01));
}

int64_t epoch_tick(const Figure& figure) {
  const Range range = epoch_range(figure);
  for (int64_t scale = 1;; scale *= 10) {
    for (const int64_t digit : {1, 2, 5}) {
      if (range.high - range.low <= 12.0 * static_cast<double>(digit * scale)) {
        return digit * scale;
      }
    }
  }
}

std::string free_corner(const Figure& figure, double width, double height) {
  const Range x = epoch_range(figure), y = value_range(figure);
  std::vector<std::pair<double, double>> marks;  // shares of the plot
  for (const Series& series : figure.series) {
    for_values(series, series.training, [&](double epoch, double value) {
      marks.emplace_back(x.fraction(epoch), y.fraction(value));
    });
    std::vector<std::pair<double, double>> line;
    for_values(series, series.validation, [&](double epoch, double value) {
      line.emplace_back(x.fraction(epoch), y.fraction(value));
    });
    marks.insert(marks.end(), line.begin(), line.end());
    constexpr int kSteps = 24;  // a line covers what lies between its points, too
    for (size_t i = 1; i < line.size(); ++i) {
      for (int step = 1; step < kSteps; ++step) {
        const double t = static_cast<double>(step) / kSteps;
        marks.emplace_back(std::lerp(line[i - 1].first, line[i].first, t),
                           std::lerp(line[i - 1].second, line[i].second, t));
      }
    }
  }
  for (const char* corner : {"top right", "top left", "bottom left", "bottom right"}) {
    const std::string_view place = corner;
    const bool top = place.starts_with("top"), right = place.ends_with("right");
    const bool taken = std::any_of(marks.begin(), marks.end(), [&](const auto& mark) {
      const bool beside = right ? mark.first > 1 - width : mark.first < width;
      const bool above = top ? mark.second > 1 - height : mark.second < height;
      return beside && above;
    });
    if (!taken) return corner;
  }
  return "";
}

}  // namespace eddy
