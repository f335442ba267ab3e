// SPDX-License-Identifier: MIT
// Model::predict_texts: from raw texts to probabilities.
#include <fmt/format.h>

#include "data/text_ranks.h"
#include "eddy/datasets.h"
#include "eddy/model.h"
#include "eddy/text.h"
#include "model/network.h"

namespace eddy {
namespace {

class IndexedWords : public TextIndex {
 public:
  explicit IndexedWords(const TextEncoder& encoder) : ranks(encoder) {}
  data::TextRanks ranks;
};

// The words of a model are indexed at its first text and stay so until it gets another encoder.
data::TextRanks& ranks_of(Network& network) {
  if (!network.text_index) network.text_index = std::make_unique<IndexedWords>(*network.text);
  return static_cast<IndexedWords&>(*network.text_index).ranks;
}

}  // namespace

PadOptions padding_of(const TextEncoder& encoder) {
  PadOptions pad{.padding = encoder.padding, .truncating = encoder.truncating};
  int64_t length = encoder.maxlen;
  if (encoder.vectorization) {
    pad.padding = pad.truncating = "post";
    length = encoder.vectorization->output_sequence_length;
  }
  if (length > 0) pad.maxlen = length;
  return pad;
}

IntTensor encode_padded(const TextEncoder& encoder, const std::vector<std::string>& texts) {
  return pad_sequences(encode(encoder, texts), padding_of(encoder));
}

Tensor Model::predict_text_outputs(const std::vector<std::string>& texts) {
  const TextEncoder* encoder = text_encoder();
  if (encoder == nullptr) {
    throw Error(ErrorCode::not_supported, "predict_texts",
                "text: expected a model that carries its vocabulary, got one without.",
                "train it with eddy train, or give it one by set_text_encoder().");
  }
  const IntTensor ids = pad_sequences(ranks_of(*network_).encode(texts), padding_of(*encoder));
  if (!built()) build({kNone, ids.dim(1)});
  return predict(ids, 128);
}

std::vector<double> Model::predict_texts(const std::vector<std::string>& texts) {
  if (texts.empty() && text_encoder() != nullptr) return {};
  const Tensor p = predict_text_outputs(texts);
  if (const Shape& output = network_->graph->output_shape(); output != Shape{kNone, 1}) {
    throw Error(ErrorCode::not_supported, "predict_texts",
                fmt::format("model: expected one output for each text, (None, 1), got {}.",
                            to_string(output)),
                "end it with Dense(1, \"sigmoid\"), or call predict_text_outputs().");
  }
  return {p.values().begin(), p.values().end()};
}

}  // namespace eddy
