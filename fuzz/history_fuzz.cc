// SPDX-License-Identifier: MIT
// Reads a history, as JSON and as CSV, and a live training, which is drawn too. Anything but
// success or eddy::Error is a finding.
#include <eddy/eddy.h>

#include "input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const InputFile json("history.json"), csv("history.csv");
  for (const InputFile* file : {&json, &csv}) {
    file->write(data, size);
    try {
      eddy::read_history(file->path());
    } catch (const eddy::Error&) {
    }
  }
  try {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const eddy::LiveTraining training = eddy::parse_live(text, "fuzz");
    eddy::live_json(training);
    eddy::live_text(training, {.width = 90, .height = 40, .time = 1e9});
  } catch (const eddy::Error&) {
  }
  return 0;
}
