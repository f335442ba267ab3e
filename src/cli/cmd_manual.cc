// SPDX-License-Identifier: MIT
// eddy manual and eddy completion: what the list of flags says, for man and for shells.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "command.h"
#include "completion.h"
#include "eddy/report.h"
#include "flags.h"
#include "manual_page.h"

namespace eddy::cli {
namespace {

namespace fs = std::filesystem;

void write_below(const fs::path& folder, const fs::path& name, const std::string& text) {
  const fs::path path = folder / name;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (!fs::is_directory(path.parent_path(), error)) {
    throw UsageError(
        "--out",
        fmt::format("folder: expected to make '{}', got '{}'.", path.parent_path().string(),
                    error ? error.message() : "a file of that name"),
        "name a folder that can be written.");
  }
  write_file(path, text);
}

// As an installation has them below share/.
void write_tree(const std::vector<CommandGrammar>& commands, const std::string& footer,
                const fs::path& folder) {
  for (size_t i = 0; i < commands.size(); ++i) {
    write_below(folder, fs::path("man/man1") / (page_name(commands[i]) + ".1"),
                manual_page(commands, i, footer));
  }
  for (const Shell& shell : shells()) write_below(folder, shell.path, shell.script(commands));
}

int manual(const CLI::App& program, const std::string& name, const std::string& out) {
  const auto commands = grammar_of(program);
  if (!out.empty()) {
    if (!name.empty()) {
      throw UsageError("--out", "command: expected none beside it, got '" + name + "'.",
                       "leave the command out: all pages are written.");
    }
    write_tree(commands, program.get_footer(), out);
    return kOk;
  }
  const auto found =
      std::find_if(commands.begin(), commands.end(),
                   [&](const CommandGrammar& command) { return command.name == name; });
  std::cout << manual_page(commands, static_cast<size_t>(found - commands.begin()),
                           program.get_footer());
  return kOk;
}

int completion(const CLI::App& program, const std::string& name) {
  require(name, "completion", "shell");
  for (const Shell& shell : shells()) {
    if (shell.name == name) std::cout << shell.script(grammar_of(program));
  }
  return kOk;
}

}  // namespace

void add_completion(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "completion", "Print a script by which a shell completes commands, flags, values and files.");
  auto shell = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const Shell& known : shells()) names.push_back(known.name);
  Flags(*command).word("shell", *shell, names, "the shell to print it for");
  command->callback([&program, &action, shell] {
    action = [&program, shell] { return completion(program, *shell); };
  });
}

void add_manual(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "manual", "Print the manual page of eddy or of a command: eddy manual train | man -l -");
  struct ManualFlags {
    std::string name, out;
  };
  auto flags = std::make_shared<ManualFlags>();
  std::vector<std::string> names;
  for (const CLI::App* known : program.get_subcommands(nullptr)) names.push_back(known->get_name());
  Flags declared(*command);
  declared.word("command", flags->name, names, "whose page; default: that of the whole program");
  declared.text("--out", flags->out, "DIR",
                "write all pages and the completions of all shells below DIR, as an installation "
                "does: for yourself to ~/.local/share");
  command->callback([&program, &action, flags] {
    action = [&program, flags] { return manual(program, flags->name, flags->out); };
  });
}

}  // namespace eddy::cli
