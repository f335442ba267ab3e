// SPDX-License-Identifier: MIT
#include "completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace eddy::cli {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string joined_words(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> command_names(const std::vector<CommandGrammar>& commands) {
  std::vector<std::string> names;
  for (const CommandGrammar& command : commands) {
    if (!command.name.empty()) names.push_back(command.name);
  }
  return names;
}

std::vector<std::string> flag_names(const CommandGrammar& command) {
  std::vector<std::string> names;
  for (const Parameter& flag : command.flags) names.push_back(flag.name);
  return names;
}

// ---- bash ---------------------------------------------------------------------------------------

// `kind` of files: "f" all, "d" folders, "-" none.
std::string bash_reply(const std::vector<std::string>& words, const char* kind) {
  return fmt::format("_eddy_reply {} {}", kind, joined_words(words));
}

std::string bash_kind(bool file, bool folder) { return file ? "f" : folder ? "d" : "-"; }

std::string bash_command(const CommandGrammar& command) {
  std::string text, plain;
  for (const Parameter& flag : command.flags) {
    if (flag.placeholder.empty()) continue;
    const std::string pattern = fmt::format("'{} {}'", command.name, flag.name);
    const auto words = flag.words();
    if (words.empty() && !flag.takes_file() && !flag.takes_folder()) {
      plain += (plain.empty() ? "" : "|") + pattern;
      continue;
    }
    const std::string kind = bash_kind(flag.takes_file(), flag.takes_folder());
    text += fmt::format("    {}) {} ;;\n", pattern, bash_reply(words, kind.c_str()));
  }
  // Numbers and names that only the user knows.
  if (!plain.empty()) text += fmt::format("    {}) _eddy_reply - ;;\n", plain);
  std::vector<std::string> words;
  bool file = false, folder = false;
  for (const Parameter& argument : command.arguments) {
    for (std::string& word : argument.words()) words.push_back(std::move(word));
    file = file || argument.takes_file();
    folder = folder || argument.takes_folder();
  }
  const std::string kind = bash_kind(file, folder);
  return text + fmt::format("    '{0} '*) if [[ $cur == -* ]]; then {1}; else {2}; fi ;;\n",
                            command.name, bash_reply(flag_names(command), "-"),
                            bash_reply(words, kind.c_str()));
}

constexpr const char* kBash = R"(# Completions of eddy for bash, by `eddy completion bash`.

# _eddy_reply KIND WORDS...: the words and files that go on with $cur
_eddy_reply() {
  local kind=$1
  shift
  COMPREPLY=()
  [[ $# -eq 0 ]] || mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
  [[ $kind != - ]] || return 0
  local files
  mapfile -t files < <(compgen "-$kind" -- "$cur")
  compopt -o filenames 2>/dev/null
  COMPREPLY+=("${files[@]}")
}

_eddy() {
  local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command='' i
  # --cell=gru comes as three words.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then
      command=${COMP_WORDS[i]}
      break
    fi
  done
  case "$command $before" in
)";

std::string bash_script(const std::vector<CommandGrammar>& commands) {
  std::string text = kBash;
  for (const CommandGrammar& command : commands) {
    if (!command.name.empty()) text += bash_command(command);
  }
  return text + fmt::format(
                    "    ' '*) if [[ $cur == -* ]]; then {}; else {}; fi ;;\n"
                    "    *) COMPREPLY=() ;;\n"
                    "  esac\n"
                    "}}\n\n"
                    "complete -F _eddy eddy\n",
                    bash_reply(flag_names(commands[0]), "-"),
                    bash_reply(command_names(commands), "-"));
}

// ---- zsh ----------------------------------------------------------------------------------------

std::string zsh_quoted(const std::string& text) {
  return "'" + replaced(text, "'", R"('\'')") + "'";
}

// Inside of [...] and between the colons of a specification.
std::string zsh_text(std::string text) {
  for (const char* mark : {"\\", "[", "]", ":", "`", "$"}) {
    text = replaced(text, mark, std::string("\\") + mark);
  }
  return text;
}

std::string zsh_action(const Parameter& parameter) {
  const auto words = parameter.words();
  if (parameter.takes_file() && !words.empty()) {
    return fmt::format(" _eddy_words_or_files {}", joined_words(words));
  }
  if (!words.empty()) return fmt::format("({})", joined_words(words));
  if (parameter.takes_file()) return "_files";
  return parameter.takes_folder() ? "_files -/" : " ";
}

std::string zsh_specifications(const CommandGrammar& command, const char* indent) {
  std::string text;
  for (const Parameter& flag : command.flags) {
    const bool has_value = !flag.placeholder.empty();
    std::string spec =
        fmt::format("{}{}[{}]", flag.name, has_value ? "=" : "", zsh_text(flag.summary()));
    if (has_value) {
      spec += fmt::format(":{}:{}", zsh_text(flag.name.substr(2)), zsh_action(flag));
    }
    text += fmt::format(" \\\n{}{}", indent, zsh_quoted(spec));
  }
  for (size_t i = 0; i < command.arguments.size(); ++i) {
    const Parameter& argument = command.arguments[i];
    const std::string place = argument.several ? "*" : std::to_string(i + 1);
    text += fmt::format(
        " \\\n{}{}", indent,
        zsh_quoted(fmt::format("{}:{}:{}", place, zsh_text(argument.name), zsh_action(argument))));
  }
  return text + '\n';
}

std::string zsh_script(const std::vector<CommandGrammar>& commands) {
  std::string text =
      "#compdef eddy\n"
      "# Completions of eddy for zsh, by `eddy completion zsh`.\n\n"
      "_eddy_words_or_files() {\n"
      "  _alternative \"words:value:($*)\" 'files:file:_files'\n"
      "}\n\n"
      "_eddy() {\n"
      "  local curcontext=\"$curcontext\" state line\n"
      "  typeset -A opt_args\n"
      "  _arguments -C '1: :->command' '*:: :->arguments'";
  text += zsh_specifications(commands[0], "    ");
  text += "  case $state in\n  command)\n    local -a commands=(\n";
  for (const CommandGrammar& command : commands) {
    if (command.name.empty()) continue;
    text +=
        fmt::format("      {}\n", zsh_quoted(command.name + ":" + zsh_text(command.description)));
  }
  text += "    )\n    _describe command commands\n    ;;\n  arguments)\n    case $words[1] in\n";
  for (const CommandGrammar& command : commands) {
    if (command.name.empty()) continue;
    text += fmt::format("    {})\n      _arguments{}      ;;\n", command.name,
                        zsh_specifications(command, "        "));
  }
  return text +
         "    esac\n    ;;\n  esac\n}\n\n"
         "# Found on the fpath it is the function's body; read by `source` it registers itself.\n"
         "if [[ $funcstack[1] == _eddy ]]; then\n  _eddy \"$@\"\nelse\n  compdef _eddy eddy\nfi\n";
}

// ---- fish ---------------------------------------------------------------------------------------

std::string fish_quoted(std::string text) {
  text = replaced(replaced(std::move(text), "\\", "\\\\"), "'", "\\'");
  return "'" + text + "'";
}

std::string fish_flag(const Parameter& flag) {
  std::string text = fmt::format(" -l {}", flag.name.substr(2));
  if (!flag.short_name.empty()) text += fmt::format(" -s {}", flag.short_name.substr(1));
  if (!flag.placeholder.empty()) {
    const auto words = flag.words();
    if (flag.takes_file()) {
      text += " -r -F";
    } else if (flag.takes_folder()) {
      text += " -x -a '(__fish_complete_directories)'";
    } else {
      text += " -x";
    }
    if (!words.empty()) text += fmt::format(" -a {}", fish_quoted(joined_words(words)));
  }
  return text + fmt::format(" -d {}", fish_quoted(flag.summary()));
}

std::string fish_script(const std::vector<CommandGrammar>& commands) {
  std::string text =
      "# Completions of eddy for fish, by `eddy completion fish`.\n"
      "complete -c eddy -f\n";
  for (const CommandGrammar& command : commands) {
    const bool is_program = command.name.empty();
    const std::string condition = is_program
                                      ? "__fish_use_subcommand"
                                      : fish_quoted("__fish_seen_subcommand_from " + command.name);
    if (!is_program) {
      text += fmt::format("complete -c eddy -n __fish_use_subcommand -a {} -d {}\n", command.name,
                          fish_quoted(command.description));
    }
    const std::string begin = fmt::format("complete -c eddy -n {}", condition);
    for (const Parameter& flag : command.flags) text += begin + fish_flag(flag) + '\n';
    for (const Parameter& argument : command.arguments) {
      if (const auto words = argument.words(); !words.empty()) {
        text += fmt::format("{} -a {}\n", begin, fish_quoted(joined_words(words)));
      }
      if (argument.takes_file() || argument.takes_folder()) text += begin + " -F\n";
    }
  }
  return text;
}

}  // namespace

const std::vector<Shell>& shells() {
  static const std::vector<Shell> known = {
      {"bash", "bash-completion/completions/eddy", bash_script},
      {"zsh", "zsh/site-functions/_eddy", zsh_script},
      {"fish", "fish/vendor_completions.d/eddy.fish", fish_script}};
  return known;
}

}  // namespace eddy::cli
