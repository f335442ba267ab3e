// SPDX-License-Identifier: MIT
// Manual pages in roff, of the man macros.
#pragma once

#include <string>
#include <vector>

#include "grammar.h"

namespace eddy::cli {

// "eddy-train", "eddy" for the program itself.
std::string page_name(const CommandGrammar& command);

// The page of commands[which].
//   footer  of the help: a line an example ("  eddy train imdb   what it does"), and what the exit
//           statuses mean
std::string manual_page(const std::vector<CommandGrammar>& commands, size_t which,
                        const std::string& footer);

}  // namespace eddy::cli
