// SPDX-License-Identifier: MIT
// eddy evaluate MODEL PATH.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "eddy/datasets.h"
#include "eddy/model.h"

namespace eddy::cli {

struct TextEvaluation {
  std::string model, path;  // files
  datasets::LabelledTextsOptions columns;
  int64_t batch_size = 128;
  std::optional<int64_t> memory = {};
  bool json = false;
  std::string report = {};  // a folder, or none
};

// Prints loss, metrics, the baseline and a line for each class; the exit status. Throws Error.
int evaluate_texts(Model& model, const TextEvaluation& task);

}  // namespace eddy::cli
