// SPDX-License-Identifier: MIT
// Labelled sequences of numbers, such as recordings of sensors: what each of them is, or a number
// for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "eddy/tensor.h"
#include "eddy/timeseries.h"

namespace eddy {
namespace datasets {

struct SequencesOptions {
  std::vector<std::string> columns = {};  // features, in this order; empty: all that are left
  std::string id = {};     // which rows are one sequence; .csv and .tsv need it, arrays have none
  std::string label = {};  // empty: label, class, category, target or activity
  bool labelled = true;    // false: labels are not looked at
};

struct LabelledSequences {
  NumberTable data;                 // every sequence with its label
  std::optional<NumberTable> test;  // of an .npz with x_test and y_test
  std::string sha256;               // of the data's columns, ids, labels and numbers in their order
};

// Reads sequences of numbers and their labels (as text; Sequence::label):
//   .csv, .tsv  as read_numbers(); the label stands in all rows of a sequence, or in some of them
//   .npz        x [N, T, columns] and y [N] or [N, 1], numbers or text, or x_train, y_train,
//               x_test, y_test. With lengths [N] (lengths_train, lengths_test) the first steps of
//               each row count; or x is [steps, columns], one sequence after another.
//   .npy        [N, T, columns], without labels
// Ids of arrays are "0", "1", ...; without labels, x_test will do for x.
// Throws as read_numbers(); Error{bad_data} for y or lengths that do not fit x and for labels that
// are missing, empty or NaN; Error{invalid_argument} for a table without a column for id or label.
EDDY_API LabelledSequences read_sequences(const std::filesystem::path& path,
                                          const SequencesOptions& options = {});

}  // namespace datasets

struct PadStepsOptions {
  std::optional<int64_t> maxlen = {};                 // none: the longest sequence
  std::string padding = "post", truncating = "post";  // "pre": in front
  float value = 0;  // of all columns of a step that fills up; what Masking() is told, too
};

// Keras' pad_sequences for steps of several columns: [sequences, maxlen, columns]. Throws
// Error{invalid_argument} for another word than "pre"/"post", a maxlen below 1 or more than 2^32
// values, Error{shape_mismatch} for sequences of different columns.
EDDY_API Tensor pad_steps(const std::vector<datasets::Sequence>& sequences,
                          const PadStepsOptions& options = {});

}  // namespace eddy
