// SPDX-License-Identifier: MIT
// Scripts by which a shell completes the program's commands, flags, values and files.
#pragma once

#include <string>
#include <vector>

#include "grammar.h"

namespace eddy::cli {

struct Shell {
  std::string name;  // "bash"
  std::string path;  // where its scripts lie below a folder "share"
  std::string (*script)(const std::vector<CommandGrammar>&);
};

const std::vector<Shell>& shells();

}  // namespace eddy::cli
