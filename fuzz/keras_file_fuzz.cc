// SPDX-License-Identifier: MIT
// Reads a .keras archive: zip, JSON, HDF5. Anything but success or eddy::Error is a finding.
#include <eddy/eddy.h>

#include "input_file.h"
#include "repair_zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const InputFile file("model.keras");
  const ZipRepair archive(data, size);
  file.write(archive.bytes().data(), archive.bytes().size());
  try {
    eddy::Model model = eddy::Model::load(file.path());
    model.summary_text();
  } catch (const eddy::Error&) {
  }
  return 0;
}
