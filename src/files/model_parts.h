// SPDX-License-Identifier: MIT
// A model as a file holds it: description, arrays, vocabulary.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "files/hdf5_tree.h"
#include "files/model_config.h"

namespace eddy::files {

struct ModelParts {
  ModelParts() = default;
  ModelParts(const ModelParts&) = delete;  // `tree` points into `image`
  ModelParts& operator=(const ModelParts&) = delete;

  ModelConfig config;
  Where config_place;   // for messages about the description
  Where weights_place;  // and about the arrays
  std::string image;
  Hdf5Tree tree;
  std::optional<TextEncoder> text;
  std::map<std::string, std::string> notes;
};

}  // namespace eddy::files
