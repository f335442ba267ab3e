// SPDX-License-Identifier: MIT
// keras.utils.Progbar as fit() drives it: same bytes, but the clock is TrainingState::seconds.
#include <fmt/format.h>

#include <cmath>
#include <ostream>
#include <string>

#include "eddy/report.h"

namespace eddy {
namespace {

constexpr double kInterval = 0.05;  // seconds between two drawings of a moving line
constexpr int64_t kBarWidth = 20;

std::string repeat(std::string_view text, int64_t times) {
  std::string result;
  for (int64_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string step_time(double seconds) {
  if (seconds >= 1 || seconds == 0) return fmt::format(" {:.0f}s/step", seconds);
  if (seconds >= 1e-3) return fmt::format(" {:.0f}ms/step", seconds * 1e3);
  return fmt::format(" {:.0f}us/step", seconds * 1e6);
}

std::string eta(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  if (seconds > 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
  }
  if (seconds > 60) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

std::string metric(const std::string& name, double value, bool plain) {
  // Keras tests the size without the sign in its plain line.
  const double size = plain ? value : std::fabs(value);
  const double shown = std::isnan(value) ? std::fabs(value) : value;
  return size > 1e-3 ? fmt::format(" - {}: {:.4f}", name, shown)
                     : fmt::format(" - {}: {:.4e}", name, shown);
}

std::string counter(int64_t done, int64_t target) {
  return fmt::format("{:>{}}/{}", done, std::to_string(target).size(), target);
}

}  // namespace

ProgressBar::ProgressBar(std::ostream& out, ProgressBarOptions options)
    : out_(out), options_(options) {
  if (options.verbose < 0 || options.verbose > 2) {
    throw Error(ErrorCode::invalid_argument, "ProgressBar",
                fmt::format("verbose: expected 0, 1 or 2, got {}.", options.verbose),
                "use 1 for a moving line, 2 for one line an epoch, 0 for silence.");
  }
}

ProgressBarOptions progress_bar_for(const Terminal& terminal) {
  return {.verbose = terminal.interactive ? 1 : 2,
          .color = terminal.color,
          .width = terminal.interactive ? terminal.width : 0};
}

void ProgressBar::on_train_begin(TrainingState& state) {
  // An epoch that goes on begins for the eye alone.
  if (state.resumed && state.batch > 0) on_epoch_begin(state);
}

void ProgressBar::on_epoch_begin(TrainingState& state) {
  end_line();
  drawn_width_ = 0;
  drawn_at_ = 0;
  after_first_step_ = -1;
  if (options_.verbose == 0 || state.epochs == 1) return;
  out_ << fmt::format("Epoch {}/{}\n", state.epoch + 1, state.epochs);
  out_.flush();
}

void ProgressBar::on_train_batch_end(TrainingState& state) {
  if (options_.verbose == 1) draw(state, state.batch + 1, false);
}

void ProgressBar::on_epoch_end(TrainingState& state) {
  if (options_.verbose == 0) return;
  if (options_.verbose == 1) {
    draw(state, state.batches, true);
    return;
  }
  std::string line = counter(state.batches, state.batches);
  line += fmt::format(" - {:.0f}s -{}", state.seconds,
                      step_time(state.seconds / static_cast<double>(state.batches)));
  for (const auto& [name, value] : state.logs) line += metric(name, value, true);
  out_ << line << '\n';
  out_.flush();
}

void ProgressBar::on_train_end(TrainingState&) { end_line(); }

void ProgressBar::end_line() {
  if (!open_) return;
  out_ << '\n';
  out_.flush();
  open_ = false;
}

void ProgressBar::draw(const TrainingState& state, int64_t done, bool last) {
  const double now = state.seconds;
  // The first step is slower than the others: it pays for memory and packing.
  const bool skip_first = after_first_step_ >= 0 && done > 1;
  const double step = skip_first ? (now - after_first_step_) / static_cast<double>(done - 1)
                                 : now / static_cast<double>(done);
  if (done == 1) after_first_step_ = now;
  if (!last && open_ && now - drawn_at_ < kInterval) return;

  const int64_t filled = kBarWidth * done / state.batches;
  const std::string count = counter(done, state.batches);
  const std::string time =
      last ? fmt::format("{:.0f}s", now) : eta(step * static_cast<double>(state.batches - done));
  std::string info = step_time(step);
  int64_t width = static_cast<int64_t>(count.size() + time.size() + info.size()) + kBarWidth + 2;
  for (const auto& [name, value] : state.logs) {
    const std::string item = metric(name, value, false);
    const auto wide = width + static_cast<int64_t>(item.size());
    if (!last && options_.width > 0 && wide >= options_.width) break;
    info += item;
    width = wide;
  }

  const auto styled = [&](const char* code, const std::string& text) {
    return options_.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  };
  std::string line(static_cast<size_t>(drawn_width_), '\b');
  line += '\r' + styled("1", count) + ' ';
  if (filled > 0) line += styled("32", repeat("━", filled));
  line += options_.color ? styled("37", repeat("━", kBarWidth - filled))
                         : repeat("─", kBarWidth - filled);
  line += ' ' + styled("1", time) + info;
  if (drawn_width_ > width) line.append(static_cast<size_t>(drawn_width_ - width), ' ');
  if (last) line += '\n';
  out_ << line;
  out_.flush();
  drawn_width_ = width;
  drawn_at_ = now;
  open_ = !last;
}

}  // namespace eddy
