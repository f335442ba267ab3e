// SPDX-License-Identifier: MIT
// What a model answers to texts or sequences: classes by name with their probabilities, or a
// number.
#pragma once

#include <string>
#include <vector>

#include "eddy/model.h"

namespace eddy::cli {

class TextAnswers {
 public:
  // Throws Error{not_supported} naming `file` for a model without vocabulary or with outputs that
  // do not fit its classes. Classes without names are "0", "1", ...
  TextAnswers(const Model& model, const std::string& file);
  // Of a model that answers with these classes; none: with a number.
  TextAnswers(const Model& model, const std::string& file, std::vector<std::string> classes,
              double threshold = 0.5);

  bool are_numbers() const { return classes_.empty(); }
  const std::vector<std::string>& classes() const { return classes_; }

  // Of the output [outputs] of one sample.
  double number(const float* output) const { return output[0]; }
  size_t best_class(const float* output) const;
  double probability(const float* output, size_t of_class) const;

 private:
  std::vector<std::string> classes_;
  bool one_output_;
  double threshold_;
};

}  // namespace eddy::cli
