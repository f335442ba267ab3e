// SPDX-License-Identifier: MIT
// A whole model as Keras describes it, in .keras and in .h5 files: layers, calls, compile options.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eddy/model.h"
#include "files/json_text.h"
#include "model/network.h"

namespace eddy::files {

struct ModelConfig {
  GraphOptions graph;
  std::optional<CompileOptions> compile;
  std::optional<TextVectorization> vectorization;  // in front of the graph
};

// Whose words a description is in: those of Keras 3, or of Keras 2 and before, where some had
// another meaning.
enum class KerasAge { keras_2, keras_3 };
// "2.15.0", "3.15.1", ...
KerasAge keras_age(const std::string& version);

// config.json of a built model. Throws Error for a model that could not be read again.
OrderedJson model_json(const Where& where, const Network& network);
// The attributes "model_config" and "training_config" of .h5 files.
OrderedJson legacy_model_json(const Where& where, const Network& network);
OrderedJson legacy_training_json(const CompileOptions& options);

// Either form. `optimizer`: the name of the saved optimizer, for descriptions that lack it (Keras
// loses it when the model was saved as .h5 before). Throws Error{bad_file} for what no Keras
// writes, and Error{not_supported} naming layer and key for what eddy does not have.
ModelConfig read_model_config(const Where& where, std::string_view text, KerasAge age,
                              const std::string& optimizer);
std::optional<CompileOptions> read_training_config(const Where& where, std::string_view text);

}  // namespace eddy::files
