// SPDX-License-Identifier: MIT
// What the labels of a person's texts or sequences are to a network: classes by number, or numbers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "eddy/tensor.h"

namespace eddy::cli {

class Labels {
 public:
  using Counts = std::map<std::string, int64_t>;  // samples of each label
  Labels() = default;
  // Of data. `task`: "classes", "number", or "auto": numbers are numbers if one has a fraction or
  // there are more than 20, else they are classes. Throws Error{bad_data} naming `file`; `samples`
  // is what messages call them.
  Labels(const Counts& counts, const std::string& task, const std::string& file,
         const std::string& samples = "texts");
  // Of a trained model; none: a number.
  explicit Labels(std::vector<std::string> classes);

  bool are_numbers() const { return classes_.empty(); }
  // By name, numbers by value; a sigmoid's 1 is the second.
  const std::vector<std::string>& classes() const { return classes_; }

  static bool is_number(const std::string& label);  // a finite one

  // The number of the label's class, or the label as a number. Throws Error{bad_data} naming
  // `place` for a class that is none of these, or no number.
  float target(const std::string& label, const std::string& place) const;

 private:
  void index();

  std::vector<std::string> classes_;
  std::unordered_map<std::string, size_t> number_of_;
};

// Which labels there are. Beyond so many that they must be numbers, no further ones are kept.
class LabelCounter {
 public:
  LabelCounter(std::string task, std::string file, std::string samples)
      : task_(std::move(task)), file_(std::move(file)), samples_(std::move(samples)) {}

  // Throws Error as Labels() for labels of which every sample has another.
  void add(const std::string& label);
  // Throws as Labels().
  Labels labels() const { return Labels(counts_, task_, file_, samples_); }

 private:
  std::string task_, file_, samples_;
  Labels::Counts counts_;
};

// What is right without looking at the samples: the most frequent class of `known`, or their mean.
struct Baseline {
  size_t most_frequent = 0;
  double accuracy = 0;                // of always that class
  double mean = 0, mse = 0, mae = 0;  // of always that number
};
//   known   [N]  targets that the answer comes from
//   judged  [N]  targets that it is held against
Baseline baseline_of(const Labels& labels, const Tensor& known, const Tensor& judged);

// One line: "always 'ham': 0.8655 of 1,114 texts".
std::string describe(const Labels& labels, const Baseline& baseline, int64_t count,
                     const std::string& samples = "texts");

// A line for each class, the larger ones first, at most `most`.
std::string balance_of(const Labels& labels, const Tensor& targets, size_t most);

}  // namespace eddy::cli
