// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/threads.h"
#include "data/class_labels.h"
#include "data/dual_descent.h"
#include "eddy/error.h"
#include "eddy/text_classifier.h"

namespace eddy {
namespace {

constexpr const char* kBigramsWhere = "NaiveBayesBigrams";
constexpr std::array<double, 3> kPrices = {0.01, 0.1, 1};
constexpr int64_t kMostWeights = int64_t{1} << 27;
constexpr int64_t kFold = 5;

using data::FeatureRows;

// Words below 2^31, pairs above 2^63.
uint64_t key_of(int32_t word) { return static_cast<uint64_t>(word); }
uint64_t key_of(int32_t word, int32_t next) {
  return uint64_t{1} << 63 | static_cast<uint64_t>(word) << 31 | static_cast<uint64_t>(next);
}

// Calls visit(key) for every word and pair, those that stand twice twice.
template <class Visit>
void for_each_key(const std::vector<int32_t>& words, const Visit& visit) {
  for (size_t i = 0; i < words.size(); ++i) {
    visit(key_of(words[i]));
    if (i + 1 < words.size()) visit(key_of(words[i], words[i + 1]));
  }
}

template <class T>
void keep_distinct(std::vector<T>& values, size_t from = 0) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(from);
  std::sort(begin, values.end());
  values.erase(std::unique(begin, values.end()), values.end());
}

void check_texts(const Sequences& x) {
  for (const auto& words : x) {
    for (const int32_t word : words) {
      if (word >= 0) continue;
      throw Error(ErrorCode::bad_data, kBigramsWhere,
                  fmt::format("x: expected ids from 0 on, got {}.", word),
                  "give the ids that encode() gives.");
    }
  }
}

// Numbers the features of enough texts, in the order in which they first come.
std::unordered_map<uint64_t, int32_t> number_features(const Sequences& x, int64_t min_texts,
                                                      int64_t most) {
  std::unordered_map<uint64_t, int32_t> counts;
  std::vector<uint64_t> keys, in_order;
  for (const auto& words : x) {
    keys.clear();
    for_each_key(words, [&](uint64_t key) { keys.push_back(key); });
    keep_distinct(keys);
    for (const uint64_t key : keys) {
      if (++counts[key] == min_texts) in_order.push_back(key);
    }
  }
  while (static_cast<int64_t>(in_order.size()) > most) {
    ++min_texts;
    std::erase_if(in_order, [&](uint64_t key) { return counts[key] < min_texts; });
  }
  std::unordered_map<uint64_t, int32_t> index;
  index.reserve(in_order.size());
  for (const uint64_t key : in_order) index.emplace(key, static_cast<int32_t>(index.size()));
  return index;
}

FeatureRows features_of(const Sequences& x, const std::unordered_map<uint64_t, int32_t>& index) {
  FeatureRows rows;
  rows.begin.reserve(x.size() + 1);
  for (const auto& words : x) {
    const size_t from = rows.features.size();
    for_each_key(words, [&](uint64_t key) {
      const auto found = index.find(key);
      if (found != index.end()) rows.features.push_back(found->second);
    });
    keep_distinct(rows.features, from);
    rows.begin.push_back(static_cast<int64_t>(rows.features.size()));
  }
  return rows;
}

std::vector<int8_t> sides_of(const Tensor& y, int64_t output, bool two) {
  std::vector<int8_t> sides;
  sides.reserve(static_cast<size_t>(y.size()));
  for (const float label : y.values()) {
    sides.push_back(static_cast<int64_t>(label) == (two ? 1 : output) ? 1 : -1);
  }
  return sides;
}

// [features]: r of a class against all others, from the chosen rows.
std::vector<float> ratios_of(const FeatureRows& rows, std::span<const int32_t> chosen,
                             std::span<const int8_t> sides, size_t features, double alpha) {
  std::vector<double> with(features, alpha), without(features, alpha);
  for (const int32_t i : chosen) {
    std::vector<double>& counts = sides[static_cast<size_t>(i)] > 0 ? with : without;
    for (const int32_t f : rows.row(i)) ++counts[static_cast<size_t>(f)];
  }
  double all_with = 0, all_without = 0;
  for (const double count : with) all_with += count;
  for (const double count : without) all_without += count;
  std::vector<float> ratios(features);
  for (size_t f = 0; f < features; ++f) {
    ratios[f] = static_cast<float>(std::log((with[f] / all_with) / (without[f] / all_without)));
  }
  return ratios;
}

struct Trained {
  std::vector<float> ratios;
  data::LinearWeights linear;
};

// One output trained on some of the rows.
struct Trainer {
  const FeatureRows& rows;
  const Tensor& y;
  bool two;
  size_t features;
  const NaiveBayesBigramsOptions& options;

  Trained train(int64_t output, std::span<const int32_t> chosen, double C) const {
    const std::vector<int8_t> sides = sides_of(y, output, two);
    Trained trained{ratios_of(rows, chosen, sides, features, options.alpha), {}};
    trained.linear = data::dual_descent({rows, chosen, sides, trained.ratios, C, options.max_iter});
    return trained;
  }
};

double answer_of(std::span<const int32_t> row, const float* weights, int64_t stride, double bias) {
  for (const int32_t f : row) bias += weights[f * stride];
  return bias;
}

int64_t best_of(const float* answers, int64_t outputs) {
  if (outputs == 1) return answers[0] > 0 ? 1 : 0;
  return std::max_element(answers, answers + outputs) - answers;
}

// Which price is right most often on every fifth text, trained on the others; the least of equals.
double choose_price(const Trainer& trainer, int64_t outputs) {
  std::vector<int32_t> known, judged;
  const int64_t texts = trainer.rows.size();
  for (int64_t i = 0; i < texts; ++i) {
    (i % kFold == kFold - 1 ? judged : known).push_back(static_cast<int32_t>(i));
  }
  if (judged.empty()) return kPrices[0];
  const auto prices = static_cast<int64_t>(kPrices.size());
  std::vector<float> answers(kPrices.size() * judged.size() * static_cast<size_t>(outputs));
  parallel_for(prices * outputs, [&](int64_t task, int64_t) {
    const int64_t price = task / outputs, output = task % outputs;
    const Trained trained = trainer.train(output, known, kPrices[static_cast<size_t>(price)]);
    for (size_t j = 0; j < judged.size(); ++j) {
      const size_t at =
          (static_cast<size_t>(price) * judged.size() + j) * static_cast<size_t>(outputs) +
          static_cast<size_t>(output);
      answers[at] = static_cast<float>(answer_of(
          trainer.rows.row(judged[j]), trained.linear.weights.data(), 1, trained.linear.bias));
    }
  });
  std::array<int64_t, kPrices.size()> right{};
  const float* answer = answers.data();
  for (auto& count : right) {
    for (const int32_t i : judged) {
      count += best_of(answer, outputs) == static_cast<int64_t>(trainer.y[i]) ? 1 : 0;
      answer += outputs;
    }
  }
  return kPrices[static_cast<size_t>(std::max_element(right.begin(), right.end()) - right.begin())];
}

}  // namespace

NaiveBayesBigrams::NaiveBayesBigrams(NaiveBayesBigramsOptions options) : options_(options) {
  const auto check = [](const char* what, bool right, const char* expected) {
    if (right) return;
    throw Error(ErrorCode::invalid_argument, kBigramsWhere,
                fmt::format("{}: expected {}, got another number.", what, expected),
                "leave it out for the usual one.");
  };
  check("alpha", options.alpha > 0 && std::isfinite(options.alpha), "a number above 0");
  check("C", !options.C || (*options.C > 0 && std::isfinite(*options.C)), "a number above 0");
  check("min_texts", options.min_texts >= 1, "1 or more");
  check("max_features", options.max_features >= 1 && options.max_features <= kMostWeights,
        "1 to 2^27");
  check("max_iter", options.max_iter >= 1, "1 or more");
}

void NaiveBayesBigrams::fit(const Sequences& x, const Tensor& y, int64_t classes) {
  if (classes < 2 || classes > kMostWeights) {
    throw Error(ErrorCode::invalid_argument, kBigramsWhere,
                fmt::format("classes: expected 2 to {}, got {}.", kMostWeights, classes),
                "give the number of classes.");
  }
  if (x.empty() || x.size() > INT32_MAX) {
    throw Error(ErrorCode::bad_data, kBigramsWhere,
                fmt::format("x: expected 1 to {} texts, got {}.", INT32_MAX, x.size()),
                "give texts to learn from.");
  }
  data::check_class_labels(static_cast<int64_t>(x.size()), y, classes, kBigramsWhere);
  check_texts(x);
  index_ = number_features(x, options_.min_texts,
                           std::min(options_.max_features, kMostWeights / classes));
  outputs_ = classes == 2 ? 1 : classes;
  const FeatureRows rows = features_of(x, index_);
  const Trainer trainer{rows, y, classes == 2, index_.size(), options_};
  chosen_ = options_.C ? *options_.C : choose_price(trainer, outputs_);

  std::vector<int32_t> all(x.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int32_t>(i);
  const auto outputs = static_cast<size_t>(outputs_);
  ratios_.assign(index_.size() * outputs, 0);
  weights_.assign(index_.size() * outputs, 0);
  bias_.assign(outputs, 0);
  parallel_for(outputs_, [&](int64_t output, int64_t) {
    const Trained trained = trainer.train(output, all, chosen_);
    const auto k = static_cast<size_t>(output);
    for (size_t f = 0; f < index_.size(); ++f) {
      ratios_[f * outputs + k] = trained.ratios[f];
      weights_[f * outputs + k] = trained.linear.weights[f];
    }
    bias_[k] = trained.linear.bias;
  });
}

Tensor NaiveBayesBigrams::decision_function(const Sequences& x) const {
  if (outputs_ == 0) {
    throw Error(ErrorCode::invalid_argument, kBigramsWhere,
                "weights: expected trained ones, got none.", "call fit() first.");
  }
  const FeatureRows rows = features_of(x, index_);
  Tensor answers({rows.size(), outputs_});
  parallel_for(rows.size(), [&](int64_t i, int64_t) {
    for (int64_t k = 0; k < outputs_; ++k) {
      answers[i * outputs_ + k] = static_cast<float>(
          answer_of(rows.row(i), weights_.data() + k, outputs_, bias_[static_cast<size_t>(k)]));
    }
  });
  return answers;
}

Tensor NaiveBayesBigrams::predict(const Sequences& x) const {
  const Tensor answers = decision_function(x);
  Tensor classes({answers.dim(0)});
  for (int64_t i = 0; i < classes.size(); ++i) {
    classes[i] = static_cast<float>(best_of(answers.data() + i * outputs_, outputs_));
  }
  return classes;
}

double NaiveBayesBigrams::accuracy(const Sequences& x, const Tensor& y) const {
  const Tensor answers = predict(x);
  data::check_class_labels(answers.size(), y, outputs_ == 1 ? 2 : outputs_, kBigramsWhere);
  if (y.empty()) return 0;
  int64_t right = 0;
  for (int64_t i = 0; i < y.size(); ++i) right += answers[i] == y[i] ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(y.size());
}

std::optional<double> NaiveBayesBigrams::log_count_ratio(int64_t label, int32_t word,
                                                         std::optional<int32_t> next) const {
  const auto found = index_.find(next ? key_of(word, *next) : key_of(word));
  if (found == index_.end() || label < 0 || label >= std::max<int64_t>(outputs_, 2)) return {};
  const int64_t output = outputs_ == 1 ? 0 : label;
  return ratios_[static_cast<size_t>(found->second * outputs_ + output)];
}

}  // namespace eddy
