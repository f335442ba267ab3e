// SPDX-License-Identifier: MIT
// Sequences with a label for every step, on their way from a file to rows of ids and labels.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eddy/datasets.h"
#include "eddy/model.h"
#include "eddy/tagged.h"
#include "labels.h"

namespace eddy::cli {

// The columns that --text and --label name by number. Throws UsageError for anything else.
datasets::TaggedOptions tagged_columns(const std::string& text, const std::string& label);

// Calls `visit` with every sequence from the beginning; a signal ends it by Interrupted.
void for_each_sequence(datasets::TaggedSequences& sequences,
                       const std::function<void(datasets::TaggedSequence&)>& visit);

// "tags.tsv: tokens in column 1, labels in column 2 of 2"
std::string columns_of(const datasets::TaggedSequences& sequences, const std::string& file);

// Says on stderr what was replaced or passed over, if anything.
void note_oddities(const datasets::TaggedSequences& sequences, const std::string& file);

// Tokens as one text that the vectorization takes apart into the same tokens: a blank inside of one
// becomes U+00A0, which is none to it.
std::string joined(const TextVectorization& layer, const std::string* first,
                   const std::string* last);

// Rows of at most `maxlen` steps: longer sequences are cut into pieces, none of their labels lost.
class TagRows {
 public:
  // `encoder` and `labels` must outlive it.
  TagRows(const TextEncoder& encoder, const Labels& labels, int64_t maxlen)
      : encoder_(encoder), labels_(labels), maxlen_(maxlen) {}

  // Throws Error{bad_data} naming the place of a label that is none of `labels`, and with
  // characters for tokens of a token that has several.
  void add(const datasets::TaggedSequence& sequence, const datasets::TaggedSequences& source);
  int64_t steps() const { return steps_; }
  int64_t sequences() const { return sequences_; }

  // x [rows, T] ids, filled up behind with 0, and y [rows, T] labels by number, filled up with 0; T
  // is the longest row. Nothing is left.
  std::pair<IntTensor, Tensor> take();

 private:
  void encode_waiting();

  const TextEncoder& encoder_;
  const Labels& labels_;
  int64_t maxlen_;
  std::vector<std::string> waiting_;
  size_t waiting_bytes_ = 0;
  Sequences ids_, numbers_;
  int64_t steps_ = 0, sequences_ = 0;
};

// What is right without looking at the other words.
struct TagBaseline {
  int32_t most_frequent = 0;
  std::vector<int32_t> of_ids;  // the most frequent label of each id; ids beyond: most_frequent

  int32_t label_of(int32_t id) const {
    const auto at = static_cast<size_t>(id);
    return at < of_ids.size() ? of_ids[at] : most_frequent;
  }
};
//   x, y    [rows, T]  as TagRows gives them, of the data that the answers come from
TagBaseline tag_baseline(const IntTensor& x, const Tensor& y, size_t labels);

// Accuracies of both baselines over the steps of x, y [rows, T].
struct TagScores {
  double of_most_frequent = 0, of_words = 0;
  double unknown = 0;  // share of the steps whose word the vocabulary lacks
};
TagScores scores_of(const TagBaseline& baseline, const IntTensor& x, const Tensor& y);

// What a tagger's file says besides network, vocabulary and label names.
struct TaggingNote {
  int64_t maxlen = 500;
  std::optional<TagBaseline> baseline;
};
// Words that do not fit into a note are left out of the baseline, the rarest first.
std::string to_note(const TaggingNote& note);
// Of a model without one: the default. Throws Error{bad_file} naming `file` for a damaged one.
TaggingNote tagging_note(const Model& model, const std::string& file);

}  // namespace eddy::cli
