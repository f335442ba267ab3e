// SPDX-License-Identifier: MIT
// The golden cases that scripts/make_golden.py wrote with real Keras: a model's config, weights,
// inputs, and what Keras computes from them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/tensor.h"

namespace eddy::golden {

// Reals, or ids (masks too: 0 and 1), row-major.
struct Array {
  Shape shape;
  bool integers = false;
  std::vector<float> reals;
  std::vector<int32_t> ids;
};

struct CaseWeight {
  std::string name;  // Keras' name of the variable
  std::string path;
  bool trainable = true;
  Array value;
};

// One call of the model, after the calls before it.
struct Call {
  std::optional<bool> training;  // none: training and inference give the same
  bool reset = false;            // the kept states are forgotten before
  std::vector<Array> inputs, outputs;
  std::vector<std::optional<Array>> masks;  // of every output
  // Of sum over the outputs of output * cotangent. Without gradients: not to be checked.
  bool gradients = false;
  std::vector<Array> cotangents;
  std::vector<std::optional<Array>> weight_gradients;  // none: not trainable
  std::vector<std::optional<Array>> input_gradients;   // none: ids
  std::vector<Array> moved;  // the weights that are not trainable, after the call
};

struct Case {
  std::string name;
  std::string config;               // model.to_json()
  std::vector<CaseWeight> weights;  // in Keras' order
  std::vector<Call> calls;
};

struct CaseName {
  std::string group, name;
};

// All cases, as cases.txt lists them.
std::vector<CaseName> case_names();

// Read once; valid until the program ends. Fails the test and gives an empty one where the file
// cannot be read or was written by another Keras than 3.15.1.
const std::vector<Case>& group(const std::string& name);

// The losses of article.npz: [cell][run][step], the runs of golden_article.py.
struct Article {
  std::vector<std::string> cells;
  std::vector<float> losses;
};
Article article();

// Lines of unsupported.txt: how many cases eddy refuses, and words of the message.
struct Unsupported {
  int count = 0;
  std::string words;
};
std::vector<Unsupported> unsupported();

}  // namespace eddy::golden
