// SPDX-License-Identifier: MIT
// A person's labelled sequences on their way from a file to rows: from a table, one by one, as
// often as they are asked for, or from what was read as a whole.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data_memory.h"
#include "eddy/eddy.h"
#include "sequence_setup.h"

namespace eddy::cli {

class SequenceInput {
 public:
  // `memory`: a table, read one by one within it.
  SequenceInput(const std::string& file, datasets::SequencesOptions options,
                const std::optional<int64_t>& memory);
  // The same with columns as a model takes them.
  SequenceInput(const SequenceSetup& setup, const std::string& file,
                const std::optional<int64_t>& memory);

  // Columns and their names; sequences only where all were read.
  const datasets::NumberTable& facts() const;
  // Sequences of an .npz's x_test and y_test; 0: there is none.
  int64_t test_count() const;
  // From here on these are the ones; false: there are none.
  bool take_test();

  // From the beginning; a signal ends it by Interrupted. `visit` may take a sequence's values away
  // where it is the last one to see them.
  void for_each(const std::function<void(datasets::Sequence&)>& visit);
  // Once for_each() has been through.
  const std::string& sha256() const;
  // Throws UsageError for more sequences than the memory leaves room for.
  void check_count(int64_t sequences) const;
  // Bounds for those that are kept: a share of the memory, or none.
  ScratchOptions rows() const;
  ScratchOptions held_out_rows() const;

 private:
  std::optional<DataMemory> memory_;
  std::optional<datasets::SequenceReader> reader_;
  datasets::LabelledSequences whole_;
};

// Sequences with their targets.
struct SequenceSide {
  explicit SequenceSide(const ScratchOptions& scratch)
      : x(std::make_shared<PaddedSteps>(sequence_padding(), scratch)) {}

  void add(const datasets::Sequence& sequence, float target) {
    x->add(sequence.values);
    targets.push_back(target);
  }
  // [sequences]; call once.
  Tensor take_targets() { return targets.empty() ? Tensor() : Tensor(std::move(targets)); }

  std::shared_ptr<PaddedSteps> x;
  std::vector<float> targets;
};

}  // namespace eddy::cli
