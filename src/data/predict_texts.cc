// SPDX-License-Identifier: MIT
// Sequential::predict_texts: from raw texts to probabilities.

#include "eddy/datasets.h"
#include "eddy/model.h"
#include "eddy/text.h"

namespace eddy {

std::vector<double> Sequential::predict_texts(const std::vector<std::string>& texts) {
  const TextEncoder* encoder = text_encoder();
  if (encoder == nullptr) {
    throw Error(ErrorCode::not_supported, "predict",
                "text: expected a model that carries its vocabulary, got one without.",
                "train it with eddy train, or give it one by set_text_encoder().");
  }
  if (texts.empty()) return {};
  PadOptions pad;
  if (encoder->maxlen > 0) pad.maxlen = encoder->maxlen;
  pad.padding = encoder->padding;
  pad.truncating = encoder->truncating;
  const Tensor p = predict(pad_sequences(encode(*encoder, texts), pad), 128);
  const int64_t width = p.size() / static_cast<int64_t>(texts.size());
  std::vector<double> first(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) first[i] = p[static_cast<int64_t>(i) * width];
  return first;
}

}  // namespace eddy
