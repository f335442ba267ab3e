// SPDX-License-Identifier: MIT
// Reads sequences with a label for every step, twice, also as CoNLL-U. Anything but success or
// eddy::Error is a finding.
#include <eddy/eddy.h>

#include <cstdlib>
#include <string>

#include "input_file.h"

namespace {

std::string one_pass(eddy::datasets::TaggedSequences& sequences) {
  std::string seen;
  try {
    for (eddy::datasets::TaggedSequence sequence; sequences.next(sequence);) {
      if (sequence.tokens.empty() || sequence.tokens.size() != sequence.labels.size()) std::abort();
      for (size_t i = 0; i < sequence.tokens.size(); ++i) {
        if (sequence.tokens[i].empty() || sequence.labels[i].empty()) std::abort();
        seen += sequences.place(i) + sequence.tokens[i] + '\0' + sequence.labels[i] + '\0';
      }
    }
  } catch (const eddy::Error& error) {
    seen += error.what();
  }
  return seen + std::to_string(sequences.invalid_bytes()) + sequences.sha256();
}

void read_twice(const InputFile& file, const uint8_t* data, size_t size) {
  file.write(data, size);
  try {
    eddy::datasets::TaggedSequences sequences(file.path());
    const std::string first = one_pass(sequences);
    sequences.rewind();
    if (one_pass(sequences) != first) std::abort();
  } catch (const eddy::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const InputFile plain("tags.tsv"), conllu("tags.conllu");
  read_twice(plain, data, size);
  read_twice(conllu, data, size);
  return 0;
}
