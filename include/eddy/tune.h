// SPDX-License-Identifier: MIT
// A random search over options (Bergstra and Bengio, "Random search for hyper-parameter
// optimization", JMLR 2012) that stops bad trials early by successive halving (Jamieson and
// Talwalkar, AISTATS 2016, in the asynchronous form of Li et al., "A system for massively parallel
// hyperparameter tuning", MLSys 2020). It knows nothing of networks: whoever tries values and
// scores them does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "eddy/export.h"

namespace eddy::tune {

using Value = std::variant<int64_t, double, std::string>;
using Values = std::map<std::string, Value>;  // by the parameter's name
EDDY_API std::string to_string(const Value& value);

// One of these, all as likely.
struct Choice {
  std::vector<Value> values = {};
};
// from .. to, both included; `log`: as likely to be in 1 .. 10 as in 10 .. 100.
struct Whole {
  int64_t from = 0, to = 0;
  bool log = false;
};
// from .. to, rounded to three digits.
struct Real {
  double from = 0, to = 0;
  bool log = false;
};

struct Parameter {
  std::string name = {};
  std::variant<Choice, Whole, Real> of = {};
};

// How a trial came to its end.
enum class End {
  whole,        // all its epochs
  stopped,      // others were better after as many epochs
  out_of_time,  // the search was
  failed,       // diverged
};

struct Trial {
  int64_t number = 0;  // from 1 on
  Values values = {};
  std::vector<double> scores = {};  // after each epoch
  double seconds = 0;
  End end = End::whole;
};

struct SearchOptions {
  uint64_t seed = 0;
  int64_t epochs = 10;               // of a whole trial
  int64_t trials = 0;                // at most; 0: as many as there is time for
  double seconds = 0;                // for all trials together; 0: no limit
  bool most = true;                  // larger scores are better
  int64_t reduction = 3;             // of so many trials one survives each halving; 1: all
  std::optional<Values> first = {};  // of trial 1, such as the defaults; all names
};

class EDDY_API RandomSearch {
 public:
  // Throws Error{invalid_argument} for a space or options that say nothing: no parameter, a name
  // twice, a list without values or with one twice, a range that does not rise, neither trials nor
  // seconds.
  RandomSearch(std::vector<Parameter> space, SearchOptions options);

  // The same values never twice. Which values trial n tries follows from space, seed and n alone:
  // not from scores, nor from the time that trials take. None: there have been `trials`, the time
  // is up, or the space has no other values.
  std::optional<Trial> next();
  // With trial.scores so far: whether the trial is to go on. After a ninth and a third of its
  // epochs, with reduction 3, it must be among the best third of all that came as far.
  bool goes_on(const Trial& trial) const;
  void add(Trial trial);
  // Trials of an earlier search with the same space and options, before the first next(). Throws
  // Error{bad_data} when these are not what this search would have tried.
  void restore(const std::vector<Trial>& done);

  // Tells of the score after an epoch; false: the trial ends.
  using Report = std::function<bool(double score)>;
  // Trains one trial: what it was for the search. An interrupted trial is forgotten, and the search
  // ends.
  enum class Outcome { done, failed, interrupted };
  using Train = std::function<Outcome(const Trial& trial, const Report& report)>;
  // Trial after trial; `added` hears of each once it stands in trials().
  void run(const Train& train, const std::function<void(const Trial&)>& added = {});
  // Within run(): whether the time is up. To be asked inside an epoch.
  bool out_of_time() const;

  const std::vector<Trial>& trials() const { return trials_; }
  // Best first; those without a score last.
  std::vector<Trial> ranked() const;
  // The best of the scores, and its epoch (0-based); none without a score.
  std::optional<double> best_score(const Trial& trial) const;
  int64_t best_epoch(const Trial& trial) const;
  bool is_better(double score, double than) const;
  // The epochs after which trials are judged.
  std::vector<int64_t> rungs() const;

 private:
  std::optional<Values> draw();
  double best_of_first(const Trial& trial, int64_t epochs) const;

  std::vector<Parameter> space_;
  SearchOptions options_;
  std::vector<Trial> trials_;
  std::set<std::string> drawn_;
  uint64_t draws_ = 0;
  double seconds_ = 0;  // of the trials done
  std::optional<std::chrono::steady_clock::time_point> began_;
};

}  // namespace eddy::tune
