// SPDX-License-Identifier: MIT
// Reads numbers from a table and from arrays; the form is told by the first bytes. Anything but
// finite numbers of the promised shape or eddy::Error is a finding.
#include <eddy/eddy.h>

#include <cmath>
#include <cstdlib>
#include <string_view>

#include "input_file.h"

namespace {

void read(const InputFile& file, const uint8_t* data, size_t size,
          const eddy::datasets::NumbersOptions& options) {
  file.write(data, size);
  try {
    const auto table = eddy::datasets::read_numbers(file.path(), options);
    if (table.sequences.empty() || table.columns.empty()) std::abort();
    for (const auto& sequence : table.sequences) {
      const auto columns = static_cast<int64_t>(table.columns.size());
      if (sequence.values.rank() != 2 || sequence.values.dim(1) != columns) std::abort();
      for (const float value : sequence.values.values()) {
        if (!std::isfinite(value)) std::abort();
      }
    }
  } catch (const eddy::Error&) {
  }
}

// One by one: the same ones, where their rows stand together.
void read_one_by_one(const InputFile& file, const eddy::datasets::SequencesOptions& options,
                     const eddy::datasets::LabelledSequences& whole) {
  if (whole.data.scattered > 0) return;
  eddy::datasets::SequenceReader reader(file.path(), options);
  for (int round = 0; round < 2; ++round) {
    size_t count = 0;
    for (eddy::datasets::Sequence sequence; reader.next(sequence);) ++count;
    if (count != whole.data.sequences.size() || reader.sha256() != whole.sha256) std::abort();
    reader.rewind();
  }
}

// The same bytes as labelled sequences.
void read_labelled(const InputFile& file, const eddy::datasets::SequencesOptions& options) {
  try {
    const auto sets = eddy::datasets::read_sequences(file.path(), options);
    for (const auto& sequence : sets.data.sequences) {
      if (options.labelled && sequence.label.empty()) std::abort();
      if (sequence.values.dim(0) < 1) std::abort();
      for (const float value : sequence.values.values()) {
        if (!std::isfinite(value)) std::abort();
      }
    }
    if (options.id.empty()) return;  // arrays
    try {
      read_one_by_one(file, options, sets);
    } catch (const eddy::Error&) {
      std::abort();
    }
  } catch (const eddy::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const InputFile csv("numbers.csv"), npy("numbers.npy"), npz("numbers.npz");
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with("PK")) {
    read(npz, data, size, {});
    read_labelled(npz, {});
  } else if (bytes.starts_with("\x93NUMPY")) {
    read(npy, data, size, {});
    read_labelled(npy, {.labelled = false});
  } else {
    read(csv, data, size, {});
    read(csv, data, size, {.columns = {"x"}, .id = "id"});
    read_labelled(csv, {.id = "id"});
    read_labelled(csv, {.columns = {"x"}, .id = "id", .label = "y"});
  }
  return 0;
}
