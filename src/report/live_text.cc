// SPDX-License-Identifier: MIT
// The picture of `eddy lab`: what fits into a window, the most important first.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "eddy/error.h"
#include "eddy/live.h"
#include "report/live_canvas.h"

namespace eddy {
namespace {

constexpr int64_t kLeastChart = 6, kMostChart = 18;  // rows
constexpr int64_t kTwoAbreast = 76;  // columns from which two curves stand side by side
constexpr int64_t kMostNormRows = 8, kMostEventRows = 5;
constexpr double kSilence = 5;  // seconds without news that are worth a remark

std::string duration(double seconds) {
  if (!(seconds >= 0)) return "?";
  const auto whole = static_cast<int64_t>(std::min(std::round(seconds), 1e15));
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

// "14.3k"
std::string short_count(double value) {
  constexpr std::array kUnits = {"", "k", "M", "G"};
  size_t unit = 0;
  for (; unit + 1 < kUnits.size() && value >= 1000; ++unit) value /= 1000;
  return fmt::format("{:.{}f}{}", value, value < 10 ? 1 : 0, kUnits[unit]);
}

bool is_running(const LiveTraining& training) {
  return training.status == "training" || training.status == "validating";
}

double progress_of(const LiveTraining& training) {
  if (training.epochs <= 0) return 0;
  auto done = static_cast<double>(training.whole_epochs);
  if (training.whole_epochs == training.epoch && training.batches > 0) {
    done += training.status == "validating"
                ? 1
                : static_cast<double>(training.batch) / static_cast<double>(training.batches);
  }
  return std::clamp(done / static_cast<double>(training.epochs), 0.0, 1.0);
}

const char* look_of_status(const LiveTraining& training) {
  if (training.status == "failed" || training.status == "gone") return kLiveBad;
  if (training.status == "interrupted" || training.status == "unknown") return kLiveValidation;
  return kLiveGood;
}

std::string draw_head(const LiveTraining& training, const LiveTextOptions& options) {
  LiveRow row(options.width, options.color);
  const double age = options.time - training.time;
  const bool silent = is_running(training) && options.time > 0 && age > kSilence;
  const std::string status =
      silent ? fmt::format("{}, no news for {}", training.status, duration(age)) : training.status;
  row.add(training.name, kLiveBold)
      .add("  ")
      .add(status, silent ? kLiveValidation : look_of_status(training));
  return row.text();
}

std::string repeated(const char* text, int64_t times) {
  std::string result;
  for (int64_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string draw_progress(const LiveTraining& training, const LiveTextOptions& options) {
  LiveRow row(options.width, options.color);
  const bool inside = training.whole_epochs == training.epoch && training.status != "finished";
  std::string text = fmt::format("Epoch {}", inside ? training.epoch + 1 : training.whole_epochs);
  if (training.epochs > 0) text += fmt::format("/{}", training.epochs);
  if (training.batches > 0 && training.status != "finished") {
    text += fmt::format("  step {}/{}", training.batch, training.batches);
  }
  row.add(text);
  constexpr int64_t kLeastBar = 5;
  const std::string percent = fmt::format("  {:.0f} %", 100 * progress_of(training));
  const int64_t bar = std::min<int64_t>(row.left() - 2 - live_columns(percent), 60);
  if (training.epochs > 0 && bar >= kLeastBar) {
    const auto filled = static_cast<int64_t>(progress_of(training) * static_cast<double>(bar));
    row.add("  ").add(repeated(options.unicode ? "━" : "=", filled), kLiveGood);
    row.add(repeated(options.unicode ? "─" : "-", bar - filled), kLiveDim);
  }
  if (training.epochs > 0) row.add(percent);
  return row.text();
}

// Facts of one or a few words, the most important first.
std::vector<std::string> facts_of(const LiveTraining& training) {
  std::vector<std::string> facts;
  if (is_running(training)) {
    if (training.left_in_epoch && training.left) {
      facts.push_back(fmt::format("{} left in this epoch", duration(*training.left_in_epoch)));
      facts.push_back(fmt::format("{} in all", duration(*training.left)));
    }
    if (const double rate = training.batches_per_second; rate > 0) {
      facts.push_back(fmt::format("{} steps/s", short_count(rate)));
      if (training.status == "training" && training.batches > 0) {
        const double samples =
            rate * static_cast<double>(training.samples) / static_cast<double>(training.batches);
        facts.push_back(fmt::format("{} samples/s", short_count(samples)));
        if (training.time_steps > 0) {
          facts.push_back(fmt::format(
              "{} time steps/s", short_count(samples * static_cast<double>(training.time_steps))));
        }
      }
    }
    facts.push_back(fmt::format("running for {}", duration(training.seconds_in_all)));
  } else if (training.seconds_in_all > 0) {
    facts.push_back(fmt::format("{} in all", duration(training.seconds_in_all)));
  }
  if (!training.history.seconds.empty()) {
    double sum = 0;
    for (const double seconds : training.history.seconds) sum += seconds;
    facts.push_back(fmt::format(
        "{} an epoch", duration(sum / static_cast<double>(training.history.seconds.size()))));
  }
  if (training.learning_rate > 0) {
    facts.push_back(fmt::format("learning_rate {:.4g}", training.learning_rate));
  }
  return facts;
}

// Side by side, in as many rows as they need, at most two.
std::vector<std::string> draw_facts(const LiveTraining& training, const LiveTextOptions& options) {
  const char* between = options.unicode ? " · " : ", ";
  std::vector<std::string> lines;
  LiveRow row(options.width, options.color);
  for (const std::string& fact : facts_of(training)) {
    if (row.text().empty()) {
      row.add(fact);
    } else if (live_columns(between) + live_columns(fact) <= row.left()) {
      row.add(between, kLiveDim).add(fact);
    } else {
      lines.push_back(row.text());
      row = LiveRow(options.width, options.color);
      row.add(fact);
      if (lines.size() == 2) return lines;
    }
  }
  if (!row.text().empty()) lines.push_back(row.text());
  return lines;
}

int rank_of_key(const std::string& key) {
  if (key == "loss") return 0;
  return key.find("acc") != std::string::npos ? 1 : 2;
}

LiveCurve curve_of(const LiveTraining& training, const std::string& key) {
  LiveCurve curve{key, {}, {}};
  const auto add = [](auto& points, double epoch, double value) {
    if (std::isfinite(value) && std::isfinite(epoch)) points.emplace_back(epoch, value);
  };
  const History& history = training.history;
  const auto column = [&](const std::string& name, double until, auto& points) {
    const auto found = history.history.find(name);
    if (found == history.history.end()) return;
    for (size_t i = 0; i < std::min(found->second.size(), history.epoch.size()); ++i) {
      const auto epoch = static_cast<double>(history.epoch[i] + 1);
      if (epoch <= until) add(points, epoch, found->second[i]);
    }
  };
  const auto at = std::find(training.curve_keys.begin(), training.curve_keys.end(), key);
  const bool has_points = at != training.curve_keys.end() && !training.curve.empty();
  column(key, has_points ? training.curve.front().epoch : INFINITY, curve.training);
  column("val_" + key, INFINITY, curve.validation);
  const auto which = static_cast<size_t>(at - training.curve_keys.begin());
  for (const auto& point : training.curve) {
    if (has_points && which < point.values.size()) {
      add(curve.training, point.epoch, point.values[which]);
    }
  }
  return curve;
}

std::vector<LiveCurve> curves_of(const LiveTraining& training) {
  std::vector<std::string> keys = training.curve_keys;
  for (const auto& [key, values] : training.history.history) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::stable_sort(keys.begin(), keys.end(),
                   [](const auto& a, const auto& b) { return rank_of_key(a) < rank_of_key(b); });
  std::vector<LiveCurve> curves;
  for (const std::string& key : keys) {
    if (key.starts_with("val_") || key == "learning_rate") continue;
    LiveCurve curve = curve_of(training, key);
    if (!curve.training.empty() || !curve.validation.empty()) curves.push_back(std::move(curve));
  }
  return curves;
}

// Little columns, from the least to the largest of them by their logarithms.
std::string spark(const std::vector<double>& values, bool unicode) {
  constexpr std::array kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::array kLetters = {"_", ".", "-", "=", "+", "*", "%", "#"};
  double low = INFINITY, high = -INFINITY;
  const auto height = [](double value) { return std::log10(std::max(value, 1e-30)); };
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, height(value));
    high = std::max(high, height(value));
  }
  std::string text;
  for (const double value : values) {
    const double share = high - low > 1e-3 ? (height(value) - low) / (high - low) : 0.5;
    const auto step = static_cast<size_t>(std::lround(7 * std::clamp(share, 0.0, 1.0)));
    text += !std::isfinite(value) ? "!" : unicode ? kBlocks[step] : kLetters[step];
  }
  return text;
}

std::vector<std::string> draw_norms(const LiveTraining& training, size_t rows,
                                    const LiveTextOptions& options) {
  std::vector<std::string> lines;
  if (rows == 0) return lines;
  LiveRow title(options.width, options.color);
  const size_t more = training.gradient_norms.size() - rows;
  lines.push_back(title.add("Gradient norms", kLiveBold)
                      .add(more > 0 ? fmt::format("  ({} more layers)", more) : "", kLiveDim)
                      .text());
  int64_t width = 0;
  for (size_t i = 0; i < rows; ++i) {
    width = std::max(width, live_columns(training.gradient_norms[i].first));
  }
  width = std::min(width, options.width / 2);
  for (size_t i = 0; i < rows; ++i) {
    const auto& [layer, norms] = training.gradient_norms[i];
    LiveRow row(options.width, options.color);
    LiveRow name(width, false);
    row.add("  ").add(name.add(layer).fill().text());
    if (norms.empty()) continue;
    row.add(fmt::format("  {:<9.3g}", norms.back()), std::isfinite(norms.back()) ? "" : kLiveBad);
    const auto room = static_cast<size_t>(std::max<int64_t>(row.left(), 0));
    const size_t from = norms.size() - std::min(norms.size(), room);
    row.add(
        spark({norms.begin() + static_cast<std::ptrdiff_t>(from), norms.end()}, options.unicode),
        kLiveTraining);
    lines.push_back(row.text());
  }
  return lines;
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<std::time_t>(seconds > 0 && seconds < 1e11 ? seconds : 0);
  std::tm day{};
  if (localtime_r(&whole, &day) == nullptr) return "--:--:--";
  return fmt::format("{:02}:{:02}:{:02}", day.tm_hour, day.tm_min, day.tm_sec);
}

std::vector<std::string> draw_events(const LiveTraining& training, size_t rows,
                                     const LiveTextOptions& options) {
  std::vector<std::string> lines;
  for (size_t i = training.events.size() - rows; i < training.events.size(); ++i) {
    const LiveEvent& event = training.events[i];
    LiveRow row(options.width, options.color);
    row.add(clock_time(event.time) + "  ", kLiveDim).add(event.what);
    const std::string place = fmt::format("  epoch {}, step {}", event.epoch + 1, event.batch);
    if (live_columns(place) <= row.left()) row.add(place, kLiveDim);
    lines.push_back(row.text());
  }
  return lines;
}

// Rows of each part of the picture below its head.
struct LivePlan {
  int64_t charts = 0, height = 0;  // rows of charts, and the height of one
  int64_t norms = 0, events = 0;
  bool spaced = false;  // an empty row above each part

  int64_t below() const {
    return (norms > 0 ? norms + 1 : 0) + events + (spaced ? (norms > 0) + (events > 0) + 1 : 0);
  }
  // False: there is nothing more to leave out.
  bool leave_out_one() {
    if (events > 2) return --events, true;
    if (norms > 3) return --norms, true;
    if (norms > 0) return norms = 0, true;
    return events > 0 ? (--events, true) : false;
  }
};

LivePlan plan_of(int64_t rows, int64_t charts, size_t norms, size_t events) {
  constexpr int64_t kSpaced = 18;
  LivePlan plan{charts, 0, std::min<int64_t>(static_cast<int64_t>(norms), kMostNormRows),
                std::min<int64_t>(static_cast<int64_t>(events), kMostEventRows), rows >= kSpaced};
  constexpr int64_t kWithOthers = 8;  // rows of norms and events beside more than one row of charts
  while (plan.charts > 1 &&
         plan.charts * kLeastChart + std::min(plan.below(), kWithOthers) > rows) {
    --plan.charts;
  }
  if (plan.charts * kLeastChart > rows) plan.charts = 0;
  while (plan.charts * kLeastChart + plan.below() > rows && plan.leave_out_one()) {
  }
  if (plan.charts > 0) plan.height = std::min(kMostChart, (rows - plan.below()) / plan.charts);
  return plan;
}

}  // namespace

std::string live_text(const LiveTraining& training, const LiveTextOptions& options) {
  if (options.width < 20 || options.height < 3) {
    throw Error(ErrorCode::invalid_argument, "live_text",
                fmt::format("size: expected at least 20 columns and 3 rows, got {} and {}.",
                            options.width, options.height),
                "use a larger window.");
  }
  std::vector<std::string> lines = {draw_head(training, options), draw_progress(training, options)};
  for (std::string& line : draw_facts(training, options)) lines.push_back(std::move(line));
  const std::vector<LiveCurve> curves = curves_of(training);
  const bool abreast = options.width >= kTwoAbreast && curves.size() > 1;
  const auto columns = static_cast<int64_t>(abreast ? 2 : 1);
  const auto rows = static_cast<int64_t>(curves.size() + (abreast ? 1 : 0)) / columns;
  const LivePlan plan = plan_of(options.height - static_cast<int64_t>(lines.size()), rows,
                                training.gradient_norms.size(), training.events.size());
  const auto space = [&] {
    if (plan.spaced) lines.emplace_back();
  };
  if (plan.charts > 0) space();
  const LiveChartSize size{abreast ? (options.width - 2) / 2 : options.width, plan.height,
                           options.color, options.unicode};
  for (int64_t row = 0; row < plan.charts; ++row) {
    const auto first = static_cast<size_t>(row * columns);
    std::vector<std::string> chart = draw_live_curve(curves[first], size);
    if (abreast && first + 1 < curves.size()) {
      const auto second = draw_live_curve(curves[first + 1], size);
      for (size_t i = 0; i < chart.size(); ++i) chart[i] += "  " + second[i];
    }
    for (std::string& line : chart) lines.push_back(std::move(line));
  }
  if (plan.norms > 0) space();
  for (auto& line : draw_norms(training, static_cast<size_t>(plan.norms), options)) {
    lines.push_back(std::move(line));
  }
  if (plan.events > 0) space();
  for (auto& line : draw_events(training, static_cast<size_t>(plan.events), options)) {
    lines.push_back(std::move(line));
  }
  std::string text;
  for (size_t i = 0; i < std::min(lines.size(), static_cast<size_t>(options.height)); ++i) {
    std::string& line = lines[i];
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace eddy
