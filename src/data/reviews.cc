// SPDX-License-Identifier: MIT
// Synthetic reviews: the plot is told, aspects are praised and blamed whatever the verdict, and
// near the end stands the verdict, which is the label. Words of praise and of blame are almost as
// frequent in either class; what they are worth follows from "not", "hardly", "but", "although",
// and from their place.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/random.h"
#include "core/threads.h"
#include "data/digest.h"
#include "data/review_grammar.h"
#include "eddy/datasets.h"
#include "eddy/error.h"

namespace eddy {
namespace {

constexpr int32_t kStart = 1, kOov = 2, kIndexFrom = 3;
constexpr int64_t kMaxReviews = 1'000'000;
constexpr int64_t kBlock = 250;  // reviews a task

// Shares, chosen so that a bag of words stays below 0.75 and a small LSTM learns in a few epochs.
constexpr double kOpinions = 0.2;  // of the sentences of a body
constexpr double kVerdicts = 0.6;  // after a verdict, say it once more
constexpr double kClosers = 0.2;   // of reviews, go on after the verdict
constexpr double kNoise = 0.02;    // of labels, contradict the text

// Lengths of reviews, start_char included, by share: IMDB's histogram in round figures.
struct Quantile {
  double share, length;
};
constexpr std::array<Quantile, 21> kLengths = {{
    {0.0, 11},   {0.005, 37}, {0.01, 43},  {0.05, 65},   {0.1, 92},   {0.2, 122},    {0.25, 129},
    {0.3, 136},  {0.4, 153},  {0.5, 175},  {0.6, 208},   {0.7, 254},  {0.75, 287},   {0.8, 327},
    {0.85, 380}, {0.9, 462},  {0.95, 605}, {0.975, 750}, {0.99, 924}, {0.999, 1080}, {1.0, 2494},
}};

size_t length_at(double share) {
  size_t i = 1;
  while (i + 1 < kLengths.size() && kLengths[i].share < share) ++i;
  const auto& [low, from] = kLengths[i - 1];
  const auto& [high, to] = kLengths[i];
  return static_cast<size_t>(std::lround(from + (to - from) * (share - low) / (high - low)));
}

class Writer {
 public:
  explicit Writer(const data::Grammar& grammar)
      : grammar_(grammar),
        opener_(grammar.rule("opener")),
        scene_(grammar.rule("scene")),
        opinion_(grammar.rule("opinion")),
        verdict_(grammar.rule("verdict")),
        closer_(grammar.rule("closer")),
        aside_(grammar.rule("aside")),
        single_(grammar.rule("single")) {}

  // Exactly `length` words that come to the verdict `positive`.
  std::vector<int32_t> write(bool positive, size_t length, Random& random) const {
    std::vector<int32_t> end;
    do {  // the shortest verdicts have three words
      end.clear();
      grammar_.expand(verdict_, positive, random, end);
    } while (end.size() > length);
    while (random.uniform() < kVerdicts) add_if_fits(verdict_, positive, length, random, end);
    if (random.uniform() < kClosers) {
      do {
        add_if_fits(closer_, positive, length, random, end);
      } while (random.uniform() < 0.5);
    }
    const size_t body = length - end.size();
    std::vector<int32_t> review;
    review.reserve(length);
    add_if_fits(opener_, positive, body, random, review);
    while (body - review.size() > 14) {
      if (random.uniform() < kOpinions) {
        const bool praise = random.uniform() < 0.5;
        add_if_fits(opinion_, praise, body, random, review);
      } else {
        add_if_fits(scene_, positive, body, random, review);
      }
    }
    for (int tries = 0; tries < 12; ++tries) add_if_fits(scene_, positive, body, random, review);
    for (int tries = 0; tries < 3; ++tries) add_if_fits(aside_, positive, body, random, review);
    while (review.size() < body) add_if_fits(single_, positive, body, random, review);
    review.insert(review.end(), end.begin(), end.end());
    return review;
  }

 private:
  void add_if_fits(int32_t rule, bool positive, size_t length, Random& random,
                   std::vector<int32_t>& out) const {
    const size_t before = out.size();
    grammar_.expand(rule, positive, random, out);
    if (out.size() > length) out.resize(before);
  }

  const data::Grammar& grammar_;
  int32_t opener_, scene_, opinion_, verdict_, closer_, aside_, single_;
};

// Word indices of the grammar, not ranks.
struct Draft {
  Sequences x;
  std::vector<float> y;
};

// `part` 0: training, 1: test; its numbers do not depend on the other part's size.
Draft draft(const Writer& writer, uint64_t seed, uint64_t part, int64_t count) {
  const auto n = static_cast<size_t>(count);
  // Shuffled quantiles instead of draws: every seed has the same histogram and as many 1 as 0.
  std::vector<uint32_t> lengths(n), labels(n);
  std::iota(lengths.begin(), lengths.end(), 0U);
  std::iota(labels.begin(), labels.end(), 0U);
  Random order(seed, part);
  order.shuffle(lengths);
  order.shuffle(labels);

  Draft made;
  made.x.resize(n);
  made.y.resize(n);
  parallel_for((count + kBlock - 1) / kBlock, [&](int64_t task, int64_t) {
    const auto last = static_cast<size_t>(std::min(count, (task + 1) * kBlock));
    for (auto i = static_cast<size_t>(task * kBlock); i < last; ++i) {
      Random random(seed, 2 + 2 * uint64_t{i} + part);
      const bool positive = labels[i] < n / 2;
      const bool noise = random.uniform() < kNoise;
      const double share = n == 1 ? 0.5 : lengths[i] / static_cast<double>(n - 1);
      made.x[i] = writer.write(positive != noise, length_at(share) - 1, random);
      made.y[i] = positive ? 1.0F : 0.0F;
    }
  });
  return made;
}

// The grammar with its words ranked by frequency. The ranks come from a fixed sample, so that the
// word index is one and the same for every seed and size.
struct Language {
  data::Grammar grammar;
  Writer writer{grammar};
  std::vector<int32_t> ranks;      // by word index
  std::vector<std::string> words;  // by rank

  Language() {
    std::vector<int64_t> counts(grammar.words().size());
    for (const auto& review : draft(writer, datasets::ReviewsOptions{}.seed, 0, 5000).x) {
      for (const int32_t word : review) ++counts[static_cast<size_t>(word)];
    }
    std::vector<size_t> order(counts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return counts[a] > counts[b]; });
    ranks.resize(order.size());
    for (size_t i = 0; i < order.size(); ++i) {
      ranks[order[i]] = static_cast<int32_t>(i) + 1;
      words.push_back(grammar.words()[order[i]]);
    }
  }
  Language(const Language&) = delete;
  Language& operator=(const Language&) = delete;
};

const Language& language() {
  static const Language made;
  return made;
}

void check(const char* name, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return;
  throw Error(ErrorCode::invalid_argument, "reviews",
              fmt::format("{}: expected {} to {}, got {}.", name, low, high, value),
              "leave the option out for its default.");
}

// Ranks to ids; the digest sees them before num_words does.
datasets::Split finish(Draft made, const datasets::ReviewsOptions& options,
                       data::ReviewDigest* digest) {
  const auto& ranks = language().ranks;
  const int64_t num_words = options.num_words.value_or(0);
  for (size_t i = 0; i < made.x.size(); ++i) {
    auto& row = made.x[i];
    for (int32_t& id : row) id = ranks[static_cast<size_t>(id)] + kIndexFrom;
    row.insert(row.begin(), kStart);
    if (digest != nullptr) digest->add(row, static_cast<int32_t>(made.y[i]));
    if (num_words == 0) continue;
    for (int32_t& id : row) {
      if (id >= num_words) id = kOov;
    }
  }
  return {std::move(made.x), Tensor(std::move(made.y))};
}

}  // namespace

namespace datasets {

TextDataset reviews(const ReviewsOptions& options, Info* info) {
  check("num_words", options.num_words.value_or(0), 0, 1'000'000'000);
  check("train_size", options.train_size, 1, kMaxReviews);
  check("test_size", options.test_size, 1, kMaxReviews);
  const Writer& writer = language().writer;
  data::ReviewDigest digest;
  data::ReviewDigest* const wanted = info == nullptr ? nullptr : &digest;
  TextDataset made;
  made.train = finish(draft(writer, options.seed, 0, options.train_size), options, wanted);
  made.test = finish(draft(writer, options.seed, 1, options.test_size), options, wanted);
  if (info != nullptr) *info = {"synthetic reviews", "built in", digest.hex()};
  return made;
}

std::vector<std::string> reviews_words() { return language().words; }

}  // namespace datasets
}  // namespace eddy
