// SPDX-License-Identifier: MIT
// What the title of every case of tests/golden's runs of fit() means.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eddy/callbacks.h"
#include "eddy/model.h"

namespace eddy::golden_fit_test {

// A case as far as it is not in the file.
struct Given {
  DenseOptions first = {.units = 4, .activation = "tanh"};
  DenseOptions last = {.units = 1, .activation = "sigmoid"};
  EmbeddingOptions embedding = {.input_dim = 9, .output_dim = 4, .mask_zero = true};
  RecurrentOptions lstm = {.units = 3, .return_sequences = true};
  CompileOptions compile = {.optimizer = {"sgd", {{"learning_rate", 0.5}}}};
  FitOptions fit = {.epochs = 3, .batch_size = 8, .shuffle = false};
  int64_t evaluate_batch = 7, validation_rows = 0;
  std::vector<std::unique_ptr<Callback>> callbacks = {};

  template <class OneCallback, class... Arguments>
  void add(Arguments&&... arguments) {
    callbacks.push_back(std::make_unique<OneCallback>(std::forward<Arguments>(arguments)...));
    fit.callbacks.push_back(callbacks.back().get());
  }
};

using Changes = std::map<std::string, std::function<void(Given&)>>;

// By title.
Changes all_changes();

}  // namespace eddy::golden_fit_test
