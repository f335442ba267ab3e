// SPDX-License-Identifier: MIT
// Reads a Tokenizer's JSON and uses it. Anything but success or eddy::Error is a finding.
#include <eddy/error.h>
#include <eddy/tokenizer.h>

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    eddy::Tokenizer tokenizer = eddy::Tokenizer::from_json(text);
    const std::string written = tokenizer.to_json();
    if (eddy::Tokenizer::from_json(written).to_json() != written) std::abort();
    tokenizer.sequences_to_texts(tokenizer.texts_to_sequences({text, "a b"}));
    tokenizer.fit_on_texts({text});
  } catch (const eddy::Error&) {
  }
  return 0;
}
