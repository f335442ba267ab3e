// SPDX-License-Identifier: MIT
// eddy evaluate --report: a classifier's answers, collected, and written as a report.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "eddy/evaluation.h"
#include "eddy/model.h"
#include "labels.h"
#include "text_answers.h"

namespace eddy::cli {

class AnswerReport {
 public:
  //   folder   empty: no report is asked for, and nothing is collected
  //   answers  must outlive it
  // Throws UsageError for a model that answers with numbers.
  AnswerReport(std::string folder, const TextAnswers& answers);

  bool is_asked_for() const { return !folder_.empty(); }
  // Outputs [N, outputs], their truths, and how long the samples are.
  void add(const Tensor& outputs, const float* truth, const int64_t* lengths);

  // The samples that the report shows in full, in the order of their numbers.
  std::vector<int64_t> shown() const;
  // Writes it, and says on stdout where unless `quiet`.
  //   text_of  of a sample among shown()
  struct About {
    std::string model, data, samples, unit;
    Metrics metrics;
    std::string baseline = {};
    bool quiet = false;
  };
  void write(const About& about, const std::function<std::string(int64_t)>& text_of) const;

 private:
  std::string folder_;
  const TextAnswers& answers_;
  ClassifierAnswers collected_;
};

}  // namespace eddy::cli
