// SPDX-License-Identifier: MIT
#include "tag_answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "eddy/error.h"

namespace eddy::cli {
namespace {

// Steps that are answered at a time, so that the outputs stay small.
constexpr int64_t kSteps = int64_t{1} << 16;

}  // namespace

bool TagAnswers::fit(const Model& model) {
  const TextEncoder* encoder = model.text_encoder();
  return encoder != nullptr && encoder->vectorization && model.output_shape().size() == 3;
}

TagAnswers::TagAnswers(Model& model, const std::string& file)
    : model_(model), labels_(model.text_encoder()->classes), note_(tagging_note(model, file)) {
  const TextVectorization& layer = *model.text_encoder()->vectorization;
  if (layer.split == "none" || !layer.ngrams.empty()) {
    throw Error(
        ErrorCode::not_supported, file,
        "text_vectorization: expected one that makes a step of every word or character, got "
        "n-grams or whole texts.",
        "use a model that `eddy train --task tagging` wrote.");
  }
  if (const int64_t length = layer.output_sequence_length; length > 0) {
    note_.maxlen = std::min(note_.maxlen, length);
  }
  const int64_t outputs = model.output_shape()[2];
  for (int64_t i = 0; labels_.empty() || (i > 0 && i < outputs); ++i) {
    if (static_cast<size_t>(i) == labels_.size()) labels_.push_back(std::to_string(i));
  }
  if (static_cast<int64_t>(labels_.size()) == outputs && outputs > 1) return;
  throw Error(ErrorCode::not_supported, file,
              fmt::format("model: expected an output at every step for each of its {} labels, got "
                          "{}.",
                          labels_.size(), eddy::to_string(model.output_shape())),
              "use a model that `eddy train --task tagging` wrote.");
}

size_t TagAnswers::best(const float* output) const {
  return static_cast<size_t>(std::max_element(output, output + labels_.size()) - output);
}

std::vector<TagAnswer> TagAnswers::answer(const std::vector<std::string>& texts) {
  const TextEncoder& encoder = *model_.text_encoder();
  const TextVectorization& layer = *encoder.vectorization;
  // A character in lower case may be two; a word stays one.
  const bool lower = encoder.lower && layer.split == "character";
  std::vector<TagAnswer> answers(texts.size());
  std::vector<std::string> pieces;
  std::vector<std::pair<size_t, int64_t>> places;  // which text, how many steps
  int64_t longest = 0;
  const auto flush = [&] {
    if (pieces.empty()) return;
    const Tensor outputs = model_.predict_text_outputs(pieces);  // [pieces, longest, labels]
    for (size_t i = 0; i < pieces.size(); ++i) {
      TagAnswer& answer = answers[places[i].first];
      for (int64_t step = 0; step < places[i].second; ++step) {
        const float* const output =
            outputs.data() + (static_cast<int64_t>(i) * outputs.dim(1) + step) * outputs.dim(2);
        answer.labels.push_back(best(output));
        answer.probabilities.push_back(output[answer.labels.back()]);
      }
    }
    pieces.clear();
    places.clear();
    longest = 0;
  };
  for (size_t i = 0; i < texts.size(); ++i) {
    auto& words = answers[i].tokens = tokens(layer, lower ? lower_case(texts[i]) : texts[i]);
    const auto most = static_cast<size_t>(note_.maxlen);
    for (size_t first = 0; first < words.size(); first += most) {
      const size_t last = std::min(first + most, words.size());
      const auto steps = static_cast<int64_t>(last - first);
      longest = std::max(longest, steps);
      if (longest * (static_cast<int64_t>(pieces.size()) + 1) > kSteps) flush();
      longest = std::max(longest, steps);
      pieces.push_back(joined(layer, words.data() + first, words.data() + last));
      places.emplace_back(i, steps);
    }
  }
  flush();
  return answers;
}

IntTensor TagAnswers::answer(const IntTensor& x, int64_t batch_size) {
  IntTensor answers({x.dim(0), x.dim(1)});
  const int64_t most = std::max<int64_t>(kSteps / x.dim(1), 1);
  for (int64_t first = 0; first < x.dim(0); first += most) {
    const int64_t rows = std::min(most, x.dim(0) - first);
    IntTensor part({rows, x.dim(1)});
    std::copy_n(x.data() + first * x.dim(1), part.size(), part.data());
    const Tensor outputs = model_.predict(part, batch_size);
    for (int64_t step = 0; step < part.size(); ++step) {
      answers[first * x.dim(1) + step] =
          static_cast<int32_t>(best(outputs.data() + step * outputs.dim(2)));
    }
  }
  return answers;
}

}  // namespace eddy::cli
