// SPDX-License-Identifier: MIT
// What a search has found, as text.
#pragma once

#include <string>

#include "eddy/tune.h"
#include "train_task.h"

namespace eddy::cli {

// "units 32, dropout 0.2"
std::string shown(const tune::Values& values);

// Whole lines: a row for each trial, best first; the best one, the first one, and how far trials
// lie apart. "" without trials.
std::string tune_table(const tune::RandomSearch& search, const Score& score);

}  // namespace eddy::cli
