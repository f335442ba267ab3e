// SPDX-License-Identifier: MIT
#include "labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "eddy/report.h"

namespace eddy::cli {
namespace {

constexpr size_t kMostNumbersAsClasses = 20;
constexpr size_t kMostClasses = 10'000;
constexpr size_t kManyLabels = kMostClasses + 1;  // from here on they must be numbers

std::optional<double> number_in(const std::string& label) {
  double value = 0;
  const char* const end = label.data() + label.size();
  const auto [at, error] = std::from_chars(label.data(), end, value);
  if (error != std::errc() || at != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool all_numbers(const Labels::Counts& counts) {
  return std::all_of(counts.begin(), counts.end(),
                     [](const auto& entry) { return number_in(entry.first).has_value(); });
}

bool looks_like_numbers(const Labels::Counts& counts) {
  if (!all_numbers(counts)) return false;
  return counts.size() > kMostNumbersAsClasses ||
         std::any_of(counts.begin(), counts.end(), [](const auto& entry) {
           const double value = *number_in(entry.first);
           return value != std::floor(value);
         });
}

[[noreturn]] void bad_labels(const std::string& file, const std::string& expected,
                             const std::string& got, const std::string& fix) {
  throw Error(ErrorCode::bad_data, file, fmt::format("labels: expected {}, got {}.", expected, got),
              fix);
}

void check_classes(const Labels::Counts& counts, const std::string& file,
                   const std::string& samples) {
  if (counts.empty()) {
    bad_labels(file, samples + " of two classes or more", "no text at all", "give labelled texts.");
  }
  if (counts.size() == 1) {
    bad_labels(file, "two classes or more", fmt::format("'{}' alone", counts.begin()->first),
               fmt::format("add {} of another class: there is nothing to tell apart.", samples));
  }
  const int64_t all =
      std::accumulate(counts.begin(), counts.end(), int64_t{0},
                      [](int64_t sum, const auto& entry) { return sum + entry.second; });
  const auto classes = static_cast<int64_t>(counts.size());
  if (counts.size() > kMostClasses || (all > 2 && classes == all)) {
    bad_labels(file, fmt::format("classes that {} share, at most {}", samples, kMostClasses),
               fmt::format("{} different labels of {} {}", classes, all, samples),
               "name the column of the labels by --label.");
  }
}

}  // namespace

Labels::Labels(const Counts& counts, const std::string& task, const std::string& file,
               const std::string& samples) {
  const bool numbers = task == "number" || (task == "auto" && looks_like_numbers(counts));
  if (numbers) {
    for (const auto& entry : counts) {
      if (number_in(entry.first)) continue;
      bad_labels(file, "numbers", fmt::format("'{}'", entry.first),
                 "leave --task out for classes, or mend the label.");
    }
  }
  if (numbers && counts.size() > 1) return;
  check_classes(counts, file, samples);
  for (const auto& entry : counts) classes_.push_back(entry.first);
  if (all_numbers(counts)) {
    std::stable_sort(classes_.begin(), classes_.end(),
                     [](const auto& a, const auto& b) { return *number_in(a) < *number_in(b); });
  }
  index();
}

bool Labels::is_number(const std::string& label) { return number_in(label).has_value(); }

Labels::Labels(std::vector<std::string> classes) : classes_(std::move(classes)) { index(); }

void Labels::index() {
  for (size_t i = 0; i < classes_.size(); ++i) number_of_.emplace(classes_[i], i);
}

float Labels::target(const std::string& label, const std::string& place) const {
  if (are_numbers()) {
    if (const auto number = number_in(label)) return static_cast<float>(*number);
    throw Error(ErrorCode::bad_data, place,
                fmt::format("label: expected a number, got '{}'.", label),
                "leave it out, or mend its label.");
  }
  const auto found = number_of_.find(label);
  if (found != number_of_.end()) return static_cast<float>(found->second);
  throw Error(ErrorCode::bad_data, place,
              fmt::format("label: expected a class that was trained, got '{}'.", label),
              did_you_mean(label, classes_.size() <= 20 ? classes_ : std::vector<std::string>{}));
}

void LabelCounter::add(const std::string& label) {
  const bool many = counts_.size() >= kManyLabels;
  if (many && Labels::is_number(label)) return;  // settled: what else there is changes nothing
  const bool is_new = ++counts_[label] == 1;
  if (is_new && counts_.size() >= kManyLabels) labels();
}

Baseline baseline_of(const Labels& labels, const Tensor& known, const Tensor& judged) {
  Baseline baseline;
  const auto size = static_cast<double>(std::max<int64_t>(judged.size(), 1));
  if (!labels.are_numbers()) {
    std::vector<int64_t> counts(labels.classes().size());
    for (const float y : known.values()) ++counts[static_cast<size_t>(y)];
    const auto most = std::max_element(counts.begin(), counts.end());
    baseline.most_frequent = static_cast<size_t>(most - counts.begin());
    const auto right = std::count(judged.values().begin(), judged.values().end(),
                                  static_cast<float>(baseline.most_frequent));
    baseline.accuracy = static_cast<double>(right) / size;
    return baseline;
  }
  for (const float y : known.values()) baseline.mean += y;
  baseline.mean /= static_cast<double>(std::max<int64_t>(known.size(), 1));
  for (const float y : judged.values()) {
    const double error = y - baseline.mean;
    baseline.mse += error * error / size;
    baseline.mae += std::abs(error) / size;
  }
  return baseline;
}

std::string describe(const Labels& labels, const Baseline& baseline, int64_t count,
                     const std::string& samples) {
  if (labels.are_numbers()) {
    return fmt::format("always the mean, {:.4g}: mse {:.4f}, mae {:.4f} over {} {}", baseline.mean,
                       baseline.mse, baseline.mae, fmt::group_digits(count), samples);
  }
  return fmt::format("always '{}': {:.4f} of {} {}", labels.classes()[baseline.most_frequent],
                     baseline.accuracy, fmt::group_digits(count), samples);
}

std::string balance_of(const Labels& labels, const Tensor& targets, size_t most) {
  const auto& classes = labels.classes();
  std::vector<int64_t> counts(classes.size());
  for (const float y : targets.values()) ++counts[static_cast<size_t>(y)];
  std::vector<size_t> order(classes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return counts[a] > counts[b]; });
  const size_t shown = order.size() > most ? most - 1 : order.size();
  size_t width = 0;
  for (size_t i = 0; i < shown; ++i) width = std::max(width, classes[order[i]].size());
  std::string lines;
  for (size_t i = 0; i < shown; ++i) {
    const int64_t count = counts[order[i]];
    lines += fmt::format("  {:<{}}  {:>9}  {:5.1f} %\n", classes[order[i]], width,
                         fmt::format("{}", fmt::group_digits(count)),
                         100.0 * static_cast<double>(count) / static_cast<double>(targets.size()));
  }
  if (shown < order.size()) {
    lines += fmt::format("  and {} more, the smallest with {}\n", order.size() - shown,
                         counts[order.back()]);
  }
  return lines;
}

}  // namespace eddy::cli
