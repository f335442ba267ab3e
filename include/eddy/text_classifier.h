// SPDX-License-Identifier: MIT
// A linear classifier of texts to hold networks against: naive Bayes' log-count ratios of single
// words and pairs, weighted by a support vector machine (Wang and Manning, "Baselines and Bigrams",
// ACL 2012).
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "eddy/datasets.h"
#include "eddy/export.h"
#include "eddy/tensor.h"

namespace eddy {

struct NaiveBayesBigramsOptions {
  double alpha = 1;  // texts added to every count
  // Price of a training text on the wrong side. None: the one of 0.01, 0.1 and 1 that, trained on
  // four fifths of the texts, is right most often on every fifth one.
  std::optional<double> C = {};
  int64_t min_texts = 2;             // words and pairs of fewer training texts do not count
  int64_t max_features = 1'000'000;  // more: min_texts rises. Times classes at most 2^27.
  int64_t max_iter = 30;             // passes over the training texts
};

// A text counts as the set of its words and of its pairs of neighbours. With p and q the numbers of
// texts of a class and of the others that hold feature f, plus alpha,
//   r_f = log((p_f / sum p) / (q_f / sum q)),
// and the answer is the largest of w . (r of the text's features) + b over the classes. w minimizes
//   |w|^2 / 2 + C sum max(0, 1 - y (w . x + b))^2,   b being a weight too,
// by dual coordinate descent (Hsieh et al., ICML 2008): a class against all others, two classes at
// once. The same result for any number of threads.
class EDDY_API NaiveBayesBigrams {
 public:
  // Throws Error{invalid_argument} for options out of range.
  explicit NaiveBayesBigrams(NaiveBayesBigramsOptions options = {});

  //   x  ids of the words of each text, at least 0
  //   y  [texts]  classes 0 to classes - 1
  // Throws Error{shape_mismatch} for another number of labels, Error{invalid_argument} for less
  // than two classes, Error{bad_data} for a negative id, a label that is no class and for no texts.
  void fit(const Sequences& x, const Tensor& y, int64_t classes);

  // [texts, classes], of two classes [texts, 1]: above 0 is class 1. Throws Error{invalid_argument}
  // before fit().
  Tensor decision_function(const Sequences& x) const;
  // [texts]: classes.
  Tensor predict(const Sequences& x) const;
  // The share of right answers. Throws as fit() for labels that do not belong to the texts.
  double accuracy(const Sequences& x, const Tensor& y) const;

  // r of a word or a pair; nothing for one that does not count. Of two classes it is that of class
  // 1, whatever `label`.
  std::optional<double> log_count_ratio(int64_t label, int32_t word,
                                        std::optional<int32_t> next = {}) const;
  int64_t features() const { return static_cast<int64_t>(index_.size()); }
  double chosen_c() const { return chosen_; }  // given or found

 private:
  NaiveBayesBigramsOptions options_;
  double chosen_ = 0;
  int64_t outputs_ = 0;                          // classes, or 1 for two
  std::unordered_map<uint64_t, int32_t> index_;  // features by word or pair
  std::vector<float> ratios_, weights_;          // [features, outputs]; weights: w r
  std::vector<double> bias_;                     // [outputs]
};

// r as above, for the ids of rows as models take them: [ids, classes], of two classes [ids, 1].
// Ids below `first` (padding, unknown words) have 0.
//   rows  [texts, length]  ids below `ids`
//   y     [texts]          classes
// Throws Error{bad_data} for ids and labels out of range, Error{shape_mismatch} as fit().
EDDY_API Tensor log_count_ratios(const IntTensor& rows, const Tensor& y, int64_t classes,
                                 int64_t ids, int64_t first = 2, double alpha = 1);
// The same for rows that need not be in memory.
EDDY_API Tensor log_count_ratios(const IntSource& rows, const Tensor& y, int64_t classes,
                                 int64_t ids, int64_t first = 2, double alpha = 1);

}  // namespace eddy
