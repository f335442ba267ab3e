// SPDX-License-Identifier: MIT
// The program: finds the command, runs it, turns errors into messages and exit statuses.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <new>

#include "command.h"
#include "eddy/eddy.h"
#include "flags.h"
#include "interrupt.h"
#include "machine.h"

namespace eddy::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  eddy train imdb --cell gru                the article's network, into runs/imdb-gru\n"
    "  eddy evaluate runs/imdb-gru/model.keras imdb\n"
    "  eddy predict runs/imdb-gru/model.keras \"a wonderful film\"\n"
    "  eddy explain runs/imdb-gru/model.keras \"a wonderful film\" --html why.html\n"
    "  eddy plot runs/imdb-lstm runs/imdb-gru    both in one picture\n"
    "  eddy lab runs/imdb-gru                    watch it, while it trains elsewhere\n"
    "  eddy generate runs/book-lstm/model.keras --prompt \"In the beginning\"\n"
    "  eddy tune imdb --budget 1h                better flags, by a search\n"
    "  eddy forecast temperatures.csv --horizon 24 --season 24\n"
    "Exit status: 0 done, 1 failed, 2 wrong command line, 3 bad data or file, 130 Ctrl-C.";

struct VersionFlags {
  bool version = false, verbose = false;
};

std::string comma_joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

void print_version(const VersionFlags& flags) {
  std::cout << "eddy " << EDDY_VERSION << '\n';
  if (!flags.verbose) return;
  std::cout << fmt::format(
      "cells     {}\nsimd      {} (of {})\ncpu       {}\nthreads   {}\ncompiler  {}\npictures  "
      "{}\n",
      comma_joined(cell_names()), simd_target(), comma_joined(simd_targets()), cpu_name(),
      num_threads(), __VERSION__, can_plot() ? "gnuplot" : "none: gnuplot cannot be started");
}

std::vector<std::string> long_flags(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

void check_flag(const CLI::App& app, const std::string& argument, const std::string& command) {
  if (!argument.starts_with("--") || argument == "--") return;
  const std::string name = argument.substr(0, argument.find('='));
  const std::vector<std::string> known = long_flags(app);
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  std::string snake = name;
  std::replace(snake.begin() + 2, snake.end(), '_', '-');
  throw UsageError(command, fmt::format("flag: expected a known one, got '{}'.", name),
                   did_you_mean(snake, known));
}

// Before CLI11 sees them: unknown words get the nearest known one.
void check_words(const CLI::App& program, const std::vector<std::string>& arguments) {
  size_t at = 0;
  while (at < arguments.size() && arguments[at].starts_with('-')) {
    check_flag(program, arguments[at++], "eddy");
  }
  if (at == arguments.size()) return;
  std::vector<std::string> commands;
  for (const CLI::App* command : program.get_subcommands(nullptr)) {
    commands.push_back(command->get_name());
  }
  if (std::find(commands.begin(), commands.end(), arguments[at]) == commands.end()) {
    throw UsageError("eddy", fmt::format("command: expected a known one, got '{}'.", arguments[at]),
                     did_you_mean(arguments[at], commands));
  }
  const CLI::App& command = *program.get_subcommand(arguments[at]);
  for (size_t i = at + 1; i < arguments.size() && arguments[i] != "--"; ++i) {
    check_flag(command, arguments[i], "eddy " + command.get_name());
  }
}

// Everything else that CLI11 finds, in our grammar.
[[noreturn]] void refuse(const CLI::App& program, const CLI::ParseError& error) {
  std::string command = "eddy";
  for (const CLI::App* used : program.get_subcommands()) command += " " + used->get_name();
  std::string what = error.what();
  std::replace(what.begin(), what.end(), '\n', ' ');
  throw UsageError(
      command, fmt::format("arguments: expected what `{} --help` shows, got: {}.", command, what),
      "put a text of several words in quotes, and -- before one that begins with a "
      "dash.");
}

int exit_status(const Error& error, bool training) {
  if (dynamic_cast<const UsageError*>(&error) != nullptr) return kUsage;
  if (error.where() == "gnuplot") return kFailure;
  switch (error.code()) {
    case ErrorCode::internal:
      return kFailure;
    // The flags of `train` decide the network; elsewhere the model file does.
    case ErrorCode::invalid_argument:
      return training ? kUsage : kBadFile;
    default:
      return kBadFile;
  }
}

int run(int argc, char** argv) {
  CLI::App program(
      "eddy trains recurrent networks on ordinary CPUs, as Keras does, without Python.", "eddy");
  program.get_formatter()->column_width(32);
  program.footer(kExamples);
  program.require_subcommand(0, 1);  // behind the first one "train" is a text like any other
  VersionFlags version;
  program.add_flag("--version", version.version, "print the version");
  program.add_flag("--verbose", version.verbose,
                   "with --version: the machine as eddy sees it, too");
  Action action;
  add_train(program, action);
  add_tune(program, action);
  add_forecast(program, action);
  add_evaluate(program, action);
  add_predict(program, action);
  add_generate(program, action);
  add_explain(program, action);
  add_summary(program, action);
  add_inspect(program, action);
  add_diff(program, action);
  add_plot(program, action);
  add_lab(program, action);
  add_completion(program, action);
  add_manual(program, action);

  check_words(program, {argv + 1, argv + argc});
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return program.exit(help);
  } catch (const CLI::ParseError& error) {
    refuse(program, error);
  }
  if (version.version) {
    print_version(version);
    return kOk;
  }
  if (!action) {
    throw UsageError("eddy", "command: expected one, got none.", "see `eddy --help`.");
  }
  return action();
}

int guarded(int argc, char** argv) {
  const bool training =
      argc > 1 && (std::string(argv[1]) == "train" || std::string(argv[1]) == "tune" ||
                   std::string(argv[1]) == "forecast");
  try {
    const int status = run(argc, argv);
    std::cout.flush();
    if (std::cout.good()) return status;
    throw Error(ErrorCode::internal, "stdout", "output: expected to be written, got refused.",
                "check where the output goes.");
  } catch (const Interrupted& stop) {
    return stop.exit_status();
  } catch (const Error& error) {
    std::cout.flush();
    std::cerr << "error: " << error.what() << '\n';
    return exit_status(error, training);
  } catch (const std::bad_alloc&) {
    std::cerr << "error: [memory] size: expected to fit, got more than this machine has. Fix: use "
                 "smaller --units, --num-words, --maxlen or --batch-size.\n";
    return kFailure;
  } catch (const std::exception& error) {
    std::cerr << fmt::format(
        "error: [eddy] program: expected no such failure, got '{}'. Fix: "
        "report it with the command line.\n",
        error.what());
    return kFailure;
  }
}

}  // namespace
}  // namespace eddy::cli

int main(int argc, char** argv) {
  // A file size limit then shows as an error of write(), which is reported.
  std::signal(SIGXFSZ, SIG_IGN);
  return eddy::cli::guarded(argc, argv);
}
