// SPDX-License-Identifier: MIT
// What a model was compiled with, as Keras' config objects.
#pragma once

#include <optional>
#include <string>

#include "eddy/model.h"
#include "files/config_object.h"

namespace eddy::files {

// The name that Keras 3.15 gives the optimizer object: "rm_sprop", "sgd", "adam".
std::string optimizer_object_name(const Optimizer& optimizer);

// `options` as Network keeps them: all defaults filled in. Not compiled: {}.
OrderedJson compile_json(const std::optional<CompileOptions>& options);

// compile_config of .keras or training_config of .h5 files. Nothing for {} or null, or a model
// without a loss. Throws Error{not_supported} naming the key for what eddy does not have.
//   optimizer  what to take where the value names none; "": Keras' default
//   outputs    of the model: how Keras means a list of metrics
std::optional<CompileOptions> read_compile(const Json& value, const Where& where,
                                           const std::string& optimizer = {}, size_t outputs = 1);

// Keras keeps learning rates as float32: 0.001 reads 0.0010000000474974513. The shortest number
// that is the same float32.
double shortest(float value);

}  // namespace eddy::files
