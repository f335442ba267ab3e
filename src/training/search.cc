// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "core/random.h"
#include "eddy/error.h"
#include "eddy/tune.h"

namespace eddy::tune {
namespace {

constexpr int kAttempts = 1000;  // to draw values that have not been tried

[[noreturn]] void refuse(const std::string& where, const std::string& what,
                         const std::string& fix) {
  throw Error(ErrorCode::invalid_argument, where, what, fix);
}

void check(const std::string& name, const Choice& choice) {
  if (choice.values.empty()) {
    refuse(name, "choice: expected values, got none.", "give one or more.");
  }
  std::set<std::string> seen;
  for (const Value& value : choice.values) {
    if (seen.insert(to_string(value)).second) continue;
    refuse(name,
           fmt::format("choice: expected every value once, got '{}' twice.", to_string(value)),
           "remove one of them.");
  }
}

template <class Range>
void check(const std::string& name, const Range& range) {
  const auto from = static_cast<double>(range.from), to = static_cast<double>(range.to);
  if (!(from < to) || !std::isfinite(to - from)) {
    refuse(name, fmt::format("range: expected a rising one, got {} to {}.", range.from, range.to),
           "give the smaller number first.");
  }
  if (range.log && !(from > 0)) {
    refuse(name, fmt::format("range: expected one above 0, got {} to {}.", range.from, range.to),
           "begin above 0, or draw evenly.");
  }
}

// Of the number's decimal digits the first three: short in tables, and exact when typed again.
double rounded(double value) { return std::strtod(fmt::format("{:.2e}", value).c_str(), nullptr); }

Value draw_from(const Choice& choice, Random& random) {
  return choice.values[random.below(choice.values.size())];
}

Value draw_from(const Whole& range, Random& random) {
  const auto from = static_cast<double>(range.from);
  const double end = static_cast<double>(range.to) + 1;
  const double drawn = range.log ? from * std::exp(random.uniform() * std::log(end / from))
                                 : random.uniform(from, end);
  return std::clamp(static_cast<int64_t>(std::floor(drawn)), range.from, range.to);
}

Value draw_from(const Real& range, Random& random) {
  const double drawn =
      range.log ? range.from * std::exp(random.uniform() * std::log(range.to / range.from))
                : random.uniform(range.from, range.to);
  return std::clamp(rounded(drawn), range.from, range.to);
}

std::string text_of(const Values& values) {
  std::string text;
  for (const auto& [name, value] : values) text += name + '\n' + to_string(value) + '\n';
  return text;
}

int64_t divided_up(int64_t value, int64_t by) { return (value + by - 1) / by; }

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

}  // namespace

std::string to_string(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* whole = std::get_if<int64_t>(&value)) return fmt::format("{}", *whole);
  return fmt::format("{}", std::get<double>(value));
}

RandomSearch::RandomSearch(std::vector<Parameter> space, SearchOptions options)
    : space_(std::move(space)), options_(std::move(options)) {
  if (space_.empty()) refuse("search", "space: expected parameters, got none.", "name some.");
  std::set<std::string> names;
  for (const Parameter& parameter : space_) {
    if (parameter.name.empty() || !names.insert(parameter.name).second) {
      refuse("search", fmt::format("space: expected names that differ, got '{}'.", parameter.name),
             "name every parameter once.");
    }
    std::visit([&](const auto& of) { check(parameter.name, of); }, parameter.of);
  }
  if (options_.trials < 0 || !(options_.seconds >= 0) ||
      (options_.trials == 0 && options_.seconds == 0)) {
    refuse("search", "end: expected a number of trials or seconds, got neither.",
           "say when the search ends.");
  }
  if (options_.epochs < 1 || options_.reduction < 1) {
    refuse("search",
           fmt::format("epochs and reduction: expected 1 or more, got {} and {}.", options_.epochs,
                       options_.reduction),
           "give larger ones.");
  }
}

std::optional<Values> RandomSearch::draw() {
  if (draws_ == 0 && options_.first) {
    ++draws_;
    drawn_.insert(text_of(*options_.first));
    return options_.first;
  }
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Random random(options_.seed, draws_++);
    Values values;
    for (const Parameter& parameter : space_) {
      values[parameter.name] =
          std::visit([&](const auto& of) { return draw_from(of, random); }, parameter.of);
    }
    if (drawn_.insert(text_of(values)).second) return values;
  }
  return std::nullopt;
}

std::optional<Trial> RandomSearch::next() {
  const auto count = static_cast<int64_t>(trials_.size());
  if (options_.trials > 0 && count >= options_.trials) return std::nullopt;
  if (out_of_time()) return std::nullopt;
  std::optional<Values> values = draw();
  if (!values) return std::nullopt;
  Trial trial;
  trial.number = count + 1;
  trial.values = std::move(*values);
  return trial;
}

void RandomSearch::restore(const std::vector<Trial>& done) {
  for (const Trial& trial : done) {
    const std::optional<Values> values = draw();
    if (!values || text_of(*values) != text_of(trial.values) ||
        trial.number != static_cast<int64_t>(trials_.size()) + 1) {
      throw Error(ErrorCode::bad_data, "search",
                  fmt::format("trial {}: expected the values that this seed gives, got others.",
                              trial.number),
                  "go on with the same space and seed.");
    }
    add(trial);
  }
}

void RandomSearch::add(Trial trial) {
  seconds_ += trial.seconds;
  trials_.push_back(std::move(trial));
}

bool RandomSearch::is_better(double score, double than) const {
  if (std::isnan(score)) return false;
  if (std::isnan(than)) return true;
  return options_.most ? score > than : score < than;
}

double RandomSearch::best_of_first(const Trial& trial, int64_t epochs) const {
  double best = std::numeric_limits<double>::quiet_NaN();
  for (int64_t i = 0; i < epochs; ++i) {
    const double score = trial.scores[static_cast<size_t>(i)];
    if (is_better(score, best)) best = score;
  }
  return best;
}

std::optional<double> RandomSearch::best_score(const Trial& trial) const {
  const double best = best_of_first(trial, static_cast<int64_t>(trial.scores.size()));
  return std::isnan(best) ? std::nullopt : std::optional(best);
}

int64_t RandomSearch::best_epoch(const Trial& trial) const {
  const std::optional<double> best = best_score(trial);
  if (!best) return 0;
  return std::find(trial.scores.begin(), trial.scores.end(), *best) - trial.scores.begin();
}

std::vector<int64_t> RandomSearch::rungs() const {
  if (options_.reduction == 1) return {};
  std::vector<int64_t> rungs;
  const int64_t third = divided_up(options_.epochs, options_.reduction);
  for (const int64_t rung : {divided_up(third, options_.reduction), third}) {
    if (rung < options_.epochs && (rungs.empty() || rungs.back() < rung)) rungs.push_back(rung);
  }
  return rungs;
}

bool RandomSearch::goes_on(const Trial& trial) const {
  const auto epochs = static_cast<int64_t>(trial.scores.size());
  const std::vector<int64_t> judged = rungs();
  if (std::find(judged.begin(), judged.end(), epochs) == judged.end()) return true;
  const double score = best_of_first(trial, epochs);
  if (std::isnan(score)) return false;
  int64_t seen = 1, better = 0;
  for (const Trial& other : trials_) {
    if (static_cast<int64_t>(other.scores.size()) < epochs) continue;
    ++seen;
    better += is_better(best_of_first(other, epochs), score) ? 1 : 0;
  }
  return better < divided_up(seen, options_.reduction);
}

bool RandomSearch::out_of_time() const {
  if (options_.seconds == 0) return false;
  return seconds_ + (began_ ? seconds_since(*began_) : 0) >= options_.seconds;
}

void RandomSearch::run(const Train& train, const std::function<void(const Trial&)>& added) {
  while (std::optional<Trial> trial = next()) {
    began_ = std::chrono::steady_clock::now();
    const Report report = [&](double score) {
      trial->scores.push_back(score);
      const bool ends = static_cast<int64_t>(trial->scores.size()) >= options_.epochs;
      return !ends && goes_on(*trial) && !out_of_time();
    };
    Outcome outcome = Outcome::interrupted;
    try {
      outcome = train(*trial, report);
    } catch (...) {
      began_.reset();
      throw;
    }
    const bool late = out_of_time();
    trial->seconds = seconds_since(*std::exchange(began_, std::nullopt));
    if (outcome == Outcome::interrupted) return;
    if (outcome == Outcome::failed) {
      trial->end = End::failed;
    } else if (static_cast<int64_t>(trial->scores.size()) >= options_.epochs) {
      trial->end = End::whole;
    } else if (!trial->scores.empty() && !goes_on(*trial)) {
      trial->end = End::stopped;
    } else {
      trial->end = late ? End::out_of_time : End::stopped;
    }
    add(*trial);
    if (added) added(trials_.back());
  }
}

std::vector<Trial> RandomSearch::ranked() const {
  std::vector<Trial> sorted = trials_;
  const double none = std::numeric_limits<double>::quiet_NaN();
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Trial& a, const Trial& b) {
    return is_better(best_score(a).value_or(none), best_score(b).value_or(none));
  });
  return sorted;
}

}  // namespace eddy::tune
