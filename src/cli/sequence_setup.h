// SPDX-License-Identifier: MIT
// What a model of sequences was made for: it travels inside the model file, so that the file is all
// that later answers need.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/eddy.h"

namespace eddy::cli {

struct SequenceSetup {
  // All columns of a step that fills up have this value, -2^100: exact in float32 and in JSON, and
  // refused in data. Masking stands in front of everything, so that such steps are nowhere looked
  // at.
  static constexpr double kMaskValue = -0x1p100;

  std::vector<std::string> columns;  // that the model sees, in this order
  std::string id, label;             // columns; empty for arrays
  std::vector<std::string> classes;  // none: a number
  int64_t maxlen = 0;                // steps that are looked at, the first ones; 0: all

  void store(Model& model) const;
  static bool is_in(const Model& model);
  // Of a model that `eddy train` has made of sequences. Throws Error{bad_file}.
  static SequenceSetup of(const Model& model, const std::string& file);

  // Data with the model's columns. `labelled`: with labels, which are in `label` or found by their
  // name. Throws Error as read_sequences(), and for arrays of another number of columns.
  datasets::LabelledSequences read(const std::string& path, bool labelled) const;
};

// Cuts a sequence of more than `maxlen` steps (0: none) behind; whether it was one. Throws
// Error{bad_data} for a step that looks like one that fills up.
bool cut_sequence(datasets::Sequence& sequence, int64_t maxlen, const std::string& file);

// How sequences are filled up: behind.
PadStepsOptions sequence_padding();

// How many sequences there are, and of how many steps.
struct SequenceCount {
  int64_t sequences = 0, least = 0, most = 0;
  void add(const datasets::Sequence& sequence);
};

// "walk.csv: 300 sequences of 12 to 90 steps, sequences by 'id', labels in 'activity'"
std::string describe_sequences(const datasets::NumberTable& facts, const SequenceCount& count,
                               const std::string& file);

}  // namespace eddy::cli
