// SPDX-License-Identifier: MIT
// Labelled texts on their way from a file to rows of ids.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data_memory.h"
#include "eddy/datasets.h"

namespace eddy::cli {

// Calls `visit` with every record from the beginning; a signal ends it by Interrupted.
void for_each_text(datasets::LabelledTexts& texts,
                   const std::function<void(datasets::LabelledText&)>& visit);

// Says on stderr how many bytes were not UTF-8, if any, and where the first one was.
void note_invalid(uint64_t bytes, const std::string& first);
void note_invalid(const datasets::LabelledTexts& texts);

// "reviews.csv: texts in column 'text', labels in 'label', found by their names"
std::string columns_of(const datasets::LabelledTexts& texts, const std::string& file);

using TextSource = std::shared_ptr<PaddedSequences>;

// Ids of texts with their targets.
class TextRows {
 public:
  // `encoder` and `memory` must outlive it; `scratch` is the ids' share.
  TextRows(const TextEncoder& encoder, const DataMemory& memory, const ScratchOptions& scratch)
      : encoder_(encoder), memory_(memory), ids_(make_source(encoder, scratch)) {}

  void add(std::string text, float target);
  // x [texts, maxlen], y [texts]; call once.
  std::pair<TextSource, Tensor> take();

 private:
  static TextSource make_source(const TextEncoder& encoder, const ScratchOptions& scratch) {
    return std::make_shared<PaddedSequences>(padding_of(encoder), scratch);
  }
  void encode_waiting();

  const TextEncoder& encoder_;
  const DataMemory& memory_;
  std::vector<std::string> waiting_;
  size_t waiting_bytes_ = 0;
  TextSource ids_;
  std::vector<float> targets_;
};

}  // namespace eddy::cli
