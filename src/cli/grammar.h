// SPDX-License-Identifier: MIT
// What the declarations of all commands say, apart from how CLI11 keeps it: the manual and the
// completions of shells are made of this.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace eddy::cli {

struct Parameter {
  std::string name;         // "--cell", or of an argument "dataset"
  std::string short_name;   // "-h"; empty: none
  std::string placeholder;  // "gru|lstm", "FILE"; empty: takes no value
  std::string preset;       // the default; empty: none
  std::string help;
  bool several = false;  // an argument that may be given more than once

  // The words that it may be, by the same list that it is checked by.
  std::vector<std::string> words() const;
  bool takes_file() const;
  bool takes_folder() const;
  // The beginning of the help, for a line of a menu.
  std::string summary() const;
};

struct CommandGrammar {
  std::string name;  // "train"; empty: the program itself
  std::string description;
  std::vector<Parameter> arguments, flags;
};

// The program first, then its commands in the order of the help.
std::vector<CommandGrammar> grammar_of(const CLI::App& program);

}  // namespace eddy::cli
