// SPDX-License-Identifier: MIT
// What a picture shows, apart from how it is drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/plot.h"

namespace eddy {

// One run's values of one quantity, by epoch.
struct Series {
  std::string name;                // of the run
  std::string key;                 // "acc", "loss": the history's word
  std::vector<double> epoch;       // 1-based
  std::vector<double> training;    // as long as epoch; NaN: unknown
  std::vector<double> validation;  // the same, or empty
};

struct Figure {
  std::string name;  // "accuracy", "loss", ...: of the files
  std::vector<Series> series;

  std::string title() const;  // "Training and validation accuracy"
};

// Accuracy, loss, then the other quantities by name; those that at least one run has.
std::vector<Figure> make_figures(const std::vector<NamedHistory>& runs);

// Axis limits with a margin of 5 % on either side, as matplotlib's.
struct Range {
  double low = 0, high = 1;
  double fraction(double value) const { return (value - low) / (high - low); }
};
Range epoch_range(const Figure& figure);
Range value_range(const Figure& figure);
// Epochs between two ticks: 1, 2, 5, 10, ..., for at most 12 ticks.
int64_t epoch_tick(const Figure& figure);

// The corner where a legend of this size (shares of the plot) covers no data: "top right",
// "top left", "bottom left" or "bottom right"; "" when every corner is taken.
std::string free_corner(const Figure& figure, double width, double height);

}  // namespace eddy
