// SPDX-License-Identifier: MIT
// eddy plot: the curves of one run, or of several in one picture.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "command.h"
#include "eddy/plot.h"
#include "eddy/report.h"
#include "flags.h"
#include "run_folder.h"

namespace eddy::cli {
namespace {

struct PlotFlags {
  std::vector<std::string> runs;
  std::string out;
  bool terminal = false;
};

// "runs/imdb-lstm/" and "runs/imdb-lstm/history.csv": imdb-lstm
std::string run_name(const std::string& run) {
  std::filesystem::path path = std::filesystem::path(run).lexically_normal();
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    const bool plain = path.stem() == "history";
    path = plain ? std::filesystem::absolute(path, ignored).parent_path() : path.stem();
  }
  if (!path.has_filename()) path = path.parent_path();
  if (path == "." || path == "..") path = std::filesystem::canonical(path, ignored);
  return path.filename().string();
}

std::vector<NamedHistory> read_runs(const PlotFlags& flags) {
  std::vector<NamedHistory> runs;
  std::map<std::string, int> used;
  for (const std::string& run : flags.runs) {
    runs.push_back({run_name(run), read_history(run)});
    ++used[runs.back().name];
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    if (used[runs[i].name] > 1) runs[i].name = flags.runs[i];
  }
  return runs;
}

void print_plots(const std::vector<NamedHistory>& runs) {
  const Terminal screen = terminal(STDOUT_FILENO);
  std::cout << plot_text(
      runs,
      {.width = std::clamp<int64_t>(screen.width, 40, 200), .height = 22, .color = screen.color});
}

int plot_runs(const PlotFlags& flags) {
  require(flags.runs.empty() ? "" : flags.runs.front(), "plot", "run folder");
  const std::vector<NamedHistory> runs = read_runs(flags);
  if (flags.terminal) print_plots(runs);
  if (flags.terminal && flags.out.empty()) return kOk;
  std::filesystem::path out = flags.out;
  if (flags.out.empty()) {
    std::error_code ignored;
    const std::filesystem::path run = flags.runs.front();
    out = runs.size() > 1                               ? "."
          : std::filesystem::is_directory(run, ignored) ? run
          : run.has_parent_path()                       ? run.parent_path()
                                                        : ".";
  }
  const RunFolder folder(out, true);
  for (const auto& file : plot(runs, (folder.path() / "").string())) {
    std::cout << file.string() << '\n';
  }
  return kOk;
}

}  // namespace

void add_plot(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "plot", "Draw accuracy and loss of a run, or of several runs in one picture.");
  auto flags = std::make_shared<PlotFlags>();
  Flags declared(*command);
  declared.arguments("run", flags->runs, "PATH",
                     "folders that `eddy train` wrote, or history files");
  declared.text("--out", flags->out, "DIR",
                "folder for the pictures; default: the run's, for several runs this folder");
  declared.flag("--terminal", flags->terminal, "draw with characters instead of files");
  command->callback([&action, flags] { action = [flags] { return plot_runs(*flags); }; });
}

}  // namespace eddy::cli
