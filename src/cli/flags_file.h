// SPDX-License-Identifier: MIT
// The file of --flags: TOML or JSON, told apart by its content, with the flags' snake_case names as
// keys; or run.json of a former run, whose options are those flags.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace eddy::cli {

struct FlagsFile {
  nlohmann::json values;   // an object
  bool is_record = false;  // of a run: it names every flag
};

// Throws UsageError naming the line for a file that cannot be read as either, for a key that comes
// twice, and for a record of another command than `command`.
FlagsFile read_flags_file(const std::string& path, const std::string& command);

}  // namespace eddy::cli
