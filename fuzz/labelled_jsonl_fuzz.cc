// SPDX-License-Identifier: MIT
// Reads labelled texts from lines of JSON. Anything but success or eddy::Error is a finding.
#include "labelled_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const InputFile file("texts.jsonl");
  read_twice(file, data, size);
  return 0;
}
