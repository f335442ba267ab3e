// SPDX-License-Identifier: MIT
// Reads imdb.npz: zip, npy headers, pickles. Anything but success or eddy::Error is a finding.
#include <eddy/eddy.h>

#include "input_file.h"
#include "repair_zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const InputFile file("imdb.npz");
  const ZipRepair archive(data, size);
  file.write(archive.bytes().data(), archive.bytes().size());
  try {
    eddy::datasets::imdb({.data_dir = file.folder().string(), .download = false});
  } catch (const eddy::Error&) {
  }
  return 0;
}
