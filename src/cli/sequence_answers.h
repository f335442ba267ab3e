// SPDX-License-Identifier: MIT
// eddy predict and eddy evaluate with a model of sequences.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "eddy/model.h"

namespace eddy::cli {

struct SequenceQuestion {
  std::string model, path;          // files
  std::string id = {}, label = {};  // columns; empty: those that the model was trained with
  int64_t batch_size = 128;
  std::optional<int64_t> memory = {};  // of an evaluation, which reads a table one by one then
  bool json = false;
  std::string report = {};  // of an evaluation: a folder, or none
};

// Prints a line for every sequence in the order of the file; the exit status. Throws Error.
int predict_sequences(Model& model, const SequenceQuestion& question);
// Prints loss, metrics, the baseline and a line for each class; the exit status. Throws Error.
int evaluate_sequences(Model& model, const SequenceQuestion& question);

}  // namespace eddy::cli
