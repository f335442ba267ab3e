// SPDX-License-Identifier: MIT
// Files that a person has written or changed, as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace eddy::cli {

// All bytes of a file that `flag` names. Throws UsageError for what is no file, or too large.
std::string read_text_file(const std::string& path, const std::string& flag);

// Throws UsageError naming the line for what is no JSON, and for a key that comes twice in one
// object.
nlohmann::json parse_json(const std::string& text, const std::string& path);

}  // namespace eddy::cli
