// SPDX-License-Identifier: MIT
// Tokenizes and encodes any bytes, as words and as a plain text of characters. Anything but success
// or eddy::Error is a finding.
#include <eddy/eddy.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "input_file.h"

namespace {

// A text becomes the same ids again by its own vocabulary, none of them unknown.
void read_characters(const InputFile& file) {
  const std::string text = eddy::datasets::read_text(file.path()).text;
  const eddy::TextEncoder encoder = eddy::character_encoder(text);
  const auto ids = eddy::character_ids(encoder, text);
  const auto in_all = static_cast<int64_t>(encoder.vectorization->vocabulary.size()) + 2;
  for (const int32_t id : ids) {
    if (id < 2 || id >= in_all) std::abort();
  }
  if (!std::isfinite(eddy::NgramModel(4, in_all).adaptive_bits(ids))) std::abort();
  eddy::text_windows(ids, 3, 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const InputFile file("text.txt");
  const std::string text(reinterpret_cast<const char*>(data), size);
  const eddy::TextEncoder encoder = {.words = {"the", "and", "a"}, .num_words = 10, .maxlen = 5};
  try {
    eddy::tokenize(text);
    eddy::encode(encoder, {text});
  } catch (const eddy::Error&) {
  }
  file.write(data, size);
  try {
    read_characters(file);
  } catch (const eddy::Error&) {
  }
  return 0;
}
