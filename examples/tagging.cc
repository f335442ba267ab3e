// SPDX-License-Identifier: MIT
// A label for every word: "light" is a verb behind "they" and a noun behind "the". A bidirectional
// layer sees both sides of a word; padded steps count neither in the loss nor in the accuracy.
#include <eddy/eddy.h>

#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace {

const std::vector<std::string> kWords = {"(padding)", "the",   "a",    "they",  "we",
                                         "light",     "water", "walk", "watch", "slowly"};
const std::vector<std::string> kLabels = {"DET", "PRON", "VERB", "NOUN", "ADV"};
constexpr int64_t kLength = 8;

struct Sentences {
  eddy::IntTensor words;  // [sentences, length], 0: padding
  eddy::Tensor labels;    // the same
};

// Pronoun, verb, determiner, noun, at times an adverb: once or twice.
Sentences make_sentences(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  Sentences made{eddy::IntTensor({count, kLength}), eddy::Tensor({count, kLength})};
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = i * kLength;
    const auto add = [&](int32_t word, int label) {
      made.words[at] = word;
      made.labels[at++] = static_cast<float>(label);
    };
    const auto pick = [&](int32_t first, uint32_t among) {
      return first + static_cast<int32_t>(random() % among);
    };
    for (uint32_t clause = 0; clause < 1 + random() % 2; ++clause) {
      if (at - i * kLength > 4) break;
      add(pick(3, 2), 1), add(pick(5, 4), 2);
      if (random() % 4 == 0) {
        add(9, 4);
      } else {
        add(pick(1, 2), 0), add(pick(5, 4), 3);
      }
    }
  }
  return made;
}

}  // namespace

int main() {
  const Sentences known = make_sentences(1000, 1), others = make_sentences(200, 2);
  eddy::Sequential model(
      {eddy::Embedding(
           {.input_dim = static_cast<int64_t>(kWords.size()), .output_dim = 8, .mask_zero = true}),
       eddy::Bidirectional(eddy::LSTM({.units = 8, .return_sequences = true})),
       eddy::Dense(static_cast<int64_t>(kLabels.size()), "softmax")},
      {.seed = 1});
  model.compile({.optimizer = {"adam", {{"learning_rate", 0.01}}},
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"acc"}});
  model.fit(known.words, known.labels, {.epochs = 8, .batch_size = 32});
  const double accuracy = model.evaluate(others.words, others.labels)[1].second;

  const eddy::IntTensor sentence({1, kLength}, {4, 5, 1, 5, 0, 0, 0, 0});  // we light the light
  const eddy::Tensor scores = model.predict(sentence);                     // [1, length, labels]
  const auto labels = static_cast<int64_t>(kLabels.size());
  for (int64_t t = 0; t < kLength && sentence[t] != 0; ++t) {
    int64_t best = 0;
    for (int64_t k = 1; k < labels; ++k) {
      if (scores[t * labels + k] > scores[t * labels + best]) best = k;
    }
    std::printf("%-6s %s\n", kWords[static_cast<size_t>(sentence[t])].c_str(),
                kLabels[static_cast<size_t>(best)].c_str());
  }
  std::printf("accuracy on the words of 200 other sentences: %.3f\n", accuracy);
  return accuracy > 0.98 ? 0 : 1;
}
