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
  const data::TextRanks ranks;
};

// The words of a model are indexed at its first text and stay so until it gets another encoder.
const data::TextRanks& ranks_of(Network& network) {
  if (!network.text_index) network.text_index = std::make_unique<IndexedWords>(*network.text);
  return static_cast<const IndexedWords&>(*network.text_index).ranks;
}

}  // namespace

std::vector<double> Model::predict_texts(const std::vector<std::string>& texts) {
  const TextEncoder* encoder = text_encoder();
  if (encoder == nullptr) {
    throw Error(ErrorCode::not_supported, "predict_texts",
                "text: expected a model that carries its vocabulary, got one without.",
                "train it with eddy train, or give it one by set_text_encoder().");
  }
  if (texts.empty()) return {};
  PadOptions pad;
  if (encoder->maxlen > 0) pad.maxlen = encoder->maxlen;
  pad.padding = encoder->padding;
  pad.truncating = encoder->truncating;
  const IntTensor ids = pad_sequences(ranks_of(*network_).encode(texts), pad);
  if (!built()) build({kNone, ids.dim(1)});
  const Shape& output = network_->graph->output_shape();
  if (output != Shape{kNone, 1}) {
    throw Error(ErrorCode::not_supported, "predict_texts",
                fmt::format("model: expected one output for each text, (None, 1), got {}.",
                            to_string(output)),
                "end it with Dense(1, \"sigmoid\"), or call predict() with the ids of encode().");
  }
  const Tensor p = predict(ids, 128);
  return {p.values().begin(), p.values().end()};
}

}  // namespace eddy
