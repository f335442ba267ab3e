// SPDX-License-Identifier: MIT
// config.json: a Sequential model as Keras describes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eddy/model.h"
#include "files/bad_file.h"
#include "model/network.h"

namespace eddy::files {

struct ModelConfig {
  std::string name;
  std::vector<LayerSpec> specs;
  Shape input_shape;  // [None, ...]
  std::optional<CompileOptions> compile;
};

// The text of config.json for a built model.
std::string model_config_text(const Network& network);

// `legacy`: written by Keras 2. Throws Error{bad_file} for what no Keras writes, and
// Error{not_supported} naming layer and key for what eddy does not have.
ModelConfig read_model_config(const Where& where, std::string_view text, bool legacy);

}  // namespace eddy::files
