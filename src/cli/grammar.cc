// SPDX-License-Identifier: MIT
#include "grammar.h"

#include <algorithm>
#include <cctype>

namespace eddy::cli {
namespace {

constexpr size_t kMenuWidth = 70;  // characters of a summary

std::vector<std::string> parts_of(const std::string& placeholder) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < placeholder.size();) {
    const size_t end = std::min(placeholder.find('|', at), placeholder.size());
    parts.push_back(placeholder.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

bool has_part(const std::string& placeholder, const std::string& part) {
  const auto parts = parts_of(placeholder);
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

Parameter parameter(const CLI::Option& option) {
  Parameter result;
  result.name = option.get_positional() ? option.get_name(true) : "--" + option.get_lnames().at(0);
  if (!option.get_snames().empty()) result.short_name = "-" + option.get_snames()[0];
  if (option.get_type_size() != 0) result.placeholder = option.get_type_name();
  result.preset = option.get_default_str();
  result.help = option.get_description();
  result.several = option.get_expected_max() >= CLI::detail::expected_max_vector_size;
  return result;
}

CommandGrammar grammar_of_command(const CLI::App& command, const std::string& name) {
  CommandGrammar grammar{name, command.get_description(), {}, {}};
  for (const CLI::Option* option : command.get_options()) {
    (option->get_positional() ? grammar.arguments : grammar.flags).push_back(parameter(*option));
  }
  return grammar;
}

}  // namespace

std::vector<std::string> Parameter::words() const {
  std::vector<std::string> words;
  for (const std::string& part : parts_of(placeholder)) {
    if (std::none_of(part.begin(), part.end(),
                     [](unsigned char c) { return std::isupper(c) != 0; })) {
      words.push_back(part);
    }
  }
  return words;
}

bool Parameter::takes_file() const {
  return has_part(placeholder, "FILE") || has_part(placeholder, "PATH");
}

bool Parameter::takes_folder() const { return has_part(placeholder, "DIR"); }

std::string Parameter::summary() const {
  size_t end = help.size();
  for (const char* mark : {"; ", ": ", ". "}) {
    const size_t found = help.find(mark);
    if (found > 15 && found < end) end = found;  // of a very short beginning more is wanted
  }
  std::string text = help.substr(0, end);
  if (text.size() > kMenuWidth) {
    text.resize(text.rfind(' ', kMenuWidth));
    text += " ...";
  }
  return text;
}

std::vector<CommandGrammar> grammar_of(const CLI::App& program) {
  std::vector<CommandGrammar> commands = {grammar_of_command(program, "")};
  for (const CLI::App* command : program.get_subcommands(nullptr)) {
    commands.push_back(grammar_of_command(*command, command->get_name()));
  }
  return commands;
}

}  // namespace eddy::cli
