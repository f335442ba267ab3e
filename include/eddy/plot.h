// SPDX-License-Identifier: MIT
// Pictures of a training history: training as dots, validation as a line.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "eddy/model.h"

namespace eddy {

// Writes PREFIX-accuracy.svg/.png and PREFIX-loss.svg/.png (those whose keys the history has) and
// returns their paths. Needs gnuplot on the PATH; throws Error{io} saying so.
EDDY_API std::vector<std::filesystem::path> plot(const History& history, const std::string& prefix);

}  // namespace eddy
