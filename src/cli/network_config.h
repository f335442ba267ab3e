// SPDX-License-Identifier: MIT
// --config: a network that Keras' JSON describes, in place of the one that flags make.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "eddy/model.h"
#include "flags.h"

namespace eddy::cli {

// What Keras' model.to_json() gives, or config.json of a .keras file; the whole .keras or .h5 file
// does as well. Throws UsageError, Error{bad_file}.
nlohmann::json read_network_config(const std::string& path);

// A new network as described, with weights of the seed; not compiled.
//   where   of messages: the file
//   wanted  built and compiled: the one that the task's flags would give. The other must take the
//           same inputs (ids up to the same one), give the same outputs, and have been compiled, if
//           at all, with the same loss.
// Throws UsageError for one that does not fit, Error{bad_file} or Error{not_supported} for one that
// cannot be read.
Model make_configured(const nlohmann::json& config, const std::string& where, uint64_t seed,
                      const Model& wanted);

// Says on stderr that an optimizer in the description is not the run's, if so.
void note_optimizer(const nlohmann::json& config, const std::string& where, const Model& model);

}  // namespace eddy::cli
