// SPDX-License-Identifier: MIT
// Texts of more than two classes: what a customer writes about. The vocabulary is learned from the
// texts and travels in the model's file, which then takes raw texts, here and in Keras.
#include <eddy/eddy.h>

#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace {

const std::vector<std::string> kTopics = {"billing", "delivery", "repair", "thanks"};
const std::vector<std::vector<std::string>> kWords = {
    {"invoice", "charged", "refund", "card", "price"},
    {"parcel", "late", "arrive", "address", "courier"},
    {"broken", "screen", "battery", "noise", "replace"},
    {"wonderful", "grateful", "perfect", "happy", "recommend"}};
const std::vector<std::string> kFill = {"the", "my", "was", "it", "and", "please", "a", "very"};

struct Texts {
  std::vector<std::string> texts;
  eddy::Tensor topics;  // [texts]
};

Texts write_texts(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  const auto any = [&](const std::vector<std::string>& words) {
    return words[random() % words.size()];
  };
  Texts made{{}, eddy::Tensor({count})};
  for (int64_t i = 0; i < count; ++i) {
    const size_t topic = random() % kTopics.size();
    std::string text;
    for (int word = 0; word < 9; ++word) text += any(word % 4 == 1 ? kWords[topic] : kFill) + ' ';
    made.texts.push_back(text);
    made.topics[i] = static_cast<float>(topic);
  }
  return made;
}

eddy::TextEncoder learn_vocabulary(const std::vector<std::string>& texts) {
  eddy::TextVectorization layer;
  layer.max_tokens = 1000;
  layer.output_sequence_length = 12;
  eddy::VocabularyCounter counter(layer);
  for (const std::string& text : texts) counter.add(text);
  layer.vocabulary = counter.vocabulary();
  eddy::TextEncoder encoder;
  encoder.vectorization = layer;
  encoder.classes = kTopics;
  return encoder;
}

}  // namespace

int main() {
  const Texts known = write_texts(1200, 1), others = write_texts(300, 2);
  const eddy::TextEncoder encoder = learn_vocabulary(known.texts);
  const auto ids = static_cast<int64_t>(encoder.vectorization->vocabulary.size()) + 2;
  eddy::Sequential model(
      {eddy::Embedding({.input_dim = ids, .output_dim = 16, .mask_zero = true}), eddy::GRU(16),
       eddy::Dense(static_cast<int64_t>(kTopics.size()), "softmax")},
      {.seed = 1});
  model.compile({.optimizer = {"adam", {{"learning_rate", 0.01}}},
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"acc"}});
  model.fit(eddy::encode_padded(encoder, known.texts), known.topics,
            {.epochs = 6, .batch_size = 32});
  model.set_text_encoder(encoder);
  model.save("topics.keras");

  eddy::Model loaded = eddy::Model::load("topics.keras");
  const double accuracy =
      loaded.evaluate(eddy::encode_padded(encoder, others.texts), others.topics)[1].second;
  const eddy::Tensor answer =
      loaded.predict(eddy::encode_padded(*loaded.text_encoder(), {"my parcel is late, please"}));
  for (size_t i = 0; i < kTopics.size(); ++i) {
    std::printf("%-9s %.3f\n", kTopics[i].c_str(), answer[static_cast<int64_t>(i)]);
  }
  std::printf("accuracy on %zu other texts: %.3f\n", others.texts.size(), accuracy);
  return accuracy > 0.95 ? 0 : 1;
}
