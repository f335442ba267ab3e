// SPDX-License-Identifier: MIT
// Reads legacy .h5 models, and weights of either layout into a model that stands already. Anything
// but success or eddy::Error is a finding.
#include <eddy/eddy.h>

#include "input_file.h"

namespace {

// The architecture of make_seeds.cc, so that its weights fit.
eddy::Sequential small_model() {
  eddy::Sequential model(
      {eddy::Embedding(6, 3), eddy::LSTM(2), eddy::Dropout(0.5), eddy::Dense(1, "sigmoid")});
  model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"acc"}});
  model.build({1, 4});
  return model;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const InputFile file("model.h5");
  static eddy::Sequential model = small_model();
  file.write(data, size);
  try {
    eddy::Model loaded = eddy::Model::load(file.path());
    loaded.summary_text();
  } catch (const eddy::Error&) {
  }
  try {
    model.load_weights(file.path());
  } catch (const eddy::Error&) {
  }
  return 0;
}
