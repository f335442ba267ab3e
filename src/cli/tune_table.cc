// SPDX-License-Identifier: MIT
#include "tune_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tune_folder.h"

namespace eddy::cli {
namespace {

constexpr size_t kMostTrials = 50;

using Row = std::vector<std::string>;

// Columns as wide as they must be; numbers to the right, how it ended to the left.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < row.size(); ++i) text += fmt::format("{:>{}}  ", row[i], widths[i]);
    text += row.back() + '\n';
  }
  return text;
}

Row row_of(const tune::Trial& trial, const tune::RandomSearch& search) {
  const auto best = search.best_score(trial);
  Row row = {fmt::format("{}", trial.number), best ? fmt::format("{:.4f}", *best) : "-",
             best ? fmt::format("{}", search.best_epoch(trial) + 1) : "-",
             fmt::format("{}", trial.scores.size()), fmt::format("{:.1f}", trial.seconds)};
  for (const auto& item : trial.values) row.push_back(tune::to_string(item.second));
  row.emplace_back(name_of(trial.end));
  return row;
}

std::string spread(const tune::RandomSearch& search, const std::vector<tune::Trial>& ranked) {
  std::vector<double> scores;
  for (const tune::Trial& trial : ranked) {
    if (const auto best = search.best_score(trial)) scores.push_back(*best);
  }
  const size_t count = scores.size();
  const double median = (scores[(count - 1) / 2] + scores[count / 2]) / 2;
  return fmt::format("{:.4f} to {:.4f}, median {:.4f}, of {} trial{}", scores.front(),
                     scores.back(), median, count, count == 1 ? "" : "s");
}

}  // namespace

std::string shown(const tune::Values& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, tune::to_string(value));
  }
  return text;
}

std::string tune_table(const tune::RandomSearch& search, const Score& score) {
  const auto ranked = search.ranked();
  if (ranked.empty()) return {};
  Row head = {"trial", "val_" + score.key, "epoch", "epochs", "seconds"};
  for (const auto& item : ranked[0].values) head.push_back(item.first);
  head.emplace_back("end");
  std::vector<Row> rows = {std::move(head)};
  for (size_t i = 0; i < std::min(ranked.size(), kMostTrials); ++i) {
    rows.push_back(row_of(ranked[i], search));
  }
  std::string text = aligned(rows);
  if (ranked.size() > kMostTrials) {
    text += fmt::format("... and {} more in trials.csv\n", ranked.size() - kMostTrials);
  }
  const auto best = search.best_score(ranked[0]);
  if (!best) return text + "\nNo trial came to the end of an epoch.\n";
  text +=
      fmt::format("\nBest trial  {}: validation {} {:.4f} after epoch {}; {}\n", ranked[0].number,
                  score.name, *best, search.best_epoch(ranked[0]) + 1, shown(ranked[0].values));
  const tune::Trial& first = search.trials()[0];
  if (const auto of_first = search.best_score(first)) {
    text += fmt::format("By flags    trial 1: {:.4f}; {}\n", *of_first, shown(first.values));
  }
  return text + fmt::format("Spread      {}\n", spread(search, ranked));
}

}  // namespace eddy::cli
