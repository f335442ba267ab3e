// SPDX-License-Identifier: MIT
// Tokenizes and encodes any bytes. Anything but success or eddy::Error is a finding.
#include <eddy/eddy.h>

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const eddy::TextEncoder encoder = {.words = {"the", "and", "a"}, .num_words = 10, .maxlen = 5};
  try {
    eddy::tokenize(text);
    eddy::encode(encoder, {text});
  } catch (const eddy::Error&) {
  }
  return 0;
}
