// SPDX-License-Identifier: MIT
// A pass over labelled texts and another one: both must give the same, valid UTF-8 throughout.
#pragma once

#include <eddy/eddy.h>

#include <cstdlib>
#include <string>

#include "input_file.h"

inline std::string one_pass(eddy::datasets::LabelledTexts& texts) {
  std::string seen;
  try {
    for (eddy::datasets::LabelledText record; texts.next(record);) {
      if (record.label.empty()) std::abort();
      seen += texts.place() + record.text + '\0' + record.label + '\0';
    }
  } catch (const eddy::Error& error) {
    seen += error.what();
  }
  return seen + std::to_string(texts.invalid_bytes());
}

inline void read_twice(const InputFile& file, const uint8_t* data, size_t size) {
  file.write(data, size);
  try {
    eddy::datasets::LabelledTexts texts(file.path());
    const std::string first = one_pass(texts);
    texts.rewind();
    if (one_pass(texts) != first) std::abort();
  } catch (const eddy::Error&) {
  }
}
