// SPDX-License-Identifier: MIT
// eddy lab: trainings watched from another terminal while they run.
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>

#include "command.h"
#include "eddy/live.h"
#include "eddy/report.h"
#include "flags.h"
#include "interrupt.h"

namespace eddy::cli {
namespace {

struct LabFlags {
  std::vector<std::string> runs;
  double interval = 0.5;
  bool once = false, json = false;
};

double seconds_of_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Whether the terminal is likely to have Braille and blocks.
bool has_unicode() {
  const char* const kind = std::getenv("TERM");
  if (kind != nullptr && std::string_view(kind) == "linux") return false;
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const value = std::getenv(variable);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale = value;
    return locale.ends_with("UTF-8") || locale.ends_with("utf8") || locale.ends_with("UTF8");
  }
  return false;
}

// The alternate screen without a cursor, keys at once and unseen; all as before at the end.
class LabScreen {
 public:
  LabScreen() {
    has_keys_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (has_keys_) {
      termios keys = before_;
      keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      keys.c_cc[VSUSP] = keys.c_cc[VQUIT] = _POSIX_VDISABLE;  // they would leave it as it is now
      tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }
    std::signal(SIGWINCH, [](int) {});  // ends poll(): another size
    std::cout << "\x1b[?1049h\x1b[?25l" << std::flush;
  }
  ~LabScreen() {
    std::cout << "\x1b[?25h\x1b[?1049l" << std::flush;
    std::signal(SIGWINCH, SIG_DFL);
    if (has_keys_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  LabScreen(const LabScreen&) = delete;
  LabScreen& operator=(const LabScreen&) = delete;

  // In the place of the one before, without flicker.
  static void show(const std::string& picture) {
    std::string frame = "\x1b[H";
    for (const char c : picture) {
      if (c == '\n') frame += "\x1b[K\r";
      frame += c;
    }
    std::cout << frame << "\x1b[K\x1b[J" << std::flush;
  }

  // Waits; true: q was pressed, or the keyboard has gone.
  bool wait(double seconds) const {
    pollfd keys{STDIN_FILENO, POLLIN, 0};
    const int found = poll(&keys, has_keys_ ? 1 : 0, static_cast<int>(1000 * seconds));
    if (found <= 0) return false;
    char key = 0;
    return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 4;  // Ctrl-D
  }

 private:
  termios before_{};
  bool has_keys_ = false;
};

std::vector<LiveTraining> read_all(const std::vector<std::string>& runs) {
  std::vector<LiveTraining> trainings;
  trainings.reserve(runs.size());
  for (const std::string& run : runs) trainings.push_back(read_live(run));
  return trainings;
}

bool any_runs(const std::vector<LiveTraining>& trainings) {
  return std::any_of(trainings.begin(), trainings.end(), [](const LiveTraining& training) {
    return training.status == "training" || training.status == "validating";
  });
}

// One below the other, each in its share of the rows.
std::string picture(const std::vector<LiveTraining>& trainings, int64_t rows) {
  constexpr int64_t kLeastRows = 3, kLeastColumns = 20;
  const Terminal screen = terminal(STDOUT_FILENO);
  const auto count = std::clamp<int64_t>(static_cast<int64_t>(trainings.size()), 1,
                                         std::max<int64_t>(rows / (kLeastRows + 1), 1));
  const LiveTextOptions options{.width = std::max(screen.width, kLeastColumns),
                                .height = std::max(rows / count - (count > 1 ? 1 : 0), kLeastRows),
                                .color = screen.color,
                                .unicode = has_unicode(),
                                .time = seconds_of_clock()};
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) text += '\n';
    text += live_text(trainings[static_cast<size_t>(i)], options);
  }
  return text;
}

void print_trainings(const std::vector<LiveTraining>& trainings) {
  std::cout << picture(trainings, terminal(STDOUT_FILENO).height - 1);
}

// Until q, a signal, or all have ended; then what is to be seen last.
std::vector<LiveTraining> watch(const LabFlags& flags, std::vector<LiveTraining> trainings) {
  const InterruptGuard guard;
  const LabScreen screen;
  std::string remark = "q quits";
  while (any_runs(trainings)) {
    InterruptGuard::check();
    const Terminal size = terminal(STDOUT_FILENO);
    std::string text = picture(trainings, size.height - 1);
    LabScreen::show(text + remark.substr(0, static_cast<size_t>(size.width - 1)));
    if (screen.wait(flags.interval)) return {};
    try {
      trainings = read_all(flags.runs);
      remark = "q quits";
    } catch (const Error& error) {
      remark = fmt::format("q quits; [{}] {}", error.where(), error.subject());
    }
  }
  return trainings;
}

int lab(LabFlags& flags) {
  if (flags.runs.empty()) {
    const auto newest = newest_run("runs");
    if (!newest) {
      throw UsageError("eddy lab", "run: expected one in the folder runs, got none.",
                       "name the folder that `eddy train` writes, e.g. with --out.");
    }
    flags.runs.push_back(newest->string());
  }
  std::vector<LiveTraining> trainings = read_all(flags.runs);
  if (flags.json) {
    for (const LiveTraining& training : trainings) std::cout << live_json(training);
    return kOk;
  }
  if (!flags.once && terminal(STDOUT_FILENO).interactive && any_runs(trainings)) {
    trainings = watch(flags, std::move(trainings));
  }
  if (!trainings.empty()) print_trainings(trainings);
  return kOk;
}

}  // namespace

void add_lab(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "lab", "Watch a training from another terminal: curves, speed, time left, gradient norms.");
  auto flags = std::make_shared<LabFlags>();
  Flags declared(*command);
  declared.arguments("run", flags->runs, "DIR",
                     "folders that `eddy train` writes; default: the newest in the folder runs");
  declared.flag("--once", flags->once, "print one picture, as without a terminal");
  declared.real("--interval", flags->interval, {0.05, 3600, true}, "seconds between two looks");
  declared.flag("--json", flags->json, "the numbers: one JSON object a line for each run");
  command->callback([&action, flags] { action = [flags] { return lab(*flags); }; });
}

}  // namespace eddy::cli
