// SPDX-License-Identifier: MIT
// The random search: what is drawn, who is stopped, what a resumed one goes on with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "eddy/error.h"
#include "eddy/tune.h"

namespace eddy::tune::search_test {
namespace {

using Outcome = RandomSearch::Outcome;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Parameter> some_space() {
  return {{"cell", Choice{{std::string("lstm"), std::string("gru")}}},
          {"units", Whole{4, 400, true}},
          {"dropout", Real{0, 0.5}},
          {"learning-rate", Real{1e-4, 1e-2, true}}};
}

std::vector<Trial> drawn(const std::vector<Parameter>& space, const SearchOptions& options) {
  RandomSearch search(space, options);
  while (auto trial = search.next()) search.add(*trial);
  return search.trials();
}

std::string text(const Trial& trial) {
  std::string all;
  for (const auto& [name, value] : trial.values) all += name + "=" + to_string(value) + " ";
  return all;
}

TEST(RandomSearch, StaysInItsSpaceAndCoversIt) {
  constexpr int kTrials = 2000;
  const auto trials = drawn(some_space(), {.seed = 5, .trials = kTrials});
  ASSERT_EQ(trials.size(), kTrials);
  int gru = 0, small_units = 0, small_rate = 0, small_dropout = 0;
  for (const Trial& trial : trials) {
    const auto units = std::get<int64_t>(trial.values.at("units"));
    const auto dropout = std::get<double>(trial.values.at("dropout"));
    const auto rate = std::get<double>(trial.values.at("learning-rate"));
    EXPECT_TRUE(units >= 4 && units <= 400);
    EXPECT_TRUE(dropout >= 0 && dropout <= 0.5);
    EXPECT_TRUE(rate >= 1e-4 && rate <= 1e-2);
    gru += to_string(trial.values.at("cell")) == "gru";
    small_units += units < 40;  // half of the decades
    small_rate += rate < 1e-3;
    small_dropout += dropout < 0.25;
    EXPECT_EQ(std::stod(to_string(trial.values.at("learning-rate"))), rate);
    EXPECT_LE(to_string(trial.values.at("learning-rate")).size(), 8U);  // 0.000123
  }
  // Half of 2000, and five standard deviations of sqrt(2000)/2 to either side.
  for (const int half : {gru, small_units, small_rate, small_dropout}) EXPECT_NEAR(half, 1000, 112);
}

TEST(RandomSearch, FollowsFromTheSeedAlone) {
  const auto trials = drawn(some_space(), {.seed = 5, .trials = 30});
  const auto more = drawn(some_space(), {.seed = 5, .trials = 60});
  const auto others = drawn(some_space(), {.seed = 6, .trials = 30});
  for (size_t i = 0; i < trials.size(); ++i) {
    EXPECT_EQ(text(trials[i]), text(more[i]));
    EXPECT_NE(text(trials[i]), text(others[i]));
    EXPECT_EQ(trials[i].number, static_cast<int64_t>(i) + 1);
  }
}

TEST(RandomSearch, TriesEveryPointOfASmallSpaceOnceAndEnds) {
  const std::vector<Parameter> space = {{"a", Choice{{int64_t{1}, int64_t{2}, int64_t{3}}}},
                                        {"b", Whole{7, 8}}};
  const Values first = {{"a", int64_t{2}}, {"b", int64_t{8}}};
  const auto trials = drawn(space, {.seed = 1, .trials = 100, .first = first});
  ASSERT_EQ(trials.size(), 6U);
  EXPECT_EQ(trials[0].values, first);
  std::set<std::string> seen;
  for (const Trial& trial : trials) seen.insert(text(trial));
  EXPECT_EQ(seen.size(), 6U);
}

// Trial n scores scores[n - 1] in every epoch.
std::vector<Trial> run(const std::vector<double>& scores, SearchOptions options) {
  options.trials = static_cast<int64_t>(scores.size());
  RandomSearch search(some_space(), options);
  search.run([&](const Trial& trial, const RandomSearch::Report& report) {
    while (report(scores[static_cast<size_t>(trial.number) - 1])) {
    }
    return Outcome::done;
  });
  return search.trials();
}

std::vector<size_t> epochs_of(const std::vector<Trial>& trials) {
  std::vector<size_t> epochs;
  for (const Trial& trial : trials) epochs.push_back(trial.scores.size());
  return epochs;
}

TEST(RandomSearch, HalvesAfterANinthAndAThird) {
  const RandomSearch search(some_space(), {.epochs = 10, .trials = 1});
  EXPECT_THAT(search.rungs(), ElementsAre(2, 4));
  // The best third goes on, of all that came as far: of 2 and 3 the first, of 4 to 6 the first two.
  // 0.55 is second of 4 after two epochs, but of 3 after four; 0.57 third of 7, but of 5.
  const auto trials = run({0.5, 0.4, 0.6, 0.55, 0.3, 0.58, 0.57}, {.epochs = 10});
  EXPECT_THAT(epochs_of(trials), ElementsAre(10, 2, 10, 4, 2, 10, 4));
  EXPECT_EQ(trials[0].end, End::whole);
  EXPECT_EQ(trials[1].end, End::stopped);
  EXPECT_THAT(epochs_of(run({0.5, 0.4, 0.6}, {.epochs = 10, .most = false})),
              ElementsAre(10, 10, 2));
  EXPECT_THAT(epochs_of(run({0.5, 0.4, 0.6}, {.epochs = 6, .reduction = 1})), ElementsAre(6, 6, 6));
  EXPECT_THAT(epochs_of(run({0.5, 0.4}, {.epochs = 1})), ElementsAre(1, 1));
}

TEST(RandomSearch, ScoresThatAreNoNumbersAreWorst) {
  const double nan = std::nan("");
  RandomSearch search(some_space(), {.epochs = 9, .trials = 3, .most = false});
  search.run([&](const Trial& trial, const RandomSearch::Report& report) {
    if (trial.number == 2) return Outcome::failed;
    while (report(trial.number == 1 ? nan : 2.5)) {
    }
    return Outcome::done;
  });
  EXPECT_THAT(epochs_of(search.trials()), ElementsAre(1, 0, 9));
  EXPECT_EQ(search.trials()[1].end, End::failed);
  EXPECT_EQ(search.ranked()[0].number, 3);
  EXPECT_EQ(search.best_score(search.trials()[0]), std::nullopt);
}

TEST(RandomSearch, BestIsTheBestEpochsScore) {
  RandomSearch search(some_space(), {.epochs = 3, .trials = 1});
  const Trial trial = {.number = 1, .scores = {0.25, 0.75, 0.5}};
  EXPECT_EQ(search.best_score(trial), 0.75);
  EXPECT_EQ(search.best_epoch(trial), 1);
}

TEST(RandomSearch, AnInterruptedTrialIsTriedAgain) {
  const SearchOptions options = {.seed = 3, .epochs = 4, .trials = 6};
  std::vector<std::string> want;
  const auto tried = [&want](const Trial& trial, const RandomSearch::Report& report) {
    want.push_back(text(trial));
    while (report(static_cast<double>(trial.number % 4))) {
    }
    return Outcome::done;
  };
  RandomSearch calm(some_space(), options);
  calm.run(tried);
  const auto all = want;
  want.clear();

  RandomSearch stopped(some_space(), options);
  int heard = 0;
  stopped.run(
      [&](const Trial& trial, const RandomSearch::Report& report) {
        return trial.number == 4 ? Outcome::interrupted : tried(trial, report);
      },
      [&heard](const Trial&) { ++heard; });
  EXPECT_EQ(stopped.trials().size(), 3U);
  EXPECT_EQ(heard, 3);
  RandomSearch resumed(some_space(), options);
  resumed.restore(stopped.trials());
  resumed.run(tried);
  EXPECT_EQ(want, all);
  EXPECT_EQ(epochs_of(resumed.trials()), epochs_of(calm.trials()));
}

TEST(RandomSearch, RefusesTrialsOfAnotherSearch) {
  auto trials = drawn(some_space(), {.seed = 5, .trials = 4});
  RandomSearch other(some_space(), {.seed = 6, .trials = 9});
  EXPECT_THROW(other.restore(trials), Error);
  trials[2].number = 9;
  RandomSearch same(some_space(), {.seed = 5, .trials = 9});
  EXPECT_THROW(same.restore(trials), Error);
}

TEST(RandomSearch, ATimeThatIsUpEndsIt) {
  RandomSearch search(some_space(), {.epochs = 5, .seconds = 1000});
  int trials = 0;
  search.restore([&] {
    auto done = drawn(some_space(), {.trials = 2});
    done[0].seconds = 600;
    done[1].seconds = 399;
    return done;
  }());
  EXPECT_FALSE(search.out_of_time());
  Trial last = *search.next();
  last.seconds = 1;
  search.add(last);
  EXPECT_TRUE(search.out_of_time());
  search.run([&](const Trial&, const RandomSearch::Report&) {
    ++trials;
    return Outcome::done;
  });
  EXPECT_EQ(trials, 0);
}

std::string refusal(const std::vector<Parameter>& space, const SearchOptions& options) {
  try {
    RandomSearch search(space, options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    return error.what();
  }
  return "none";
}

TEST(RandomSearch, RefusesWhatSaysNothing) {
  const SearchOptions options = {.trials = 3};
  EXPECT_THAT(refusal({}, options), HasSubstr("expected parameters, got none"));
  EXPECT_THAT(refusal(some_space(), {}), HasSubstr("number of trials or seconds"));
  EXPECT_THAT(refusal({{"a", Choice{}}}, options), HasSubstr("[a] choice: expected values"));
  EXPECT_THAT(refusal({{"a", Choice{{1.5, 1.5}}}}, options), HasSubstr("got '1.5' twice"));
  EXPECT_THAT(refusal({{"a", Whole{3, 3}}}, options), HasSubstr("a rising one, got 3 to 3"));
  EXPECT_THAT(refusal({{"a", Real{0.5, 0.1}}}, options), HasSubstr("got 0.5 to 0.1"));
  EXPECT_THAT(refusal({{"a", Real{0, 1, true}}}, options), HasSubstr("one above 0"));
  EXPECT_THAT(refusal({{"a", Real{std::nan(""), 1}}}, options), HasSubstr("a rising one"));
  EXPECT_THAT(refusal({{"a", Whole{1, 2}}, {"a", Whole{1, 2}}}, options), HasSubstr("'a'"));
  EXPECT_THAT(refusal(some_space(), {.epochs = 0, .trials = 1}), HasSubstr("got 0 and 3"));
}

}  // namespace
}  // namespace eddy::tune::search_test
