// SPDX-License-Identifier: MIT
// eddy evaluate MODEL PATH, for a model that labels every word.
#pragma once

#include <string>

#include "eddy/model.h"
#include "eddy/tagged.h"

namespace eddy::cli {

struct TagEvaluation {
  std::string model, path;  // files
  datasets::TaggedOptions columns;
  int64_t batch_size = 128;
  bool json = false;
};

// Prints loss, accuracy per step, macro F1, the baselines and a line for each label; the exit
// status. Throws Error.
int evaluate_tags(Model& model, const TagEvaluation& task);

}  // namespace eddy::cli
