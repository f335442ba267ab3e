// SPDX-License-Identifier: MIT
// Labelled sequences of numbers, such as recordings of sensors: what each of them is, or a number
// for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eddy/scratch.h"
#include "eddy/source.h"
#include "eddy/tensor.h"
#include "eddy/timeseries.h"

namespace eddy {
namespace datasets {

struct SequencesOptions {
  std::vector<std::string> columns = {};  // features, in this order; empty: all that are left
  std::string id = {};     // which rows are one sequence; .csv and .tsv need it, arrays have none
  std::string label = {};  // empty: label, class, category, target or activity
  bool labelled = true;    // false: labels are not looked at
  // Of a row of a table, 0 and at most: 16 MiB; and of a sequence that SequenceReader gives.
  int64_t max_bytes = 0;
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

// Reads the sequences of a .csv or .tsv one by one, in the memory of one and 40 bytes for the id of
// each before it: for files that are larger than memory. The rows of a sequence stand together.
class EDDY_API SequenceReader {
 public:
  // Throws as read_sequences(), and Error{not_supported} for arrays, which are read as a whole.
  explicit SequenceReader(const std::filesystem::path& path, const SequencesOptions& options);
  ~SequenceReader();
  SequenceReader(SequenceReader&&) noexcept;
  SequenceReader& operator=(SequenceReader&&) noexcept;

  // The next one; false at the end. Throws as read_sequences(); Error{bad_data} for more than
  // max_bytes, and for a row of a sequence that other rows have followed.
  bool next(Sequence& sequence);
  void rewind();

  const NumberTable& facts() const;  // its columns; no sequences
  // As of read_sequences(), once next() has returned false; "" before.
  const std::string& sha256() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

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

// Sequences as pad_steps() gives them, filled up no sooner than a model asks for them: only what
// was added is kept, in memory as long as that suffices, then in a scratch file. 8 bytes for each
// sequence stay in memory.
class EDDY_API PaddedSteps : public Source {
 public:
  // Throws Error{invalid_argument} as pad_steps(), and for a negative `memory`.
  explicit PaddedSteps(const PadStepsOptions& padding = {}, const ScratchOptions& scratch = {});
  ~PaddedSteps() override;

  // One more at the end: [steps, columns]; what padding.maxlen cuts off is not kept. Throws
  // Error{shape_mismatch} for other columns than the first has, Error{invalid_argument} when
  // `memory` is too little even for the 8 bytes of each, Error{io} when the scratch file cannot be
  // made or its disk is full.
  void add(const Tensor& steps);

  // [sequences, padding.maxlen or the longest, columns]
  const Shape& shape() const override { return shape_; }
  void gather(std::span<const int64_t> samples, float* rows) const override;

  int64_t scratch_bytes() const;  // of the scratch file; 0: there is none

 private:
  struct State;
  std::unique_ptr<State> state_;
  Shape shape_ = {0, 0, 0};
};

}  // namespace eddy
