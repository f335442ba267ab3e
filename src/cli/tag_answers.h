// SPDX-License-Identifier: MIT
// What a model answers that gives every word of a text a label.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eddy/model.h"
#include "tag_rows.h"

namespace eddy::cli {

// Of one text, step by step.
struct TagAnswer {
  std::vector<std::string> tokens;
  std::vector<size_t> labels;
  std::vector<float> probabilities;  // of these labels
};

class TagAnswers {
 public:
  // Whether a model takes texts and answers at every step.
  static bool fit(const Model& model);
  // `model` must outlive it. Throws Error{not_supported} naming `file` for a model whose labels are
  // not as many as its outputs, Error{bad_file} as tagging_note(). Labels without names are "0",
  // "1", ...
  TagAnswers(Model& model, const std::string& file);

  const std::vector<std::string>& labels() const { return labels_; }
  const TaggingNote& note() const { return note_; }

  // Texts of any length: what is longer than the model's maxlen is answered in pieces.
  std::vector<TagAnswer> answer(const std::vector<std::string>& texts);
  // The number of the likeliest label of each step of x [rows, T]: [rows, T], whatever x pads.
  IntTensor answer(const IntTensor& x, int64_t batch_size);

 private:
  size_t best(const float* output) const;

  Model& model_;
  std::vector<std::string> labels_;
  TaggingNote note_;
};

}  // namespace eddy::cli
