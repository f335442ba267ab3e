// SPDX-License-Identifier: MIT
// What `eddy evaluate` says about a person's own labelled samples.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eddy/model.h"
#include "eddy/source.h"
#include "labels.h"
#include "text_answers.h"

namespace eddy::cli {

struct ClassCounts {
  int64_t samples = 0, answered = 0, right = 0;
  double precision() const { return ratio(answered); }
  double recall() const { return ratio(samples); }

 private:
  double ratio(int64_t of) const {
    return of == 0 ? 0 : static_cast<double>(right) / static_cast<double>(of);
  }
};

// Adds up outputs [N, outputs] for the truths y [N]; `classes` is empty before the first ones.
void count_answers(const TextAnswers& answers, const Tensor& outputs, const float* y,
                   std::vector<ClassCounts>& classes);

// The same for the answers to all of x, a batch at a time: there may be more answers than memory.
// `visit` sees the answers [samples, outputs] of each batch and the number of its first sample.
std::vector<ClassCounts> count_classes(
    Model& model, const TextAnswers& answers, const SampleSource& x, const Tensor& y,
    int64_t batch_size,
    const std::function<void(const Tensor& outputs, int64_t first)>& visit = {});

struct Evaluation {
  std::string samples;  // what they are called: "texts"
  int64_t count = 0;
  Metrics metrics;
  Baseline baseline;
  std::vector<ClassCounts> classes;  // empty: numbers
};

// Loss, metrics, baseline and a line for each class.
void print_text(const Labels& labels, const TextAnswers& answers, const Evaluation& evaluation);
// One line.
void print_json(const std::string& model, const std::string& data, const TextAnswers& answers,
                const Evaluation& evaluation);

}  // namespace eddy::cli
