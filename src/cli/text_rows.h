// SPDX-License-Identifier: MIT
// Labelled texts on their way from a file to rows of ids.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/datasets.h"
#include "labels.h"

namespace eddy::cli {

// Which labels there are, and how many texts of each. Throws Error as LabelledTexts, and for
// labels of which every text has another.
struct Survey {
  Survey(datasets::LabelledTexts& texts, const std::string& task, const std::string& file);
  Labels::Counts counts;
  int64_t texts = 0;
};

// Calls `visit` with every record from the beginning; a signal ends it by Interrupted.
void for_each_text(datasets::LabelledTexts& texts,
                   const std::function<void(datasets::LabelledText&)>& visit);

// Says on stderr how many bytes were not UTF-8, if any, and where the first one was.
void note_invalid(uint64_t bytes, const std::string& first);
void note_invalid(const datasets::LabelledTexts& texts);

// "reviews.csv: texts in column 'text', labels in 'label', found by their names"
std::string columns_of(const datasets::LabelledTexts& texts, const std::string& file);

// Ids of texts with their targets.
class TextRows {
 public:
  // `encoder` must outlive it.
  explicit TextRows(const TextEncoder& encoder) : encoder_(encoder) {}

  void add(std::string text, float target);
  // x [texts, maxlen], y [texts]; nothing is left.
  std::pair<IntTensor, Tensor> take();

 private:
  void encode_waiting();

  const TextEncoder& encoder_;
  std::vector<std::string> waiting_;
  size_t waiting_bytes_ = 0;
  Sequences ids_;
  std::vector<float> targets_;
};

}  // namespace eddy::cli
